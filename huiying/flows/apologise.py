"""超时致歉: the customer whose told time was broken hears that we are sorry, once, where the policy says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.filing import AuditEntry
from core.domain.letter import LetterIntent
from core.domain.promise import LIVE, Apology, Clock, Promise
from core.domain.ticket import Ticket
from huiying.flows.caps import over_any_cap
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.promise import next_look
from huiying.flows.quiet import after_quiet_hours, customers_zone
from huiying.flows.short_letter import Reader, Telling, reader_of, write_letter
from responder.letters import letter_language
from responder.promises import on_duty
from responder.states import SYSTEM
from responder.wording import time_words

LETTER = "apology"
OCCASION = "broken:"
ANSWERS = (Clock.FIRST_RESPONSE, Clock.URGE, Clock.SECOND_TREATMENT, Clock.RESOLUTION, Clock.AGENT_PROMISE)
"""Clocks by which a person answers: what may be apologised for, and what the letter may name instead."""


def apologise(ctx: Context, tx: Transaction, desk: Desk, ticket: Ticket, before: Promise, after: Promise) -> None:
    """Files the letter in the transaction in which ``before`` is found broken (``after`` is what it becomes). It leaves
    when the told time is over and not at night; an answer that comes first makes it needless."""
    told = before.told
    if desk.policy.apology is not Apology.SEND or told is None or before.clock not in ANSWERS:
        return
    if _is_broken(desk, before, before.warned) or not _is_broken(desk, before, after.warned):
        return
    leaves = after_quiet_hours(max(told, ctx.now()), customers_zone(tx, ticket.id, desk.calendar))
    reader = reader_of(ctx, tx, ticket, LETTER)
    barred = reader if isinstance(reader, str) else over_any_cap(ctx, tx, ticket, reader.address, leaves)
    if barred or isinstance(reader, str):
        tx.audit.add((_entry(ctx, "apology.barred", before, because=barred),))
        return
    letter = _write(ctx, tx, desk, ticket, reader, before, leaves)
    tx.audit.add((_entry(ctx, "apology.queued", before, letter=str(letter.id)),))


def is_needless(tx: Transaction, letter: LetterIntent, now: datetime) -> bool:
    """Whether an apology that waits has been overtaken: a person answered, or a later time was told meanwhile."""
    if letter.template != LETTER or not letter.occasion.startswith(OCCASION):
        return False
    id_ = int(letter.occasion.split(":")[1])
    promise = next((each for each in tx.promises.of_ticket(letter.ticket_id) if each.id == id_), None)
    return promise is None or promise.ended is not None or promise.due > now


def _is_broken(desk: Desk, promise: Promise, warned: int) -> bool:
    """Whether so many looks at a promise have reached its due time."""
    last = next_look(desk, replace(promise, warned=warned - 1)) if warned else None
    return last is not None and last >= promise.due


def _write(
    ctx: Context, tx: Transaction, desk: Desk, ticket: Ticket, reader: Reader, broken: Promise, leaves: datetime
) -> LetterIntent:
    was = time_words(broken.told or broken.due, desk.calendar, letter_language(ticket.language))
    telling = Telling(
        template=LETTER, occasion=f"{OCCASION}{broken.id}:{int(broken.due.timestamp())}", at=leaves,
        told=_next_answer(ctx, tx, desk, ticket, leaves), more={"was": was},
    )  # fmt: skip
    return write_letter(ctx, tx, ticket, reader, telling)


def _next_answer(ctx: Context, tx: Transaction, desk: Desk, ticket: Ticket, leaves: datetime) -> datetime | None:
    """The next time by which a person owes an answer anyway; from now on it is told. No new time is invented."""
    owed = [
        each
        for each in tx.promises.of_ticket(ticket.id)
        if each.clock in ANSWERS and each.state in LIVE and (each.told is not None or not _is_in_hand(ctx, each))
    ]
    first = min((each for each in owed if each.due > leaves), key=lambda each: each.due, default=None)
    if first is None:
        return None
    if first.told is not None:
        return first.told
    named = replace(first, told=on_duty(first.due, desk.calendar, desk.policy))
    tx.promises.change((named,))
    return named.told


def _is_in_hand(ctx: Context, promise: Promise) -> bool:
    """Whether this very round of ``tick`` may change it too."""
    return promise.warn_at is not None and promise.warn_at <= ctx.now()


def _entry(ctx: Context, action: str, promise: Promise, **details: str) -> AuditEntry:
    return trace(ctx, SYSTEM, action, promise.ticket_id, clock=promise.clock.value, **details)
