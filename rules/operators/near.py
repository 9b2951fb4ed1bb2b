"""``near``: two words close to each other, in either order."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from rules.lexicon import Field

FURTHEST = 500


@dataclass(frozen=True, slots=True)
class Near:
    """One of ``ones`` and one of ``others`` with at most ``within`` characters between them, in one field."""

    ones: frozenset[int]
    others: frozenset[int]
    within: int

    @property
    def needed_words(self) -> frozenset[int] | None:
        return min(self.ones, self.others, key=len)

    def holds(self, fields: tuple[Field, ...]) -> bool:
        return any(self._pair(field) is not None for field in fields)

    def quotes(self, fields: tuple[Field, ...]) -> tuple[Words, ...]:
        found: list[Words] = []
        for field in fields:
            pair = self._pair(field)
            if pair is not None:
                found.extend(field.quote(sorted(pair)))
        return tuple(found)

    def _pair(self, field: Field) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """The first pair that is near enough; one walk over all places in their order."""
        if self.ones.isdisjoint(field.places) or self.others.isdisjoint(field.places):
            return None
        marks = [(start, end, True) for word in self.ones for start, end in field.places.get(word, ())]
        marks += [(start, end, False) for word in self.others for start, end in field.places.get(word, ())]
        latest: dict[bool, tuple[int, int]] = {}
        for start, end, is_one in sorted(marks):
            partner = latest.get(not is_one)
            if partner is not None and 0 <= start - partner[1] <= self.within:
                return partner, (start, end)
            if is_one not in latest or end >= latest[is_one][1]:
                latest[is_one] = (start, end)
        return None
