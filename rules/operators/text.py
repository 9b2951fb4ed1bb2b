"""Reads the operators of a text condition and asks them about one or several fields of the mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.domain.decision import Words
from core.settings.nodes import ListNode, Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making
from rules.lexicon import Field, fold_for_matching
from rules.looking import Look
from rules.operators.amount import BOUNDS, read_bounds
from rules.operators.contains import ContainsAll, ContainsAny, ContainsNone
from rules.operators.count import Count
from rules.operators.folded import read_folded, refuse_word
from rules.operators.matches import Matches, PatternRefused, compile_pattern
from rules.operators.near import FURTHEST, Near
from rules.operators.starts_with import StartsWith

OPERATORS = ("contains_any", "contains_all", "contains_none", "words", "starts_with", "near", "matches", "count")


_WORDS: Mapping[type, str] = {
    ContainsAny: "contains_any",
    ContainsAll: "contains_all",
    ContainsNone: "contains_none",
    StartsWith: "starts_with",
    Near: "near",
    Matches: "matches",
    Count: "count",
}


class Operator(Protocol):
    @property
    def needed_words(self) -> frozenset[int] | None: ...

    def holds(self, fields: tuple[Field, ...]) -> bool: ...

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCondition:
    """Holds when each of its operators does for these fields taken together."""

    word: str
    line: int
    names: tuple[str, ...]
    operators: tuple[Operator, ...]

    @property
    def needs_suggestion(self) -> bool:
        return False

    @property
    def needed_words(self) -> frozenset[int] | None:
        needed = (operator.needed_words for operator in self.operators)
        return min((words for words in needed if words is not None), key=len, default=None)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.names)

    def holds(self, look: Look) -> bool:
        fields = tuple(look.field(name) for name in self.names)
        return all(operator.holds(fields) for operator in self.operators)

    def failing(self, look: Look) -> tuple[str, tuple[Words, ...]]:
        """Of a condition that does not hold, the word of the operator that failed, and the words that it bars."""
        fields = tuple(look.field(name) for name in self.names)
        failed = next(operator for operator in self.operators if not operator.holds(fields))
        barred = failed.barred(fields) if isinstance(failed, ContainsNone) else ()
        return _WORDS[type(failed)], barred

    def quotes(self, look: Look) -> tuple[Words, ...]:
        fields = tuple(look.field(name) for name in self.names)
        return tuple(words for operator in self.operators for words in operator.quotes(fields))


def read_text_condition(
    reader: Reader, node: Node, making: Making, word: str, names: tuple[str, ...]
) -> TextCondition | None:
    """The operators under ``subject``, ``own``, ``body`` or ``text``; a word or list alone is ``contains_any``."""
    if isinstance(node, Scalar | ListNode):
        operators = [_read_operator(reader, "contains_any", node, making)]
    else:
        entries = reader.mapping(node, (word, word), optional=OPERATORS) or {}
        if not entries:
            if not getattr(node, "entries", ()):
                reader.problem(node, f"{word} 里没有条件", f"{word} has no operator", *_expected())
            return None
        operators = [_read_operator(reader, name, value, making) for name, value in entries.items()]
    usable = tuple(operator for operator in operators if operator is not None)
    return TextCondition(word=word, line=node.line, names=names, operators=usable) if usable else None


def _expected() -> tuple[str, str]:
    return "可以写：" + "、".join(OPERATORS), "possible: " + ", ".join(OPERATORS)


def _read_operator(reader: Reader, name: str, node: Node, making: Making) -> Operator | None:
    if name == "near":
        return _read_near(reader, node, making)
    if name == "matches":
        return _read_matches(reader, node)
    if name == "count":
        return _read_count(reader, node, making)
    if name == "starts_with":
        beginnings = read_folded(reader, node, name)
        return StartsWith(beginnings, _numbers(beginnings, making)) if beginnings else None
    words = _read_lists(reader, node, making) if name == "words" else read_words_of(reader, node, making, name)
    if not words:
        return None
    if name == "contains_all":
        return ContainsAll(words)
    return ContainsNone(words) if name == "contains_none" else ContainsAny(words)


def _numbers(beginnings: tuple[str, ...], making: Making) -> frozenset[int] | None:
    """To the lexicon an asterisk at the end means any ending, and here itself; and of what folds further than once
    (薴) it would know another word."""
    if any(one.endswith("*") or fold_for_matching(one) != one for one in beginnings):
        return None
    return frozenset(map(making.lexicon.intern, beginnings))


def read_words_of(reader: Reader, node: Node, making: Making, name: str, *, all_places: bool = False) -> frozenset[int]:
    """The numbers of one word or a list of words; ``@name`` stands for a word list."""
    nodes = (node,) if isinstance(node, Scalar) else reader.items(node, (name, name))
    if not nodes:
        if isinstance(node, ListNode):
            reader.problem(node, f"{name} 是空的", f"{name} is empty")
        return frozenset()
    found: set[int] = set()
    for item in nodes:
        word = reader.text(item, (f"{name} 里的词", f"a word of {name}"))
        if word is None:
            continue
        spelled = _named_list(reader, item, word[1:], making) if word.startswith("@") else (word,)
        found.update(_intern(reader, item, spelled, making, all_places))
    return frozenset(found)


def _intern(reader: Reader, node: Node, words: tuple[str, ...], making: Making, all_places: bool) -> set[int]:
    found: set[int] = set()
    for word in words:
        if isinstance(node, Scalar) and node.plain:
            _doubt(reader, node, word)
        try:
            found.add(making.lexicon.intern(word, all_places=all_places))
        except ValueError:
            refuse_word(reader, node, word)
    return found


_DOUBTS: tuple[tuple[re.Pattern[str], str, str, str, str], ...] = (
    (
        re.compile("[，、；]"),
        "里有全角标点",
        "has full-width punctuation",
        "几个词之间用半角逗号；确实要找这个标点时加引号",
        "separate words by ASCII commas; quote the word if the mark is meant",
    ),
    (
        re.compile("^[“‘「『].*[”’」』]$"),
        "的引号是全角的",
        "has full-width quotation marks",
        "改成半角引号，或去掉引号",
        "use ASCII quotes, or none",
    ),
    (
        re.compile(r"^-[^\s\d-]"),
        "前面的短横后缺少空格",
        "lacks a space after its dash",
        "列表项写成 - 词；确实要找短横时加引号",
        "write an item as - word; quote it if the dash is meant",
    ),
    (
        re.compile("[\u3400-\u9fff]\\s+[\u3400-\u9fff]"),
        "中间有空格",
        "has a space between Chinese characters",
        "几个词写成 [词一, 词二]；确实要找空格时加引号",
        "write several words as [one, other]; quote the word if the space is meant",
    ),
)
"""What hardly any customer writes: more likely several words, or a slip of the keyboard."""


def _doubt(reader: Reader, node: Scalar, word: str) -> None:
    """Notes a word without quotes of which another thing was meant."""
    for pattern, zh, en, hint_zh, hint_en in _DOUBTS:
        if pattern.search(word):
            reader.problem(node, f"词 {word!r} {zh}", f"the word {word!r} {en}", hint_zh, hint_en)
            return


def _read_lists(reader: Reader, node: Node, making: Making) -> frozenset[int]:
    found: set[int] = set()
    for item in (node,) if isinstance(node, Scalar) else reader.items(node, ("words", "words")):
        name = reader.text(item, ("词表", "the word list"))
        if name is not None:
            found |= _intern(reader, item, _named_list(reader, item, name.removeprefix("@"), making), making, False)
    return frozenset(found)


def _named_list(reader: Reader, node: Node, name: str, making: Making) -> tuple[str, ...]:
    if name not in making.lists and isinstance(node, Scalar):
        place = Scalar(text=name, line=node.line, column=node.column)
        if making.lists:
            reader.unknown(place, ("词表", "word list"), tuple(making.lists))
        else:
            file = f"words/{name}.txt"
            reader.problem(
                place, f"没有词表 {name!r}", f"there is no word list {name!r}", f"新建 {file}", f"create {file}"
            )
    return making.lists.get(name, ())


def _read_near(reader: Reader, node: Node, making: Making) -> Near | None:
    entries = reader.mapping(node, ("near", "near"), required=("one", "other", "within"))
    if entries is None or not {"one", "other", "within"} <= entries.keys():
        return None
    ones = read_words_of(reader, entries["one"], making, "one", all_places=True)
    others = read_words_of(reader, entries["other"], making, "other", all_places=True)
    within = reader.integer(entries["within"], ("within", "within"), low=0, high=FURTHEST)
    return Near(ones, others, within) if ones and others and within is not None else None


def _read_count(reader: Reader, node: Node, making: Making) -> Count | None:
    entries = reader.mapping(node, ("count", "count"), required=("of",), optional=BOUNDS)
    if entries is None or "of" not in entries:
        return None
    words = read_words_of(reader, entries["of"], making, "of", all_places=True)
    if not entries.keys() & set(BOUNDS):
        reader.problem(
            node,
            "count 要写次数",
            "count needs a number",
            "加上 at_least: 3 或 at_most: 0",
            "add at_least: 3 or at_most: 0",
        )
        return None
    amount = read_bounds(reader, node, entries)
    return Count(words, amount) if words else None


def _read_matches(reader: Reader, node: Node) -> Matches | None:
    patterns = []
    for item in (node,) if isinstance(node, Scalar) else reader.items(node, ("matches", "matches")):
        text = reader.text(item, ("matches", "matches"))
        if text is None:
            continue
        try:
            patterns.append(compile_pattern(text))
        except PatternRefused as refused:
            zh, en, *hints = refused.told()
            reader.problem(item, f"正则表达式不能用：{zh}", f"the regular expression is refused: {en}", *hints)
    return Matches(tuple(patterns)) if patterns else None
