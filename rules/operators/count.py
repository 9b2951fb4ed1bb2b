"""``count``: how often words stand in a text."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from rules.lexicon import Field
from rules.operators.amount import Amount
from rules.operators.contains import outermost


@dataclass(frozen=True, slots=True)
class Count:
    """So many places of the words, in all fields together; one inside another counts once."""

    words: frozenset[int]
    amount: Amount

    @property
    def needed_words(self) -> frozenset[int] | None:
        return self.words if self.amount.at_least > 0 else None

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return self.amount.fits(sum(len(self._places(field)) for field in fields))

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        return tuple(words for field in fields for words in field.quote(self._places(field)))

    def _places(self, field: Field) -> list[tuple[int, int]]:
        return outermost([place for word in self.words for place in field.places.get(word, ())])
