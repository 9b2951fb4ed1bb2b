"""Reads YAML into nodes that know their place, and refuses what could mean two things or cost too much.

Every scalar stays the text that was written (``0571`` is an area code, ``no`` a word); typing is the reader's
job. The events of the parser are walked without recursion, so that depth and size are decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import yaml

from core.domain.bundle import Problem
from core.settings.content import MOST_PROBLEMS, as_text, tab_problems
from core.settings.syntax import WIDE_SPACES, syntax_problem, wide_space

MOST_DEPTH = 50
_MOST_KEPT = 32 * 1024
"""Characters of a file that is kept as read; those that ship have half of it."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A single value as text. ``plain`` says that it was written without quotes."""

    text: str
    line: int
    column: int
    plain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    items: tuple[Node, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A mapping in the file's order; keys are unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        return next((name for name, _ in self.entries if name.text == key), None)


Node = Scalar | ListNode | MapNode


def read_nodes(content: str | bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The file's only document (None when it is empty or unreadable) and everything wrong with its form.

    What was read is kept: whoever edits one file waits for the reading of one, not of all."""
    return _read_once(content, file) if len(content) <= _MOST_KEPT else _read(content, file)


@lru_cache(maxsize=64)
def _read_once(content: str | bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    return _read(content, file)


def _read(content: str | bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    text, problems = as_text(content, file)
    if text is None:
        return None, problems
    tabs = tuple(tab_problems(text, file))
    if tabs:
        return None, tabs
    builder = _Builder(file=file)
    try:
        _walk(text, builder)
    except yaml.YAMLError as error:
        builder.problems.append(syntax_problem(error, text, file))
        return None, tuple(dict.fromkeys(builder.problems))
    except _Refused:
        return None, tuple(builder.problems)
    return builder.root, tuple(builder.problems)


class _Refused(Exception):
    """The rest of the file is not read."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end was not seen yet."""

    is_map: bool
    line: int
    column: int
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    key: Scalar | None = None
    skip_value: bool = False


@dataclass(slots=True)
class _Builder:
    file: str
    problems: list[Problem] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    root: Node | None = None
    documents: int = 0

    def refuse(self, line: int, column: int, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> None:
        self.problems.append(
            Problem(file=self.file, line=line, column=column, zh=zh, en=en, hint_zh=hint_zh, hint_en=hint_en)
        )
        if len(self.problems) >= MOST_PROBLEMS:
            raise _Refused

    def add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        if not parent.is_map:
            parent.items.append(node)
        elif parent.key is None:
            self._take_key(parent, node)
        else:
            if not parent.skip_value:
                parent.entries.append((parent.key, node))
            parent.key, parent.skip_value = None, False

    def _take_key(self, parent: _Open, node: Node) -> None:
        if not isinstance(node, Scalar):
            self.refuse(node.line, node.column, "键必须是文字", "a key must be text")
            parent.key, parent.skip_value = Scalar(text="", line=node.line, column=node.column), True
            return
        parent.key = node
        if node.plain and node.text[:1] in WIDE_SPACES:
            parent.skip_value = True
            self.problems.append(wide_space(self.file, node.line, node.column))
            return
        first = parent.seen.get(node.text)
        if first is None:
            parent.seen[node.text] = node.line
            return
        parent.skip_value = True
        self.refuse(
            node.line,
            node.column,
            f"键 {node.text!r} 重复",
            f"the key {node.text!r} is repeated",
            f"第 {first} 行已经写过，请删去其中一个",
            f"it stands in line {first} already; delete one of them",
        )

    def begin(self, is_map: bool, line: int, column: int) -> None:
        if len(self.open) >= MOST_DEPTH:
            self.refuse(
                line,
                column,
                f"嵌套超过 {MOST_DEPTH} 层",
                f"nested more than {MOST_DEPTH} levels deep",
                "请检查括号",
                "check the brackets",
            )
            raise _Refused
        self.open.append(_Open(is_map=is_map, line=line, column=column))

    def end(self) -> None:
        done = self.open.pop()
        if done.is_map:
            self.add(MapNode(entries=tuple(done.entries), line=done.line, column=done.column))
        else:
            self.add(ListNode(items=tuple(done.items), line=done.line, column=done.column))

    def document(self, line: int, column: int) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse(
                line,
                column,
                "一个文件里只能有一份内容",
                "a file holds one document only",
                "请删去多余的 --- 行，或拆成两个文件",
                "delete the extra --- line, or split the file",
            )
            raise _Refused


def _walk(text: str, builder: _Builder) -> None:
    for event in yaml.parse(text, Loader=_Loader):
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        if isinstance(event, yaml.ScalarEvent):
            _no_tag(event, builder, line, column)
            builder.add(Scalar(text=event.value, line=line, column=column, plain=not event.style))
        elif isinstance(event, yaml.CollectionStartEvent):
            _no_tag(event, builder, line, column)
            builder.begin(isinstance(event, yaml.MappingStartEvent), line, column)
        elif isinstance(event, yaml.CollectionEndEvent):
            builder.end()
        elif isinstance(event, yaml.AliasEvent):
            _no_alias(builder, line, column)
            builder.add(Scalar(text="", line=line, column=column))
        elif isinstance(event, yaml.DocumentStartEvent):
            builder.document(line, column)


def _no_tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent, builder: _Builder, line: int, column: int) -> None:
    if event.anchor:
        _no_alias(builder, line, column)
    if event.tag and event.tag != "!":
        builder.refuse(
            line,
            column,
            f"不能使用标签 {event.tag}",
            f"the tag {event.tag} is not allowed",
            "去掉以 ! 开头的部分，或给整个值加引号",
            "drop what begins with !, or quote the whole value",
        )


def _no_alias(builder: _Builder, line: int, column: int) -> None:
    builder.refuse(
        line,
        column,
        "不能使用锚点 & 和别名 *",
        "anchors (&) and aliases (*) are not allowed",
        "请把内容写全；文字以 & 或 * 开头时加引号",
        "write it out; quote a text that begins with & or *",
    )
