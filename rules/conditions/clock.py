"""The condition ``clock``: which clock of the ticket warns or has run out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.decision import Words
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.spellings import CLOCKS, read_words_among

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
        node, _read(reader, entries.get("name"), "name", CLOCKS), _read(reader, entries.get("is"), "is", EVENTS)
    )


def _made(node: Node, names: frozenset[str], events: frozenset[str]) -> ClockDoes:
    return ClockDoes(word="clock", line=node.line, names=names, events=events)


def _read(reader: Reader, node: Node | None, what: str, choices: Mapping[str, str]) -> frozenset[str]:
    return frozenset(read_words_among(reader, node, what, choices)) if node is not None else frozenset()
