"""Moves a ticket from state to state: its clocks and timers follow; the table of states says who may (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.errors import MoveNotAllowed
from core.domain.promise import LIVE, Clock
from core.domain.ticket import FINAL_STATES, OPEN_STATES, State, Ticket
from core.domain.timer import Timer, TimerKind
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.pause import after, obey_state
from huiying.flows.ports import Transaction
from huiying.flows.rule_timers import plan_rules

SECONDED = (State.WAITING_CUSTOMER, State.ON_HOLD, State.WAITING_INTERNAL)
"""Waits after which a second treatment goes on as one."""


def require_move(desk: Desk, who: str, begin: State, end: State) -> None:
    """Raises ``MoveNotAllowed`` unless the table of states lets ``who`` (a role, or ``system``) do it."""
    if begin is not end and not desk.states.may_move(who, begin, end):
        raise MoveNotAllowed(f"{who}: {begin.value} → {end.value}")


def set_state(
    ctx: Context,
    tx: Transaction,
    ticket: Ticket,
    state: State,
    at: datetime,
    timers: Sequence[Timer] = (),
    **more: Any,  # noqa: ANN401  fields of the ticket
) -> Ticket:
    """The ticket in its new state, with ``more`` changed too. Whether somebody may is asked before."""
    moved = tx.tickets.update(replace(ticket, **(in_state(ticket, state, at) | more)))
    obey_state(ctx, tx, ticket.id, state, at)
    tx.timers.set(ticket.id, timers)
    plan_rules(ctx, tx, ticket.id, state, at)
    return moved


def in_state(ticket: Ticket, state: State, at: datetime) -> dict[str, Any]:
    """What a ticket says of itself in that state: when it was resolved and closed, as long as that stands."""
    facts: dict[str, Any] = {"state": state}
    if state in OPEN_STATES:
        # What was checked inside was the result before.
        again = ticket.state not in OPEN_STATES
        return facts | {"resolved": None, "closed": None} | ({"verified_by": ""} if again else {})
    if state in FINAL_STATES:
        return facts | {"closed": ticket.closed or at}
    return facts | {"resolved": at, "closed": None}


def work_state(tx: Transaction, ticket: Ticket) -> State:
    """The state in which somebody works on it: a second treatment goes on as one after a wait."""
    if ticket.state is State.SECOND_TREATMENT:
        return State.SECOND_TREATMENT
    if ticket.state in SECONDED:
        clocks = tx.promises.of_ticket(ticket.id)
        if any(clock.clock is Clock.SECOND_TREATMENT and clock.state in LIVE for clock in clocks):
            return State.SECOND_TREATMENT
    return State.OPEN


def cap_of(desk: Desk, state: State, at: datetime) -> datetime | None:
    """When a wait in that state ends at the latest."""
    cap = desk.states[state].cap
    return None if cap is None else after(desk, at, cap)


def timer(ctx: Context, ticket_id: int, kind: TimerKind, at: datetime, because: str = "") -> Timer:
    return Timer(id=ctx.ids(), ticket_id=ticket_id, kind=kind, at=at, because=because)
