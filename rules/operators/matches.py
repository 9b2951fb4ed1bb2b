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
    """RE2 does not take this pattern."""


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
