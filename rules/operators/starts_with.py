"""``starts_with``: how a text begins."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from rules.lexicon import Field, joins_words


@dataclass(frozen=True, slots=True)
class StartsWith:
    """One of the beginnings, folded; spaces before it do not count. ``words`` are their numbers in the lexicon, as far
    as all have one: a text in which none of them stands begins with none."""

    beginnings: tuple[str, ...]
    words: frozenset[int] | None

    @property
    def needed_words(self) -> frozenset[int] | None:
        return self.words

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return any(self._place(field) is not None for field in fields)

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        places = ((field, self._place(field)) for field in fields)
        return tuple(words for field, place in places if place is not None for words in field.quote([place]))

    def _place(self, field: Field) -> tuple[int, int] | None:
        start = len(field.folded) - len(field.folded.lstrip())
        for beginning in self.beginnings:
            end = start + len(beginning)
            if field.folded.startswith(beginning, start) and not _goes_on(field.folded, end):
                return start, end
        return None


def _goes_on(text: str, end: int) -> bool:
    return end < len(text) and joins_words(text[end - 1]) and joins_words(text[end])
