"""What each event does to the clocks of a ticket (DOMAIN 5, 6 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from core.domain.clock import ClockEvent, ClockState, EventKind, Pause, due_time
from core.domain.duration import Duration
from core.domain.priority import raise_priority
from core.domain.promise import Clock
from core.domain.taxonomy import PRIORITIES
from core.domain.ticket import State
from responder.clock_run import ClockRun, ClockTicket
from responder.promises import DraftMaker, PromiseDraft, next_update_after, on_arrival
from responder.states import ClockMode

RECOMPUTED = (Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION)
"""Clocks that a new decision counts anew from the arrival."""
URGED_AGAIN = timedelta(hours=24)
"""A customer who urges again within this time starts no second clock."""


def _start(ticket: ClockTicket, drafts: Iterable[PromiseDraft], cause: str, at: datetime) -> None:
    """Starts clocks; in a state that pauses them they begin with a pause."""
    for draft in drafts:
        run = ClockRun(
            clock=draft.clock, cause=cause, started=draft.started, because=draft.because, chain=[draft.duration]
        )
        ticket.runs.append(run)
        _obey(ticket, run, at)


def _obey(ticket: ClockTicket, run: ClockRun, at: datetime) -> None:
    """Brings one clock into the mode that the ticket's state wants."""
    rule = ticket.states[ticket.state]
    mode = rule.mode(run.clock)
    if mode is ClockMode.END:
        run.over, run.ended = ClockState.CANCELLED, at
    elif mode is ClockMode.PAUSE and run.open is None:
        run.open = (at, rule.words(ticket.language), _cap(ticket, rule.cap, at))
    elif mode is ClockMode.RUN and run.open is not None:
        run.pauses, run.open = run.pauses_until(at), None


def _cap(ticket: ClockTicket, cap: Duration | None, at: datetime) -> datetime | None:
    if cap is None:
        return None
    amount = timedelta(minutes=cap.in_minutes(ticket.calendar.minutes_per_day))
    return due_time(ticket.calendar, at, amount, working=cap.working)


def _end(ticket: ClockTicket, at: datetime, *clocks: Clock) -> None:
    for run in ticket.live(*clocks):
        run.pauses, run.open, run.ended = run.pauses_until(at), None, at


def _move(ticket: ClockTicket, state: State, at: datetime) -> None:
    ticket.state, ticket.since = state, at
    for run in ticket.live():
        _obey(ticket, run, at)


def _arrived(ticket: ClockTicket, event: ClockEvent) -> None:
    ticket.arrived, ticket.since = event.at, event.at
    ticket.facts |= event.facts
    _start(ticket, _from_arrival(ticket, event.at), "arrival", event.at)


def _from_arrival(ticket: ClockTicket, received: datetime) -> tuple[PromiseDraft, ...]:
    return on_arrival(
        ticket.policy,
        ticket.calendar,
        received=received,
        urgency=ticket.facts.get("urgency", ""),
        priority=ticket.facts.get("priority", ""),
        type_=ticket.facts.get("type", ""),
        departments=int(ticket.facts.get("departments", "1")),
        language=ticket.language,
    )


def _decided(ticket: ClockTicket, event: ClockEvent) -> None:
    """New facts: clocks that count from the arrival are superseded where the new ones run differently. What was told
    stays told: the new clock keeps the durations before its own."""
    ticket.facts |= event.facts
    if ticket.arrived is None:
        return
    drafts = {draft.clock: draft for draft in _from_arrival(ticket, ticket.arrived)}
    for run in ticket.live(*RECOMPUTED):
        draft = drafts[run.clock]
        if run.cause not in ("arrival", "decided") or run.fixed is not None or draft.duration == run.chain[-1]:
            continue
        run.over, run.ended = ClockState.SUPERSEDED, event.at
        ticket.runs.append(
            ClockRun(
                clock=run.clock, cause="decided", started=run.started, because=draft.because,
                chain=[*run.chain, draft.duration], pauses=list(run.pauses), open=run.open,
            )
        )  # fmt: skip


def _moved(ticket: ClockTicket, event: ClockEvent) -> None:
    if event.state is None:
        raise ValueError("a moved ticket has a state")
    _move(ticket, event.state, event.at)


def _wrote(ticket: ClockTicket, event: ClockEvent) -> None:
    """The customer's word ends the wait for it; after the result it means that the matter is not over."""
    if ticket.state in (State.RESOLVED, State.CLOSED):
        _run_on(ticket, event.at)
        _move(ticket, State.OPEN, event.at)
        _start(ticket, [_next_update(ticket, event.at)], "reopened", event.at)
    elif ticket.state in (State.WAITING_CUSTOMER, State.ON_HOLD):
        _move(ticket, State.OPEN, event.at)


def _run_on(ticket: ClockTicket, at: datetime) -> None:
    """The resolution clock that the result stopped goes on; the wait for the customer's word was no time of ours."""
    for run in ticket.runs:
        if run.clock is Clock.RESOLUTION and run.ended == ticket.resolved and run.over is not ClockState.SUPERSEDED:
            why = ticket.states[State.RESOLVED].words(ticket.language)
            run.pauses.append(Pause(begins=run.ended or at, ends=at, why=why))
            run.ended, run.over, run.open = None, None, None
    ticket.resolved = None


