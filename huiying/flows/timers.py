"""What happens to tickets by itself: a hold ends at its cap, the customer is reminded, silence closes (DOMAIN 5, 8)."""

from __future__ import annotations

import logging
from functools import partial

from core.domain.notice import NoticeEvent
from core.domain.ticket import Direction, Message, State, Ticket
from core.domain.timer import Timer, TimerKind
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.parts import open_parts
from huiying.flows.ports import Transaction
from huiying.flows.quiet import after_quiet_hours, customers_zone
from huiying.flows.retry import each_alone
from huiying.flows.short_letter import Telling, reader_of, write_letter
from huiying.flows.state import set_state, work_state
from huiying.flows.tell import tell
from responder.states import SYSTEM

SILENT = "客户在结果发出后没有回音，自动关单。(Closed: the customer was silent after the result.)"
"""The note that closing by silence leaves."""

_log = logging.getLogger("huiying.timers")


def fire_timers(ctx: Context, limit: int) -> int:
    """Handles timers whose instant has come, earliest first; how many."""
    with ctx.store.read() as tx:
        due = tx.timers.due(ctx.now(), limit)
    return each_alone(due, partial(_fire, ctx), partial(_set_aside, ctx))


def _fire(ctx: Context, one: Timer) -> None:
    with ctx.store.write() as tx:
        if not tx.timers.drop(one.id):
            return
        ticket = tx.tickets.get(one.ticket_id)
        if ticket is None:
            return
        if one.kind is TimerKind.RESUME:
            _resume(ctx, tx, ticket)
        elif ticket.state is State.RESOLVED:
            (_remind if one.kind is TimerKind.REMIND else _close)(ctx, tx, ticket)


def _set_aside(ctx: Context, one: Timer) -> None:
    _log.exception("A timer could not be handled.", extra={"timer": one.id, "ticket": one.ticket_id})
    with ctx.store.write() as tx:
        tx.timers.drop(one.id)
        tx.audit.add((trace(ctx, SYSTEM, "timer.failed", one.ticket_id, timer=one.kind.value),))


def _resume(ctx: Context, tx: Transaction, ticket: Ticket) -> None:
    state = work_state(tx, ticket)
    if state is ticket.state or not ctx.desk().states.may_move(SYSTEM, ticket.state, state):
        return
    set_state(ctx, tx, ticket, state, ctx.now())
    details = {"before": ticket.state.value, "state": state.value, "reason": "cap"}
    tx.audit.add((trace(ctx, SYSTEM, "ticket.resumed", ticket.id, **details),))
    tell(ctx, tx, NoticeEvent.RESUMED, f"ticket:{ticket.id}", once=str(ctx.ids()), ticket_id=ticket.id)


def _remind(ctx: Context, tx: Transaction, ticket: Ticket) -> None:
    """The result's own letter carries the question; the reminder repeats it."""
    reader = reader_of(ctx, tx, ticket, "reminder")
    if isinstance(reader, str):
        tx.audit.add((trace(ctx, SYSTEM, "reminder.silent", ticket.id, because=reader),))
        return
    asked = ticket.resolved or ctx.now()
    at = after_quiet_hours(ctx.now(), customers_zone(tx, ticket.id, ctx.desk().calendar))
    more = {"vote": ctx.signer.vote_token(ticket.id, result_letter(tx, ticket))}
    occasion = f"reminder:{int(asked.timestamp())}"
    letter = write_letter(ctx, tx, ticket, reader, Telling(template="reminder", occasion=occasion, at=at, more=more))
    tx.audit.add((trace(ctx, SYSTEM, "reminder.queued", ticket.id, letter=str(letter.id)),))


def result_letter(tx: Transaction, ticket: Ticket) -> int:
    """The letter with which the result went out; 0 when it was told by other means."""
    detail = tx.views.ticket(ticket.number)
    sent = [row.id for row in detail.letters if row.sent and row.kind == "agent"] if detail else []
    return max(sent, default=0)


def _close(ctx: Context, tx: Transaction, ticket: Ticket) -> None:
    owed = open_parts(tx, ticket.id)
    if owed:
        tx.audit.add((trace(ctx, SYSTEM, "close.asked", ticket.id, because="parts-open"),))
        return
    if not ctx.desk().states.may_move(SYSTEM, ticket.state, State.CLOSED):
        return
    now = ctx.now()
    set_state(ctx, tx, ticket, State.CLOSED, now)
    tx.tickets.add_message(
        Message(id=ctx.ids(), ticket_id=ticket.id, direction=Direction.NOTE, at=now, text=SILENT, reply=SILENT)
    )
    details = {"before": ticket.state.value, "state": State.CLOSED.value, "reason": "silence"}
    tx.audit.add((trace(ctx, SYSTEM, "ticket.closed", ticket.id, **details),))
