"""Looks after due promises: warns, escalates, sends the periodic update; each once (DESIGN 3.10)."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from core.domain.errors import Conflict, Unavailable
from core.domain.filing import AuditEntry
from core.domain.letter import LetterIntent, LetterKind, LettersMode, LetterState
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.settings import MailboxSettings
from core.domain.ticket import OPEN_STATES, Customer, Message, State, Ticket
from huiying.flows.acknowledge import domain_of
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.promise import WARNED, make_promises, next_look
from huiying.flows.retry import retried
from responder.letters import letter_language
from responder.promises import next_update_after
from responder.variables import progress_variables

BATCH = 50
QUIET_FROM, QUIET_TO = time(20), time(8)
UPDATES_A_DAY = 2
"""Automatic progress letters a ticket and day at most (DOMAIN 9)."""
WARNINGS = ("promise.warned", "promise.overdue", "promise.escalated")

_log = logging.getLogger("huiying.tick")


def tick(ctx: Context, limit: int = BATCH) -> int:
    """Handles promises whose instant has come, earliest first; how many. Its cost grows with what is due."""
    with ctx.store.read() as tx:
        due = tx.promises.due(ctx.now(), limit)
    if not due:
        return 0
    try:
        handled = retried(partial(_handle_due, ctx, limit))
    except (Unavailable, Conflict):
        raise
    except Exception:  # noqa: BLE001  one promise on which our code fails must not stop the clocks of all others
        handled = sum(_handle_alone(ctx, promise) for promise in due)
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
        _warn(ctx, tx, promise)


def _warn(ctx: Context, tx: Transaction, promise: Promise) -> None:
    """75 %, 100 % and 150 %: one line in the trail each, then the next instant or none. A clock that nobody is
    warned of (the acknowledgement's) is only ever overdue."""
    step = promise.warned if promise.clock in WARNED else WARNINGS.index("promise.overdue")
    action = WARNINGS[min(step, len(WARNINGS) - 1)]
    warned = replace(promise, warned=promise.warned + 1)
    tx.promises.change([replace(warned, warn_at=next_look(ctx.desk(), warned))])
    tx.audit.add((_entry(ctx, action, promise, ()),))


def _update(ctx: Context, tx: Transaction, promise: Promise, ticket: Ticket) -> None:
    """Sends the update without news and starts the next clock; where no letter may go, an agent is asked."""
    desk = ctx.desk()
    box = desk.mailbox(ticket.mailbox)
    first = tx.tickets.first_message(ticket.id)
    customer = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    barred = _barred(ctx, tx, ticket, box, first, customer)
    if barred or box is None or first is None or customer is None or customer.address is None:
        asked = replace(promise, warned=promise.warned + 1, warn_at=None)
        tx.promises.change([asked])
        tx.audit.add((_entry(ctx, "update.asked", promise, (("because", barred),)),))
        return
    send_at = after_quiet_hours(ctx.now(), desk.calendar.zone)
    draft = next_update_after(
        desk.policy,
        desk.calendar,
        sent=send_at,
        priority=ticket.fields.get("priority", ""),
        type_=ticket.fields.get("type", ""),
    )
    letter = _letter(ctx, desk, box, ticket, customer, first, promise, send_at, draft.due)
    tx.outbox.add((letter,))
    tx.promises.change([replace(promise, state=PromiseState.KEPT, ended=ctx.now(), warn_at=None)])
    tx.promises.add(make_promises(ctx, desk, ticket.id, f"update:{letter.id}", (draft,)))
    tx.audit.add((_entry(ctx, "update.queued", promise, (("letter", str(letter.id)),)),))


def _barred(
    ctx: Context,
    tx: Transaction,
    ticket: Ticket,
    box: MailboxSettings | None,
    first: Message | None,
    customer: Customer | None,
) -> str:
    """Why no progress letter may go to this customer now, or the empty string."""
    if box is None or box.letters is LettersMode.OFF:
        return "letters-off"
    if first is None or first.silent_because or customer is None or customer.address is None:
        return first.silent_because if first and first.silent_because else "no-sender"
    if ticket.state is State.WAITING_CUSTOMER:
        return "waiting-customer"
    day_ago = ctx.now() - timedelta(days=1)
    recent = [
        p
        for p in tx.promises.of_ticket(ticket.id)
        if p.clock is Clock.NEXT_UPDATE and p.state is PromiseState.KEPT and p.ended and p.ended > day_ago
    ]
    return "cap-day" if len(recent) >= UPDATES_A_DAY else ""


def after_quiet_hours(now: datetime, zone: str) -> datetime:
    """``now``, or 08:00 at the customer's when it is between 20:00 and 08:00 there (DOMAIN 9)."""
    local = now.astimezone(ZoneInfo(zone))
    if QUIET_TO <= local.time() < QUIET_FROM:
        return now
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)


def _letter(
    ctx: Context,
    desk: Desk,
    box: MailboxSettings,
    ticket: Ticket,
    customer: Customer,
    first: Message,
    promise: Promise,
    send_at: datetime,
    told: datetime,
) -> LetterIntent:
    if customer.address is None:
        raise ValueError("a progress letter needs a recipient")
    letter_id, language = ctx.ids(), letter_language(ticket.language)
    variables = progress_variables(
        language=language,
        number=ticket.number,
        subject=ticket.subject,
        name=customer.name,
        address=customer.address.address,
        told=told,
        calendar=desk.calendar,
    )
    return LetterIntent(
        id=letter_id,
        ticket_id=ticket.id,
        kind=LetterKind.PROGRESS,
        occasion=f"promise:{promise.id}",
        template="progress",
        language=language,
        bundle=desk.bundle,
        mailbox=box.name,
        recipient=customer.address,
        variables=variables,
        date=send_at,
        message_id=ctx.signer.message_id(ticket.id, letter_id, domain_of(box)),
        in_reply_to=first.message_id,
        references=(first.message_id,) if first.message_id else (),
        not_before=send_at,
        promised=told,
        state=LetterState.HELD if box.letters is LettersMode.HOLD else LetterState.QUEUED,
    )


def _entry(ctx: Context, action: str, promise: Promise, details: tuple[tuple[str, str], ...]) -> AuditEntry:
    return AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor="system",
        action=action,
        subject=f"ticket:{promise.ticket_id}",
        details=(("clock", promise.clock.value), *details),
    )
