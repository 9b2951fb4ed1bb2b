"""The condition ``clock``: which clock of the ticket warns or has run out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.decision import Words
from core.domain.promise import Clock
from core.settings.nodes import ListNode, Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look

CLOCKS = {clock.value: clock.value for clock in Clock if clock is not Clock.ACKNOWLEDGEMENT}
EVENTS: Mapping[str, str] = {
    "warned": "warned",
    "overdue": "overdue",
    "escalated": "escalated",
    "即将超时": "warned",
    "已超时": "overdue",
    "超时上报": "escalated",
}
"""What a clock does: three quarters of its time have passed, all of it, half as much again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDoes(Plain):
    """It is one of the clocks, and does one of these."""

    names: frozenset[str]
    events: frozenset[str]

    def holds(self, look: Look) -> bool:
        facts = look.facts
        return (not self.names or facts.clock in self.names) and (not self.events or facts.clock_event in self.events)

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return (Words(where="clock", text=f"{look.facts.clock} {look.facts.clock_event}"),)


def read(reader: Reader, node: Node, _: Making) -> ClockDoes | None:
    """A clock's name alone, or ``name`` and ``is``."""
    if isinstance(node, Scalar):
        name = reader.one_of(node, ("clock", "clock"), CLOCKS)
        return _made(node, frozenset((name,)), frozenset()) if name is not None else None
    entries = reader.mapping(node, ("clock", "clock"), optional=("name", "is"))
    if not entries:
        return None
    return _made(
        node,
        _read_words(reader, entries.get("name"), "name", CLOCKS),
        _read_words(reader, entries.get("is"), "is", EVENTS),
    )


def _made(node: Node, names: frozenset[str], events: frozenset[str]) -> ClockDoes:
    return ClockDoes(word="clock", line=node.line, names=names, events=events)


def _read_words(reader: Reader, node: Node | None, what: str, choices: Mapping[str, str]) -> frozenset[str]:
    if node is None:
        return frozenset()
    items = node.items if isinstance(node, ListNode) else (node,)
    found = (reader.one_of(item, (what, what), choices) for item in items)
    return frozenset(word for word in found if word is not None)
