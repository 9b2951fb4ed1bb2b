"""The condition ``ticket``: its state, its age and what stands in its fields, for rules that run later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.decision import DECIDED_FIELDS, Words
from core.domain.duration import parse_duration
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import ListNode, Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.occasions import STATE_WORDS

_AGES = ("older_than", "younger_than")
_KEYS = ("state", *_AGES, *DECIDED_FIELDS)
_AGE = ("自然时长，如 90 分钟、2 小时、2 天", "natural time such as 90 minutes, 2 hours, 2 days")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketIs(Plain):
    """The ticket is in one of the states, old or young enough (whole minutes since the arrival) and has one of the
    values in each field that is written."""

    states: frozenset[str]
    older: int
    younger: int
    fields_are: Mapping[str, frozenset[str]]

    def holds(self, look: Look) -> bool:
        facts = look.facts
        standing = dict(facts.fields)
        return (
            (not self.states or facts.state in self.states)
            and facts.age >= self.older
            and (not self.younger or facts.age < self.younger)
            and all(standing.get(name, "") in values for name, values in self.fields_are.items())
        )

    def quotes(self, look: Look) -> tuple[Words, ...]:
        standing = dict(look.facts.fields)
        return tuple(Words(where="ticket", text=standing[name]) for name in self.fields_are)


def read(reader: Reader, node: Node, making: Making) -> TicketIs | None:
    entries = reader.mapping(node, ("ticket", "ticket"), optional=_KEYS)
    if not entries:
        return None
    ages = {name: _read_age(reader, entries[name], name) for name in _AGES if name in entries}
    older, younger = ages.get("older_than", 0), ages.get("younger_than", 0)
    if older and younger and older >= younger:
        reader.problem(
            entries["younger_than"],
            "older_than 不小于 younger_than，永远不会符合",
            "older_than is not under younger_than: this can never hold",
        )
    return TicketIs(
        word="ticket",
        line=node.line,
        states=_read_states(reader, entries["state"]) if "state" in entries else frozenset(),
        older=older,
        younger=younger,
        fields_are={
            name: _read_values(reader, entries[name], making.taxonomy, name)
            for name in DECIDED_FIELDS
            if name in entries
        },
    )


def _read_age(reader: Reader, node: Node, name: str) -> int:
    """Natural time: a ticket's age is not counted in working hours."""

    def parse(word: str) -> int:
        duration = parse_duration(word)
        if duration.working:
            raise ValueError(word)
        return duration.minutes

    return reader.parsed(node, (name, name), parse, _AGE) or 0


def _read_states(reader: Reader, node: Node) -> frozenset[str]:
    items = node.items if isinstance(node, ListNode) else (node,)
    found = (reader.one_of(item, ("状态", "state"), STATE_WORDS) for item in items)
    return frozenset(state.value for state in found if state is not None)


def _read_values(reader: Reader, node: Node, taxonomy: Taxonomy, name: str) -> frozenset[str]:
    if name == "team":
        return frozenset(reader.texts(node, (name, name)))
    items = node.items if isinstance(node, ListNode) else (node,)
    found = (reader.value_of(item, taxonomy, name) for item in items)
    return frozenset(value for value in found if value is not None)
