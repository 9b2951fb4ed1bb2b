"""Runs all clocks of a ticket: a pure function of its events, the policy, the calendar and now (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from core.domain.calendar import BusinessCalendar
from core.domain.clock import ClockEvent, ClockState, Pause, Timeline, due_time, stretches
from core.domain.promise import Clock
from responder.clock_events import HANDLERS
from responder.clock_run import ClockRun, ClockTicket
from responder.policy import Policy
from responder.states import StateTable


def run_clocks(
    events: Iterable[ClockEvent],
    policy: Policy,
    calendar: BusinessCalendar,
    states: StateTable,
    *,
    now: datetime,
    language: str = "zh-CN",
) -> tuple[Timeline, ...]:
    """Every clock that the events started, in the order in which they started, as it stands at ``now``. Events later
    than ``now`` have not happened. Raises ``CalendarExhausted``."""
    ticket = ClockTicket(policy=policy, calendar=calendar, states=states, language=language)
    for event in sorted(events, key=lambda one: one.at):
        if event.at <= now:
            HANDLERS[event.kind](ticket, event)
    return tuple(_timeline(ticket, run, now.astimezone(UTC)) for run in ticket.runs)


def _timeline(ticket: ClockTicket, run: ClockRun, now: datetime) -> Timeline:
    pauses = run.pauses_until(now)
    due = ticket.due(run, now)
    told = ticket.due(run, now, run.chain[0]) if run.clock is Clock.FIRST_RESPONSE and run.chain else due
    warned = _warned_at(ticket, run, due, pauses)
    return Timeline(
        clock=run.clock,
        cause=run.cause,
        started=run.started.astimezone(UTC),
        due=due,
        told=told,
        warned_at=warned,
        state=_state(run, told, warned, now),
        because=run.because,
        stretches=stretches(ticket.calendar, run.started, due, pauses, working=run.working, language=ticket.language),
        ended=run.ended,
    )


def _warned_at(ticket: ClockTicket, run: ClockRun, due: datetime, pauses: Sequence[Pause]) -> datetime:
    share = ticket.policy.warn[0] if ticket.policy.warn else 1.0
    if run.fixed is not None or not run.chain:
        return run.started + (due - run.started) * min(share, 1.0)
    duration = run.chain[-1]
    amount = timedelta(minutes=duration.in_minutes(ticket.calendar.minutes_per_day)) * min(share, 1.0)
    return due_time(ticket.calendar, run.started, amount, pauses, working=duration.working)


def _state(run: ClockRun, told: datetime, warned: datetime, now: datetime) -> ClockState:
    if run.over is not None:
        return run.over
    if run.ended is not None:
        return ClockState.KEPT if run.ended <= told else ClockState.BROKEN
    if run.is_paused(now):
        return ClockState.PAUSED
    if now > told:
        return ClockState.BROKEN
    return ClockState.WARNED if now >= warned else ClockState.RUNNING
