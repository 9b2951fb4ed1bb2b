"""``at_least`` and ``at_most``: a whole number between bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader

_MOST = 10**9
BOUNDS = ("at_least", "at_most")


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
    entries = reader.mapping(node, (name, name), optional=BOUNDS)
    return read_bounds(reader, node, entries) if entries else None


def read_bounds(reader: Reader, node: Node, entries: Mapping[str, Node]) -> Amount:
    """The bounds among a mapping's entries; bounds that nothing can meet are noted."""
    found = {key: reader.integer(entries[key], (key, key), low=0, high=_MOST) for key in BOUNDS if key in entries}
    amount = Amount(**{key: bound for key, bound in found.items() if bound is not None})
    if amount.at_least > amount.at_most:
        reader.problem(
            node,
            f"at_least {amount.at_least} 大于 at_most {amount.at_most}，永远不会符合",
            f"at_least {amount.at_least} is above at_most {amount.at_most}: this can never hold",
        )
    return amount
