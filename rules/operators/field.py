"""Asks what a decided field is by the time the second pass runs."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.settings.nodes import ListNode, Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIs(Plain):
    """The field has one of the values, by an agent, by a rule that needs no suggestion, as it stands on the ticket, or
    by the model's word, in this order."""

    values: frozenset[str]

    @property
    def needs_suggestion(self) -> bool:
        return True

    def holds(self, look: Look) -> bool:
        return look.value(self.word) in self.values

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return (Words(where=self.word, text=look.value(self.word)),)


def read_field(reader: Reader, node: Node, making: Making, name: str) -> FieldIs | None:
    """One value or a list of them."""
    items = node.items if isinstance(node, ListNode) else (node,)
    found = [reader.value_of(item, making.taxonomy, name) for item in items]
    values = frozenset(value for value in found if value is not None)
    return FieldIs(word=name, line=node.line, values=values) if values else None
