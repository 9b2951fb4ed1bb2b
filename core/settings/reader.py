"""Walks nodes and collects every problem at once, each with its place, what was expected and "did you mean"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from core.domain.bundle import Problem
from core.domain.seen import seen
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import ListNode, MapNode, Node, Scalar, read_nodes

Value = TypeVar("Value")

_YES = {
    **dict.fromkeys(("yes", "true", "on", "是", "有"), True),
    **dict.fromkeys(("no", "false", "off", "否", "无", "没有"), False),
}
_LISTED = 30
_MAPPING = ("一组“键: 值”", "a mapping (key: value)")
_LIST = ("列表（每项以 - 开头）", "a list (each item begins with -)")
_GLUED = re.compile(r"[A-Za-z_]+:[^\s/:]")
"""A key and its value without the space between."""
_LIKENESS = 0.6
_LIKENESS_OF_SHORT = 0.5
"""Of two Chinese characters one is right."""


class Reader:
    """Reads one file; the first argument of each method is a node, the answer None when it was not usable."""

    def __init__(self, file: str, others: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """``others`` are words that people write for ours, and which of ours each may mean."""
        self.file = file
        self.problems: list[Problem] = []
        self.others = others or {}

    def document(self, content: str | bytes) -> Node | None:
        """The file's root node; an empty file is None without a problem."""
        root, problems = read_nodes(content, self.file)
        self.problems.extend(problems)
        if isinstance(root, Scalar) and root.plain and not root.text:
            return None
        return root

    def problem(self, node: Node | None, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> None:
        """Notes one problem at a node's place (the file's beginning without one)."""
        line, column = (node.line, node.column) if node is not None else (1, 1)
        self.problems.append(
            Problem(file=self.file, line=line, column=column, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en)
        )

    def mapping(
        self,
        node: Node | None,
        what: tuple[str, str],
        *,
        required: Sequence[str] = (),
        optional: Sequence[str] = (),
        elsewhere: Mapping[str, str] | None = None,
        outside: tuple[str, Sequence[str]] = ("", ()),
    ) -> dict[str, Node] | None:
        """The entries of a mapping with known keys; ``what`` names it in Chinese and English. ``elsewhere`` says where
        keys belong that are often written here, ``outside`` the key under which this one stands and those beside it,
        which are often indented too far."""
        known = (*required, *optional)
        if not isinstance(node, MapNode):
            self._wrong_form(node, what, _MAPPING, known)
            return None
        found: dict[str, Node] = {}
        said_otherwise: set[str] = set()
        for key, value in node.entries:
            if key.text in known:
                found[key.text] = value
            elif elsewhere and key.text in elsewhere:
                self._misplaced(key, elsewhere[key.text])
            elif key.text in outside[1]:
                self._too_deep(key, outside[0])
            else:
                self.unknown(key, ("键", "key"), known)
                said_otherwise.update(self.others.get(key.text.strip().casefold(), ()))
        for name in required:
            if name not in found and name not in said_otherwise and node.get(name) is None:
                self.problem(
                    node,
                    f"{_after(what[0])}缺少 {name}",
                    f"{what[1]} lacks {name!r}",
                    f"加上 {name}: …",
                    f"add {name}: …",
                )
        return found

    def entries(self, node: Node | None, what: tuple[str, str]) -> tuple[tuple[Scalar, Node], ...]:
        """The entries of a mapping whose keys are free."""
        if not isinstance(node, MapNode):
            self._wrong_form(node, what, _MAPPING)
            return ()
        return node.entries

    def items(self, node: Node | None, what: tuple[str, str]) -> tuple[Node, ...]:
        """The items of a list."""
        if not isinstance(node, ListNode):
            self._wrong_form(node, what, _LIST)
            return ()
        return node.items

    def text(self, node: Node | None, what: tuple[str, str], *, empty: bool = False) -> str | None:
        """A text, trimmed; empty only where that is allowed."""
        if not isinstance(node, Scalar):
            self._wrong_form(node, what, ("文字", "text"))
            return None
        value = seen(node.text)
        if not value and not empty:
            self.problem(node, f"{_after(what[0])}是空的", f"{what[1]} is empty")
            return None
        return value

    def texts(self, node: Node | None, what: tuple[str, str]) -> tuple[str, ...]:
        """One text or a list of texts."""
        if isinstance(node, Scalar):
            value = self.text(node, what)
            return (value,) if value is not None else ()
        found = (self.text(item, what) for item in self.items(node, what))
        return tuple(value for value in found if value is not None)

    def one_of(self, node: Node | None, what: tuple[str, str], choices: Mapping[str, Value]) -> Value | None:
        """The value that a word from a closed list stands for; letter case does not matter."""
        word = self.text(node, what)
        if word is None or not isinstance(node, Scalar):
            return None
        folded = {name.casefold(): value for name, value in choices.items()}
        if word.casefold() in folded:
            return folded[word.casefold()]
        self.unknown(node, what, tuple(choices))
        return None

    def value_of(self, node: Node | None, taxonomy: Taxonomy, field: str) -> str | None:
        """The key of a taxonomy value, written as key, English name or label."""
        word = self.text(node, (field, field))
        if word is None or not isinstance(node, Scalar):
            return None
        value = taxonomy.find(field, word)
        if value is not None:
            return value.key
        names = [name for known in taxonomy.values(field) for name in (known.key, known.english)]
        self.unknown(node, (f"{field} 的值", f"value of {field}"), names)
        return None

    def integer(self, node: Node | None, what: tuple[str, str], *, low: int, high: int) -> int | None:
        word = self.text(node, what)
        if word is None:
            return None
        try:
            number = int(word)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            self.problem(
                node,
                f"{_after(what[0])}要写 {low} 到 {high} 之间的整数，不是 {word!r}",
                f"{what[1]} must be a whole number from {low} to {high}, not {word!r}",
            )
            return None
        return number

    def fraction(self, node: Node | None, what: tuple[str, str]) -> float | None:
        """A number from 0 to 1, also written as ``80 %``."""
        word = self.text(node, what)
        if word is None:
            return None
        try:
            number = float(word.removesuffix("%").strip()) / (100 if word.endswith("%") else 1)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            self.problem(
                node,
                f"{_after(what[0])}要写 0 到 1 之间的数，不是 {word!r}",
                f"{what[1]} must be a number from 0 to 1, not {word!r}",
                "例如 0.8 或 80%",
                "for example 0.8 or 80%",
            )
            return None
        return number

    def flag(self, node: Node | None, what: tuple[str, str]) -> bool | None:
        word = self.text(node, what)
        if word is None or not isinstance(node, Scalar):
            return None
        if word.casefold() not in _YES:
            self.unknown(node, what, ("yes", "no", "是", "否"))
        return _YES.get(word.casefold())

    def day(self, node: Node | None, what: tuple[str, str]) -> date | None:
        """A date written as ``2026-10-01``."""
        return self.parsed(node, what, date.fromisoformat, ("日期，如 2026-10-01", "a date such as 2026-10-01"))

    def zone(self, node: Node | None, what: tuple[str, str]) -> str | None:
        """The name of a time zone."""
        word = self.text(node, what)
        if word is None or not isinstance(node, Scalar):
            return None
        if word in _zones():
            return word
        near = nearest(word, _zones()) or "Asia/Shanghai"
        self.problem(
            node,
            f"没有时区 {word!r}",
            f"there is no time zone {word!r}",
            f"是不是 {near!r}？",
            f"did you mean {near!r}?",
        )
        return None

    def parsed(
        self, node: Node | None, what: tuple[str, str], parse: Callable[[str], Value], expected: tuple[str, str]
    ) -> Value | None:
        """Whatever ``parse`` makes of the text; its ValueError becomes a problem that says what was expected."""
        word = self.text(node, what)
        if word is None:
            return None
        try:
            return parse(word)
        except ValueError:
            self.problem(
                node,
                f"{_after(what[0])}看不懂：{word!r}",
                f"{what[1]} is not understood: {word!r}",
                f"应写{expected[0]}",
                f"expected {expected[1]}",
            )
            return None

    def unknown(self, node: Scalar, what: tuple[str, str], known: Collection[str]) -> None:
        """Notes a word that is not on the list, with what may have been meant or the whole list as a hint."""
        near = tuple(map(repr, self._meant(node.text, known)))
        english = [name for name in known if name.isascii()] or list(known)
        self.problem(
            node,
            f"不认识的{_spaced(what[0])} {node.text!r}",
            f"unknown {what[1]} {node.text!r}",
            f"是不是 {' 或 '.join(near)}？" if near else "可以写：" + _listed(known, "、", "……"),
            f"did you mean {' or '.join(near)}?" if near else "possible: " + _listed(english, ", ", " …"),
        )

    def _meant(self, text: str, known: Collection[str]) -> tuple[str, ...]:
        """What people say so for, else the word most like it."""
        meant = tuple(word for word in self.others.get(text.strip().casefold(), ()) if word in known)
        return meant or tuple(filter(None, (nearest(text, known),)))

    def _misplaced(self, key: Scalar, place: str) -> None:
        self.problem(
            key,
            f"{key.text} 不写在这里",
            f"{key.text} does not stand here",
            f"写在 {place}: 下面，再缩进 2 格",
            f"write it below {place}:, indented by two more",
        )

    def _too_deep(self, key: Scalar, sibling: str) -> None:
        self.problem(
            key,
            f"{key.text} 不写在 {sibling} 里面",
            f"{key.text} does not stand inside {sibling}",
            f"往左退，和 {sibling} 对齐",
            f"indent it less: it begins in the column of {sibling}",
        )

    def _wrong_form(
        self, node: Node | None, what: tuple[str, str], form: tuple[str, str], known: Sequence[str] = ()
    ) -> None:
        hint = _how_to_write(node, form, known, what[1])
        if node is None or (isinstance(node, Scalar) and not node.text):
            zh, en = f"{_after(what[0])}没有内容，应为{form[0]}", f"{what[1]} is empty; expected {form[1]}"
        else:
            zh, en = f"{_after(what[0])}应为{form[0]}", f"{what[1]} must be {form[1]}"
        self.problem(node, zh, en, *hint)


def _how_to_write(node: Node | None, form: tuple[str, str], known: Sequence[str], name: str) -> tuple[str, str]:
    """What to do about a value of another form; empty where there is nothing to add."""
    if isinstance(node, Scalar) and "：" in node.text:
        return "冒号是全角的 ：，改成半角冒号加空格", "the colon is full-width ：, use an ASCII colon and a space"
    if isinstance(node, Scalar) and node.plain and _GLUED.match(node.text):
        return "冒号后面加一个空格", "write a space after the colon"
    if form is _LIST and isinstance(node, MapNode):
        return "每一项前面写一个短横和空格：- …", "write a dash and a space before each item: - …"
    if form is _MAPPING and isinstance(node, ListNode) and len(known) == 1:
        return f"在最上面加一行 {known[0]}:", f"write {known[0]}: in a line above"
    if form is _MAPPING and isinstance(node, ListNode) and all(isinstance(item, MapNode) for item in node.items):
        return "去掉每行前面的短横 -", "drop the dashes before the lines"
    if form is _MAPPING and known:
        example = f"{name}: {{{known[0]}: …}}" if name.isidentifier() else f"{known[0]}: …"
        more = (f"；可以写：{_listed(known, '、', '……')}", f"; possible: {_listed(known, ', ', ' …')}")
        return f"例如 {example}" + more[0] * (len(known) > 1), f"for example {example}" + more[1] * (len(known) > 1)
    return "", ""


def _listed(names: Collection[str], comma: str, more: str) -> str:
    """The names, each spelling once."""
    every = list({name.casefold(): name for name in reversed(list(names))}.values())[::-1]
    return comma.join(every[:_LISTED]) + (more if len(every) > _LISTED else "")


def _spaced(name: str) -> str:
    """A name as it follows a Chinese word."""
    return f" {name}" if name[:1].isascii() else name


def _after(name: str) -> str:
    """A name as a Chinese word follows it."""
    return f"{name} " if name[-1:].isascii() else name


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; listing them looks through some hundred files."""
    return frozenset(available_timezones())


def nearest(word: str, known: Collection[str]) -> str:
    """The known word most like this one, or the empty string."""
    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(name.casefold(), name)
    wanted = word.strip().casefold()[:60]
    cutoff = _LIKENESS if wanted.isascii() else _LIKENESS_OF_SHORT
    found = difflib.get_close_matches(wanted, list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""