def _answered(ticket: ClockTicket, event: ClockEvent) -> None:
    """A person's answer, by letter or by telephone: first response, urge and update are done at once."""
    _end(ticket, event.at, Clock.FIRST_RESPONSE, Clock.URGE)
    _updated(ticket, event)


def _updated(ticket: ClockTicket, event: ClockEvent) -> None:
    _end(ticket, event.at, Clock.NEXT_UPDATE)
    if ticket.state not in (State.RESOLVED, State.CLOSED):
        _start(ticket, [_next_update(ticket, event.at)], "update", event.at)


def _next_update(ticket: ClockTicket, at: datetime) -> PromiseDraft:
    return next_update_after(
        ticket.policy,
        ticket.calendar,
        sent=at,
        priority=ticket.facts.get("priority", ""),
        type_=ticket.facts.get("type", ""),
        departments=int(ticket.facts.get("departments", "1")),
        language=ticket.language,
    )


def _acknowledged(ticket: ClockTicket, event: ClockEvent) -> None:
    _end(ticket, event.at, Clock.ACKNOWLEDGEMENT)


def _urged(ticket: ClockTicket, event: ClockEvent) -> None:
    """催单: answered by the raised priority and never later than what runs already; once in 24 hours."""
    if ticket.urged is not None and event.at - ticket.urged < URGED_AGAIN:
        return
    ticket.urged = event.at
    known = ticket.facts.get("priority", "")
    raised = ticket.facts["priority"] = raise_priority(known if known in PRIORITIES else PRIORITIES[-1])
    _, duration = ticket.policy.urge.pick(priority=raised, urgency=ticket.facts.get("urgency", ""))
    running = [
        ticket.due(run, event.at) for run in ticket.live(Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION)
    ]
    _start(
        ticket, [_maker(ticket, event.at).draft(Clock.URGE, duration, ticket.say("urged", raised))], "urge", event.at
    )
    earliest = min((due for due in running if due >= event.at), default=None)
    if earliest is not None and earliest < ticket.due(ticket.runs[-1], event.at):
        ticket.runs[-1].fixed = earliest


def _maker(ticket: ClockTicket, at: datetime) -> DraftMaker:
    english = ticket.language.startswith("en")
    return DraftMaker(policy=ticket.policy, calendar=ticket.calendar, started=at.astimezone(UTC), english=english)


def _promised(ticket: ClockTicket, event: ClockEvent) -> None:
    """An agent's own word, or a co-handler's part, as it was given: a duration or an instant."""
    clock = event.clock or Clock.AGENT_PROMISE
    words = ticket.say("part" if clock is Clock.PART else "promised", event.name)
    if event.duration is not None:
        _start(ticket, [_maker(ticket, event.at).draft(clock, event.duration, words)], event.name, event.at)
    elif event.due is not None:
        ticket.runs.append(
            ClockRun(clock=clock, cause=event.name, started=event.at.astimezone(UTC), because=words, fixed=event.due)
        )
    else:
        raise ValueError("a promise has a duration or an instant")


def _fulfilled(ticket: ClockTicket, event: ClockEvent) -> None:
    for run in ticket.live(event.clock or Clock.AGENT_PROMISE):
        if run.cause == event.name:
            run.pauses, run.open, run.ended = run.pauses_until(event.at), None, event.at


def _extended(ticket: ClockTicket, event: ClockEvent) -> None:
    """A later time that the lead approved and the customer was told of: from now on it is the told time."""
    if event.due is None or event.clock is None:
        raise ValueError("an extension names a clock and an instant")
    for run in ticket.live(event.clock):
        if not event.name or run.cause == event.name:
            run.fixed = event.due.astimezone(UTC)
            run.because = f"{run.because}；{ticket.say('extended')}"


def _resolved(ticket: ClockTicket, event: ClockEvent) -> None:
    ticket.resolved = event.at
    _end(
        ticket, event.at, Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION, Clock.URGE, Clock.SECOND_TREATMENT
    )  # fmt: skip
    _move(ticket, State.RESOLVED, event.at)


def _not_satisfied(ticket: ClockTicket, event: ClockEvent) -> None:
    _run_on(ticket, event.at)
    _move(ticket, State.SECOND_TREATMENT, event.at)
    duration = ticket.policy.second_treatment
    second = _maker(ticket, event.at).draft(Clock.SECOND_TREATMENT, duration, ticket.say("second"))
    _start(ticket, [second, _next_update(ticket, event.at)], "not_satisfied", event.at)


HANDLERS: dict[EventKind, Callable[[ClockTicket, ClockEvent], None]] = {
    EventKind.ARRIVED: _arrived,
    EventKind.ACKNOWLEDGED: _acknowledged,
    EventKind.DECIDED: _decided,
    EventKind.MOVED: _moved,
    EventKind.WROTE: _wrote,
    EventKind.ANSWERED: _answered,
    EventKind.UPDATED: _updated,
    EventKind.URGED: _urged,
    EventKind.PROMISED: _promised,
    EventKind.FULFILLED: _fulfilled,
    EventKind.EXTENDED: _extended,
    EventKind.RESOLVED: _resolved,
    EventKind.NOT_SATISFIED: _not_satisfied,
}
