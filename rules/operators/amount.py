"""``at_least`` and ``at_most``: a whole number between bounds."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader

_MOST = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Both bounds belong to it."""

    at_least: int = 0
    at_most: int = _MOST

    def fits(self, number: int) -> bool:
        return self.at_least <= number <= self.at_most


def read_amount(reader: Reader, node: Node, name: str) -> Amount | None:
    """A number alone (exactly that), or ``at_least`` and ``at_most``."""
    if isinstance(node, Scalar):
        number = reader.integer(node, (name, name), low=0, high=_MOST)
        return Amount(at_least=number, at_most=number) if number is not None else None
    entries = reader.mapping(node, (name, name), optional=("at_least", "at_most"))
    if not entries:
        return None
    bounds = {key: reader.integer(value, (key, key), low=0, high=_MOST) for key, value in entries.items()}
    return Amount(**{key: bound for key, bound in bounds.items() if bound is not None})
