"""What every condition answers, and how ``all``, ``any`` and ``not`` join them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Protocol

from core.domain.decision import Words
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.lexicon import LexiconBuilder
from rules.looking import Look

MOST_QUOTED = 12
"""Words that a hit records at most."""


class Condition(Protocol):
    """A yes-or-no question about a message. ``word`` is its word in YAML, ``line`` where it stands."""

    @property
    def word(self) -> str: ...

    @property
    def line(self) -> int: ...

    @property
    def needs_suggestion(self) -> bool:
        """Whether it can be asked in the second pass only."""
        ...

    @property
    def needed_words(self) -> frozenset[int] | None:
        """Words of which at least one must stand in the mail for a yes; None when it can be yes without any."""
        ...

    @property
    def fields(self) -> frozenset[str]:
        """The text fields it looks at."""
        ...

    def holds(self, look: Look) -> bool: ...

    def quotes(self, look: Look) -> tuple[Words, ...]:
        """The places that made it hold; asked only after ``holds`` said yes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What reading a condition needs besides its node: ``zone`` is the desk's; ``headers`` and ``days`` collect those
    asked for, ``scores`` is not empty when somebody asks for the customer's last vote; ``policies``
    are the names of the desk's time limits, ``letters`` those that can answer an arrival, ``mailboxes`` the desk's
    (empty: any may be written), ``groups`` the channels of groups that can be told (None: any)."""

    taxonomy: Taxonomy
    lexicon: LexiconBuilder
    lists: Mapping[str, tuple[str, ...]]
    zone: tzinfo = UTC
    headers: set[str] = field(default_factory=set)
    days: set[int] = field(default_factory=set)
    scores: set[str] = field(default_factory=set)
    policies: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None


class ReadCondition(Protocol):
    """Reads the value of one condition's key; None when it was not usable (problems are noted)."""

    def __call__(self, reader: Reader, node: Node, making: Making, /) -> Condition | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The base of conditions that look at facts: no suggestion, no words."""

    word: str
    line: int

    @property
    def needs_suggestion(self) -> bool:
        return False

    @property
    def needed_words(self) -> frozenset[int] | None:
        return None

    @property
    def fields(self) -> frozenset[str]:
        return frozenset()

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Holds when each of its parts holds."""

    parts: tuple[Condition, ...]
    line: int
    word: str = "all"

    @property
    def needs_suggestion(self) -> bool:
        return any(part.needs_suggestion for part in self.parts)

    @property
    def needed_words(self) -> frozenset[int] | None:
        needed = [part.needed_words for part in self.parts]
        return min((words for words in needed if words is not None), key=len, default=None)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(name for part in self.parts for name in part.fields)

    def holds(self, look: Look) -> bool:
        return all(part.holds(look) for part in self.parts)

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return _joined([part.quotes(look) for part in self.parts])


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Holds when at least one of its parts holds."""

    parts: tuple[Condition, ...]
    line: int
    word: str = "any"

    @property
    def needs_suggestion(self) -> bool:
        return any(part.needs_suggestion for part in self.parts)

    @property
    def needed_words(self) -> frozenset[int] | None:
        words: set[int] = set()
        for part in self.parts:
            needed = part.needed_words
            if needed is None:
                return None
            words |= needed
        return frozenset(words)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(name for part in self.parts for name in part.fields)

    def holds(self, look: Look) -> bool:
        return any(part.holds(look) for part in self.parts)

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return _joined([part.quotes(look) for part in self.parts if part.holds(look)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Holds when its part does not."""

    part: Condition
    line: int
    word: str = "not"

    @property
    def needs_suggestion(self) -> bool:
        return self.part.needs_suggestion

    @property
    def needed_words(self) -> frozenset[int] | None:
        return None

    @property
    def fields(self) -> frozenset[str]:
        return self.part.fields

    def holds(self, look: Look) -> bool:
        return not self.part.holds(look)

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return ()


def parts_of(condition: Condition) -> Iterator[Condition]:
    """The condition and everything below it."""
    yield condition
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from parts_of(part)
    if isinstance(condition, Not):
        yield from parts_of(condition.part)


def first_that_fails(condition: Condition, look: Look) -> Condition:
    """Of a condition that does not hold, the part that decided it."""
    if isinstance(condition, All):
        return next(first_that_fails(part, look) for part in condition.parts if not part.holds(look))
    return condition


def _joined(quotes: list[tuple[Words, ...]]) -> tuple[Words, ...]:
    return tuple(dict.fromkeys(words for found in quotes for words in found))[:MOST_QUOTED]
