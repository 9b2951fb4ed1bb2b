"""One short line with the next time for a reply that is not acknowledged: on reopening, outside hours (DOMAIN 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.promise import LIVE, Clock
from core.domain.said import WANTS_NOTHING
from core.domain.ticket import OPEN_STATES, Ticket
from huiying.flows.acknowledge import Sent
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.hear import OVER
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared
from huiying.flows.promise import next_look
from huiying.flows.serve import desk_for
from huiying.flows.short_letter import Telling, reader_of, write_letter
from responder.guard import over_caps
from responder.letters import letter_language
from responder.promises import on_duty
from responder.wording import time_words

REOPENING, NOTED = "reopening", "noted"
NEXT = (Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.SECOND_TREATMENT, Clock.RESOLUTION)
"""Clocks by which somebody answers; the line names the earliest that runs."""


def answer_shortly(ctx: Context, tx: Transaction, old: Ticket, now: Ticket, p: Prepared, sent: Sent) -> None:
    """Files the line for the customer who wrote himself, when there is one to say: ``old`` and ``now`` are his ticket
    before and after. Outside hours it is said once until the desk opens."""
    desk = desk_for(ctx, tx, now)
    at = p.entry.arrived
    letter = _letter(desk, old, now, p)
    if not letter or over_caps(sent.hour, sent.day):
        return
    reader = reader_of(ctx, tx, now, letter)
    if isinstance(reader, str) or p.mail.sender is None or reader.address.key != p.mail.sender.key:
        return
    told = _next_time(tx, desk, now, at)
    back = desk.calendar.next_working(at)
    once = f"reopened:{p.message.id}" if letter == REOPENING else f"noted:{back.isoformat()}"
    closed = not _on_duty(desk, at)
    more = {"working": "", "back": time_words(back, desk.calendar, letter_language(now.language))} if closed else {}
    write_letter(ctx, tx, now, reader, Telling(template=letter, occasion=once, at=ctx.now(), told=told, more=more))


def _letter(desk: Desk, old: Ticket, now: Ticket, p: Prepared) -> str:
    """Which line it is; the empty string for none."""
    if now.state not in OPEN_STATES or p.message.said.remark in WANTS_NOTHING:
        return ""
    if old.state in OVER:
        return REOPENING
    at = p.entry.arrived
    if _on_duty(desk, at) or desk.calendar.next_working(old.received) == desk.calendar.next_working(at):
        return ""  # we are here, or the acknowledgement has said when we are
    return NOTED


def _on_duty(desk: Desk, at: datetime) -> bool:
    return desk.policy.always_on_duty or desk.calendar.is_working(at)


def _next_time(tx: Transaction, desk: Desk, ticket: Ticket, at: datetime) -> datetime | None:
    """When the customer hears of it at the latest; from now on that moves later only with another letter."""
    running = [one for one in tx.promises.of_ticket(ticket.id) if one.clock in NEXT and one.state in LIVE]
    first = min((one for one in running if one.due >= at), key=lambda one: one.due, default=None)
    if first is None:
        return None
    told = first.told or on_duty(first.due, desk.calendar, desk.policy)
    if first.told is None:
        told_now = replace(first, told=told)
        tx.promises.change((replace(told_now, warn_at=next_look(desk, told_now)),))
    return told
