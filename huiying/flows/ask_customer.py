"""Asks the customer for what a rule wants to know and he has not given: one letter, and the clocks wait for his answer
from the moment at which it has left (DOMAIN 6)."""

from __future__ import annotations

from core.domain.decision import Decision, Occasion
from core.domain.letter import LetterIntent, LetterKind, LetterState
from core.domain.ticket import OPEN_STATES, Direction, State, Ticket
from core.domain.views import TicketDetail
from huiying.flows.caps import over_any_cap
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.quiet import after_quiet_hours
from huiying.flows.serve import desk_for
from huiying.flows.short_letter import Telling, reader_of, write_letter
from responder.letters import letter_language
from responder.states import SYSTEM
from rules.missing import missing
from rules.orders import ASK, asked_words, ordered

TEMPLATE = "question"
ASKED = "ask:"
"""How the occasion of such a letter begins; the rest names what was asked for."""
WAITS = (State.WAITING_CUSTOMER, State.ON_HOLD)
"""Nobody is asked again while his answer is awaited, or while the ticket rests."""


def ask_customer(ctx: Context, tx: Transaction, ticket: Ticket, decision: Decision) -> None:
    """On arrival the acknowledgement asks; later a letter does, once for each thing. Why none goes is in the trail."""
    orders = ordered(decision, ASK)
    if not orders or decision.occasion is Occasion.ARRIVAL or ticket.state not in OPEN_STATES or ticket.state in WAITS:
        return
    detail = tx.views.ticket(ticket.number)
    keys = _still_wanted(tx, detail, [key for key, _ in orders]) if detail else ()
    if not keys:
        return
    rule = orders[0][1]
    reader = reader_of(ctx, tx, ticket, TEMPLATE)
    at = after_quiet_hours(ctx.now(), desk_for(ctx, tx, ticket).calendar.zone)
    barred = reader if isinstance(reader, str) else over_any_cap(ctx, tx, ticket, reader.address, at)
    if barred or isinstance(reader, str):
        tx.audit.add((trace(ctx, SYSTEM, "rule.failed", ticket.id, rule=rule, because=barred.partition(":")[0]),))
        return
    words = asked_words(keys, letter_language(ticket.language))
    more = {"missing": words, "heard": str(tx.tickets.heard(ticket.id))}
    letter = write_letter(
        ctx, tx, ticket, reader, Telling(template=TEMPLATE, occasion=ASKED + ",".join(keys), at=at, more=more)
    )
    details = {"rule": rule, "letter": str(letter.id), "asked": ",".join(keys)}
    tx.audit.add((trace(ctx, SYSTEM, "customer.asked", ticket.id, **details),))


def is_needless_question(tx: Transaction, letter: LetterIntent) -> bool:
    """Whether the customer wrote while the question waited for the morning, or nobody waits for an answer any more."""
    if letter.kind is not LetterKind.NOTICE or not letter.occasion.startswith(ASKED):
        return False
    ticket = tx.tickets.get(letter.ticket_id)
    if ticket is None or ticket.state not in OPEN_STATES or ticket.state in WAITS:
        return True
    return letter.variables.get("heard") != str(tx.tickets.heard(ticket.id))


def _still_wanted(tx: Transaction, detail: TicketDetail, keys: list[str]) -> tuple[str, ...]:
    """What no message gives and no letter has asked for."""
    wanted = tuple(dict.fromkeys(key for key in keys if key not in _asked_before(tx, detail)))
    for message in detail.messages:
        wanted = missing(wanted, message) if message.direction is Direction.IN else wanted
    return wanted


def _asked_before(tx: Transaction, detail: TicketDetail) -> set[str]:
    asked: set[str] = set()
    for row in detail.letters:
        if row.state == LetterState.CANCELLED:
            continue
        intent = tx.outbox.intent(row.id)
        if intent is not None and intent.occasion.startswith(ASKED):
            asked.update(intent.occasion.removeprefix(ASKED).split(","))
        elif intent is not None and intent.variables.get("ask"):
            arrival = (one.decision for one in detail.decisions if one.decision.occasion is Occasion.ARRIVAL)
            asked.update(key for decision in arrival for key, _ in ordered(decision, ASK))
    return asked
