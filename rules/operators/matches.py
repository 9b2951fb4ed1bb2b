"""``matches``: a regular expression of RE2, which is linear in text and pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import re2

from core.domain.decision import Words
from core.text.fold import fold
from rules.lexicon import Field

LONGEST_PATTERN = 1000
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class Found(Protocol):
    def start(self) -> int: ...

    def end(self) -> int: ...


class Pattern(Protocol):
    """A pattern of RE2; over bytes its places are bytes."""

    def search(self, data: bytes, /) -> Found | None: ...

    def finditer(self, text: str, /) -> Iterator[re.Match[str]]: ...


class PatternRefused(ValueError):
    """RE2 does not take this pattern; its own words tell why."""

    def told(self) -> tuple[str, str, str, str]:
        """Why, and what to do, in Chinese and English."""
        said, _, piece = str(self).partition(": ")
        for begins, *words in _REFUSALS:
            if said.startswith(begins):
                zh, en, hint_zh, hint_en = (word.replace("PIECE", piece) for word in words)
                return zh, en, hint_zh, hint_en
        return str(self), str(self), _RE2[0], _RE2[1]


_RE2 = (
    "用的是 RE2：没有前后查找 (?=…)、(?<…) 和反向引用 \\1，重复次数不超过 1000",
    "this is RE2: no look-around (?=…), (?<…), no back-references \\1, repetition up to 1000",
)
_LITERALLY = ("要找这个符号本身时在前面加 \\", "write \\ before the mark if it is what you look for")
_REFUSALS: tuple[tuple[str, str, str, str, str], ...] = (
    ("missing )", "左括号 ( 没有成对", "a ( has no partner", *_LITERALLY),
    ("unexpected )", "右括号 ) 没有成对", "a ) has no partner", *_LITERALLY),
    ("missing ]", "左方括号没有成对：PIECE", "a [ has no partner: PIECE", *_LITERALLY),
    ("no argument for repetition", "PIECE 前面没有可以重复的字", "nothing before PIECE can be repeated", *_LITERALLY),
    ("bad repetition", "连着两个重复符号：PIECE", "two repetitions in a row: PIECE", *_LITERALLY),
    ("invalid repetition size", "重复次数太大：PIECE", "repeated too often: PIECE", *_RE2),
    ("invalid escape sequence", "不认识的写法 PIECE", "PIECE is not known", *_RE2),
    ("invalid perl operator", "不认识的写法 PIECE", "PIECE is not known", *_RE2),
    ("invalid named capture", "不认识的写法 PIECE", "PIECE is not known", *_RE2),
    ("trailing \\", "末尾多了一个 \\", "there is a \\ at the end", "去掉它，或写成 \\\\", "drop it, or write \\\\"),
    ("invalid character class range", "字符范围不对：PIECE", "not a range of characters: PIECE",
     "小的写在前面，如 0-9", "write the smaller one first, as in 0-9"),
    ("pattern too large", "展开后太大", "too large when it is written out", "重复次数写小一些", "repeat less often"),
    ("longer than", "太长：超过 1000 个字", "longer than 1000 characters", "拆成几条，写成列表", "write it as a list"),
)  # fmt: skip
"""How RE2 begins to say it, and how an admin is told."""


@dataclass(frozen=True, slots=True)
class Matches:
    """At least one of the patterns. They are matched against the folded text, letter case does not matter."""

    patterns: tuple[Pattern, ...]

    @property
    def needed_words(self) -> frozenset[int] | None:
        return None

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return any(True for _ in self._places(fields))

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        return tuple(words for field, place in self._places(fields) for words in field.quote([place]))

    def _places(self, fields: tuple[Field, ...]) -> Iterator[tuple[Field, tuple[int, int]]]:
        for field in fields:
            data = field.folded.encode("utf-8", "replace")
            for pattern in self.patterns:
                found = pattern.search(data)
                if found is not None:
                    yield field, (_characters(data, found.start()), _characters(data, found.end()))


def compile_pattern(text: str) -> Pattern:
    """The compiled pattern; what is not ASCII is folded like the text. Raises ``PatternRefused`` with RE2's reason."""
    if len(text) > LONGEST_PATTERN:
        raise PatternRefused(f"longer than {LONGEST_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    folded = _NOT_ASCII.sub(lambda found: fold(found.group()), text)
    try:
        pattern: Pattern = re2.compile(folded, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise PatternRefused(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None
    return pattern


def _characters(data: bytes, end: int) -> int:
    return len(data[:end].decode("utf-8", "replace"))
