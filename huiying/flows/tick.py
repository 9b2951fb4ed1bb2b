"""Looks after due promises: warns, escalates, sends the periodic update; each once (DESIGN 3.10)."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from core.domain.decision import Occasion
from core.domain.errors import Conflict, Unavailable
from core.domain.filing import AuditEntry
from core.domain.letter import LetterKind
from core.domain.mail import Address
from core.domain.notice import Audience, NoticeEvent
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import OPEN_STATES, State, Ticket
from huiying.flows.apologise import apologise
from huiying.flows.ask_rules import ask_and_update
from huiying.flows.caps import over_any_cap
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.overtaken import UPDATE
from huiying.flows.parts import departments
from huiying.flows.pause import next_update
from huiying.flows.ports import Transaction
from huiying.flows.promise import WARNED, make_promises, next_look
from huiying.flows.quiet import after_quiet_hours, customers_zone
from huiying.flows.retry import retried
from huiying.flows.rule_facts import Moment
from huiying.flows.rule_timers import fire_rules
from huiying.flows.serve import desk_for
from huiying.flows.short_letter import Telling, reader_of, write_letter
from huiying.flows.tell import tell
from huiying.flows.tell_overdue import tell_overdue
from huiying.flows.timers import fire_timers

BATCH = 50
CAPS = ("cap-hour", "cap-day")
"""What bars a letter for a while only."""
LOOK_AGAIN = timedelta(hours=1)
PROMPT = timedelta(minutes=5)
"""An update that leaves so soon after its time is in time: the clock looks when the time is over."""
WARNINGS = (NoticeEvent.WARNED, NoticeEvent.OVERDUE, NoticeEvent.ESCALATED)

_log = logging.getLogger("huiying.tick")


def tick(ctx: Context, limit: int = BATCH) -> int:
    """Handles promises and timers whose instant has come, earliest first; how many. Its cost grows with what is due."""
    fired = fire_timers(ctx, limit) + fire_rules(ctx, limit) + tell_overdue(ctx, limit)
    with ctx.store.read() as tx:
        due = tx.promises.due(ctx.now(), limit)
    if not due:
        return _ring(ctx, fired)
    try:
        handled = retried(partial(_handle_due, ctx, limit))
    except (Unavailable, Conflict):
        raise
    except Exception:  # noqa: BLE001  one promise on which our code fails must not stop the clocks of all others
        handled = sum(_handle_alone(ctx, promise) for promise in due)
    return _ring(ctx, fired + handled)


def _ring(ctx: Context, handled: int) -> int:
    if handled:
        ctx.wake.ring("letters")
        ctx.wake.ring("changed")
    return handled


def _handle_due(ctx: Context, limit: int) -> int:
    with ctx.store.write() as tx:
        due = tx.promises.due(ctx.now(), limit)
        for promise in due:
            _handle(ctx, tx, promise)
    return len(due)


def _handle_alone(ctx: Context, promise: Promise) -> int:
    """One promise in a transaction of its own; where that fails too, it is set aside with a line in the trail."""
    try:
        with ctx.store.write() as tx:
            _handle(ctx, tx, promise)
    except (Unavailable, Conflict):
        raise
    except Exception as error:  # noqa: BLE001  see the docstring
        _log.exception("A due promise could not be handled.", extra={"promise": promise.id})
        with ctx.store.write() as tx:
            tx.promises.change([replace(promise, warn_at=None)])
            tx.audit.add((_entry(ctx, "promise.failed", promise, (("because", type(error).__name__),)),))
    return 1


def _handle(ctx: Context, tx: Transaction, promise: Promise) -> None:
    ticket = tx.tickets.get(promise.ticket_id)
    if ticket is None or ticket.state not in OPEN_STATES:
        tx.promises.change([replace(promise, state=PromiseState.CANCELLED, ended=ctx.now(), warn_at=None)])
    elif promise.clock is Clock.NEXT_UPDATE:
        _update(ctx, tx, promise, ticket)
    else:
        _warn(ctx, tx, promise, ticket)


def _warn(ctx: Context, tx: Transaction, promise: Promise, ticket: Ticket) -> None:
    """75 %, 100 % and 150 %: people are told and the trail has a line, once each, then the next instant or none; of
    several that have passed (after an outage) the last is told. A clock that nobody is warned of (the
    acknowledgement's) is only ever overdue."""
    desk = desk_for(ctx, tx, ticket)
    warned = replace(promise, warned=promise.warned + 1)
    while (again := next_look(desk, warned)) is not None and again <= ctx.now():
        warned = replace(warned, warned=warned.warned + 1)
    step = warned.warned - 1 if promise.clock in WARNED else WARNINGS.index(NoticeEvent.OVERDUE)
    event = WARNINGS[min(step, len(WARNINGS) - 1)]
    tx.promises.change([replace(warned, warn_at=again)])
    tx.audit.add((_entry(ctx, event.value, promise, ()),))
    apologise(ctx, tx, desk, ticket, promise, warned)
    if promise.clock in WARNED:
        tell(
            ctx, tx, event, f"ticket:{ticket.id}", once=f"{promise.id}:{promise.due.isoformat()}", ticket_id=ticket.id,
            details=(("clock", promise.clock.value), ("due", promise.due.isoformat())), to=_also(desk, event, ticket),
        )  # fmt: skip
        _ask_rules(ctx, tx, ticket, promise.clock, event)


def _ask_rules(ctx: Context, tx: Transaction, ticket: Ticket, clock: Clock, event: NoticeEvent) -> None:
    moment = Moment(occasion=Occasion.CLOCK, at=ctx.now(), clock=clock.value, event=event.value.partition(".")[2])
    ask_and_update(ctx, tx, ticket, moment)


def _also(desk: Desk, event: NoticeEvent, ticket: Ticket) -> tuple[str, ...]:
    """The lead hears of what is overdue at once where the policy says so; else whom ``notify.yaml`` names."""
    if event is not NoticeEvent.OVERDUE or ticket.fields.get("priority", "") not in desk.policy.lead_at_due:
        return ()
    return tuple(dict.fromkeys((*desk.notify.routes[event].to, Audience.LEAD.value)))


def _update(ctx: Context, tx: Transaction, promise: Promise, ticket: Ticket) -> None:
    """Sends the update without news and starts the next clock. Where no letter may go an agent is asked: at night and
    above the caps it waits for the next allowed hour, for any other reason only the agent can tell the customer."""
    desk = desk_for(ctx, tx, ticket)
    reader = reader_of(ctx, tx, ticket, "progress")
    zone = customers_zone(tx, ticket.id, desk.calendar)
    send_at = after_quiet_hours(ctx.now(), zone)
    barred = reader if isinstance(reader, str) else _barred(ctx, tx, ticket, reader.address, send_at)
    if barred or isinstance(reader, str):
        waits = barred.partition(":")[0] in CAPS
        again = after_quiet_hours(ctx.now() + LOOK_AGAIN, zone) if waits else None
        tx.promises.change([replace(promise, warned=promise.warned + 1, warn_at=again)])
        _ask_agent(ctx, tx, promise, ticket, barred)
        return
    if send_at > ctx.now():
        _ask_agent(ctx, tx, promise, ticket, "night")
    draft = next_update(desk, ticket.fields, send_at, departments(tx, ticket))
    telling = Telling(
        template="progress", occasion=f"promise:{promise.id}", at=send_at, told=draft.due, kind=LetterKind.PROGRESS
    )
    letter = write_letter(ctx, tx, ticket, reader, telling)
    state = PromiseState.KEPT if send_at <= promise.owed + PROMPT else PromiseState.MISSED
    tx.promises.change([replace(promise, state=state, ended=ctx.now(), warn_at=None)])
    made = make_promises(ctx, desk, ticket.id, f"{UPDATE}{letter.id}", (draft,))
    tx.promises.add([replace(one, told=one.due) for one in made])
    tx.audit.add((_entry(ctx, "update.queued", promise, (("letter", str(letter.id)),)),))


def _ask_agent(ctx: Context, tx: Transaction, promise: Promise, ticket: Ticket, because: str) -> None:
    """Once for each update that is owed."""
    if promise.warned:
        return
    tx.audit.add((_entry(ctx, "update.asked", promise, (("because", because),)),))
    details = (("clock", promise.clock.value), ("because", because.partition(":")[0]))
    tell(ctx, tx, NoticeEvent.ASKED, f"ticket:{ticket.id}", once=str(promise.id), ticket_id=ticket.id, details=details)
    _ask_rules(ctx, tx, ticket, promise.clock, NoticeEvent.OVERDUE)


def _barred(ctx: Context, tx: Transaction, ticket: Ticket, address: Address, leaves: datetime) -> str:
    """Why no progress letter may go to a customer who may be written to, or the empty string."""
    if ticket.state is State.WAITING_CUSTOMER:
        return "waiting-customer"
    return over_any_cap(ctx, tx, ticket, address, leaves)


def _entry(ctx: Context, action: str, promise: Promise, details: tuple[tuple[str, str], ...]) -> AuditEntry:
    return AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor="system",
        action=action,
        subject=f"ticket:{promise.ticket_id}",
        details=(("clock", promise.clock.value), *details),
    )
