"""``contains_any``, ``contains_all``, ``contains_none`` and ``words``: which words a text holds."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from rules.lexicon import Field


@dataclass(frozen=True, slots=True)
class ContainsAny:
    """At least one of the words."""

    words: frozenset[int]

    @property
    def needed_words(self) -> frozenset[int] | None:
        return self.words

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return any(not self.words.isdisjoint(field.words) for field in fields)

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        return _quotes(self.words, fields)


@dataclass(frozen=True, slots=True)
class ContainsAll:
    """Each of the words, in whichever of the fields."""

    words: frozenset[int]

    @property
    def needed_words(self) -> frozenset[int] | None:
        return frozenset({min(self.words)})

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return all(any(word in field.words for field in fields) for word in self.words)

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        return _quotes(self.words, fields)


@dataclass(frozen=True, slots=True)
class ContainsNone:
    """None of the words."""

    words: frozenset[int]

    @property
    def needed_words(self) -> frozenset[int] | None:
        return None

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return all(self.words.isdisjoint(field.words) for field in fields)

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        return ()

    def barred(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        """The places of the words that should not be there."""
        return _quotes(self.words, fields)


def _quotes(words: frozenset[int], fields: tuple[Field, ...]) -> tuple[Words, ...]:
    found: list[Words] = []
    for field in fields:
        places = sorted(field.first[word] for word in field.first if word in words)
        found.extend(field.quote(outermost(places)))
    return tuple(found)


def outermost(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without the places that lie inside another (无法 inside 无法登录)."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
