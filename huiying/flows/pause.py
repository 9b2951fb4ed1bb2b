"""Pauses the clocks of a ticket and lets them run on, as the table of states says (DOMAIN 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.clock import Pause, counted_time, due_time
from core.domain.duration import Duration
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.ticket import State, Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.promise import make_promises, next_look
from huiying.flows.serve import desk_for
from responder.promises import PromiseDraft, next_update_after
from responder.states import ClockMode


def obey_state(ctx: Context, tx: Transaction, ticket_id: int, state: State, at: datetime) -> None:
    """Brings every clock of a ticket into the mode of its new state. A clock that runs on is due later by what it
    did not count; a clock that is over is cancelled."""
    desk = desk_for(ctx, tx, ticket_id)
    changed = [new for old in tx.promises.of_ticket(ticket_id) if (new := _obeying(desk, old, state, at)) is not old]
    if changed:
        tx.promises.change(changed)


def _obeying(desk: Desk, promise: Promise, state: State, at: datetime) -> Promise:
    rule = desk.states[state]
    mode = rule.mode(promise.clock)
    if promise.state is PromiseState.RUNNING and mode is ClockMode.PAUSE:
        pauses = (*promise.pauses, (at, None, rule.because or state.value))
        return replace(promise, state=PromiseState.PAUSED, pauses=pauses, warn_at=None)
    if promise.state is PromiseState.PAUSED and mode is ClockMode.RUN:
        return run_on(desk, promise, at)
    if promise.state in (PromiseState.RUNNING, PromiseState.PAUSED) and mode is ClockMode.END:
        return replace(promise, state=PromiseState.CANCELLED, ended=at, warn_at=None)
    return promise


def run_on(desk: Desk, promise: Promise, at: datetime) -> Promise:
    """The promise after its open pause: what was left when it began is counted from now on."""
    begin, _, why = promise.pauses[-1]
    ended = replace(promise, pauses=(*promise.pauses[:-1], (begin, max(begin, at), why)))
    told = promise.told and _later(desk, promise, promise.told, begin, at)
    running = replace(ended, state=PromiseState.RUNNING, due=_later(desk, promise, promise.due, begin, at), told=told)
    return replace(running, warn_at=next_look(desk, running))


def _later(desk: Desk, promise: Promise, instant: datetime, begin: datetime, at: datetime) -> datetime:
    """An instant of a clock that stood still from ``begin`` to ``at``; one that was over before stays."""
    if begin >= instant:
        return instant
    left = counted_time(desk.calendar, begin, instant, working=promise.working)
    return due_time(desk.calendar, max(begin, at), left, working=promise.working)


def reopen(ctx: Context, tx: Transaction, ticket: Ticket, cause: str, at: datetime, *, update: bool = True) -> None:
    """A ticket that was resolved or over is worked on again: the resolution clock, and what the end cut off, run on;
    ``update`` says whether the customer is owed one. ``ticket`` is as it was before."""
    desk = desk_for(ctx, tx, ticket)
    promises = tx.promises.of_ticket(ticket.id)
    why = desk.states[State.RESOLVED].because
    again = [_again(desk, promise, promise.ended, why, at) for promise in _stopped(ticket, promises) if promise.ended]
    if again:
        tx.promises.change(again)
    live = {promise.clock for promise in (*promises, *again) if promise.state in LIVE}
    if update and Clock.NEXT_UPDATE not in live | {promise.clock for promise in again}:
        tx.promises.add(make_promises(ctx, desk, ticket.id, cause, (next_update(desk, ticket.fields, at),)))


def _stopped(ticket: Ticket, promises: Sequence[Promise]) -> list[Promise]:
    """The resolution that the result stopped, and the clocks that the ticket's end cancelled."""
    done = [p for p in promises if p.clock is Clock.RESOLUTION and p.state in (PromiseState.KEPT, PromiseState.MISSED)]
    cut = [p for p in promises if p.state is PromiseState.CANCELLED and ticket.closed and p.ended == ticket.closed]
    last = max(done, key=lambda p: p.id, default=None)
    return [*cut, *([last] if last is not None and not any(p.clock is Clock.RESOLUTION for p in cut) else [])]


def _again(desk: Desk, promise: Promise, ended: datetime, why: str, at: datetime) -> Promise:
    paused = replace(promise, state=PromiseState.PAUSED, ended=None, pauses=(*promise.pauses, (ended, None, why)))
    return run_on(desk, paused, at)


def after(desk: Desk, at: datetime, duration: Duration) -> datetime:
    """``duration`` later, in working time where it is one."""
    amount = timedelta(minutes=duration.in_minutes(desk.calendar.minutes_per_day))
    return due_time(desk.calendar, at, amount, working=duration.working)


def next_update(desk: Desk, fields: Mapping[str, str], sent: datetime, departments: int = 1) -> PromiseDraft:
    """The update that follows one sent then."""
    return next_update_after(
        desk.policy,
        desk.calendar,
        sent=sent,
        priority=fields.get("priority", ""),
        type_=fields.get("type", ""),
        departments=departments,
    )


def around_pauses(desk: Desk, draft: PromiseDraft, promise: Promise) -> PromiseDraft:
    """What a clock that counts anew from the arrival comes to, given the pauses that it has had."""
    if not promise.pauses:
        return draft
    amount = timedelta(minutes=draft.duration.in_minutes(desk.calendar.minutes_per_day))
    due = due_time(desk.calendar, draft.started, amount, _closed(promise.pauses), working=draft.duration.working)
    return replace(draft, due=due)


def with_pauses(desk: Desk, made: Sequence[Promise], before: Sequence[Promise]) -> tuple[Promise, ...]:
    """New promises with the pauses of those that they supersede; what is paused stays so."""
    earlier = {promise.clock: promise for promise in before}
    return tuple(
        _in_state_of(desk, promise, earlier[promise.clock]) if promise.clock in earlier else promise for promise in made
    )


def in_place_of(desk: Desk, promise: Promise, successor: Promise) -> Promise:
    """A superseded promise that takes its place again: paused if its successor is, and due later by what was not
    counted meanwhile."""
    due = promise.due
    if promise.pauses != successor.pauses:
        amount = counted_time(
            desk.calendar, promise.started, promise.due, _closed(promise.pauses), working=promise.working
        )
        due = due_time(desk.calendar, promise.started, amount, _closed(successor.pauses), working=promise.working)
    back = replace(promise, due=due, told=successor.told, ended=None, superseded_by=0)
    return _in_state_of(desk, back, successor)


def _in_state_of(desk: Desk, promise: Promise, other: Promise) -> Promise:
    same = replace(promise, state=other.state, pauses=other.pauses)
    return replace(same, warn_at=next_look(desk, same) if same.state is PromiseState.RUNNING else None)


def _closed(pauses: Sequence[tuple[datetime, datetime | None, str]]) -> list[Pause]:
    """Of a pause that goes on nothing is taken off yet."""
    return [Pause(begins=begin, ends=end or begin, why=why) for begin, end, why in pauses]
