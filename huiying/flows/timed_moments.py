"""Finds the instants at which rules at a time after a state would have been asked about a stored ticket: how long it
stood in each state is told by its trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.domain.ticket import State
from core.domain.views import TicketLife
from huiying.flows.desk import Desk
from huiying.flows.pause import after
from rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A ticket was in that state from ``begin`` to ``end``; None: it still is."""

    state: State
    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """When one rule would be asked in one stay, by the live book and by the other; None: not at all, or not yet."""

    rule: str
    stay: Stay
    live: datetime | None
    other: datetime | None


def stays(life: TicketLife) -> tuple[Stay, ...]:
    """As rules are planned: each word of the trail on the state begins the time anew. Of a ticket that the trail does
    not lead to the state it is in, the last stay is left out: nobody knows how long it was."""
    told = [(line.at, dict(line.details)["state"]) for line in life.audit if _names_state(line.action, line.details)]
    begun = [(life.ticket.received, State.NEW), *((at, State(word)) for at, word in told)]
    ends = [at for at, _ in begun[1:]]
    if begun[-1][1] is not life.ticket.state:
        begun.pop()
    return tuple(
        Stay(state=state, begin=at, end=ends[place] if place < len(ends) else None)
        for place, (at, state) in enumerate(begun)
    )


def _names_state(action: str, details: tuple[tuple[str, str], ...]) -> bool:
    return action.startswith("ticket.") and dict(details).get("state", "") in set(State)


def instants(live: Desk, other: Desk, life: TicketLife, until: datetime) -> Iterator[Instant]:
    """Each rule of either book once a stay, unless neither would have been asked by ``until``."""
    for stay in stays(life):
        now = {rule.id: _due(live, rule, stay, until) for rule in live.book.timed(stay.state)}
        then = {rule.id: _due(other, rule, stay, until) for rule in other.book.timed(stay.state)}
        for rule in dict.fromkeys((*now, *then)):
            found = Instant(rule=rule, stay=stay, live=now.get(rule), other=then.get(rule))
            if found.live or found.other:
                yield found


def _due(desk: Desk, rule: Rule, stay: Stay, until: datetime) -> datetime | None:
    """None when the ticket had left the state by then, or it is not yet then."""
    if rule.after is None:
        return None
    at = after(desk, stay.begin, rule.after.time)
    return at if at <= until and (stay.end is None or at < stay.end) else None
