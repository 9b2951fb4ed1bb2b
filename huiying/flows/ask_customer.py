"""Asks the customer for what a rule wants to know and he has not given: one letter, and the clocks wait for his answer
from the moment at which it has left (DOMAIN 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.domain.decision import Decision, Occasion
from core.domain.letter import LetterIntent, LetterKind, LetterState
from core.domain.ticket import OPEN_STATES, Direction, Message, State, Ticket
from core.domain.views import TicketDetail
from huiying.flows.caps import over_any_cap
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.quiet import after_quiet_hours, customers_zone
from huiying.flows.serve import desk_for
from huiying.flows.short_letter import Telling, reader_of, write_letter
from responder.letters import letter_language
from responder.states import SYSTEM
from rules.missing import missing
from rules.orders import ASK, asked_words, ordered, times_asked

TEMPLATE = "question"
ASKED = "ask:"
"""How the occasion of such a letter begins; then it names what was asked for, and behind # which time."""
WAITS = (State.WAITING_CUSTOMER, State.ON_HOLD)
"""Nobody is asked again while his answer is awaited, or while the ticket rests."""


def ask_customer(
    ctx: Context, tx: Transaction, ticket: Ticket, decision: Decision, reply: Message | None = None
) -> None:
    """On arrival the acknowledgement asks; later a letter does, once for each thing, and again after a reply that does
    not give it, as often as the rule says. Why none goes is in the trail. ``reply`` is a message that is being
    filed."""
    orders = ordered(decision, ASK)
    if not orders or decision.occasion is Occasion.ARRIVAL or ticket.state not in OPEN_STATES or ticket.state in WAITS:
        return
    detail = tx.views.ticket(ticket.number)
    if detail is None:
        return
    rule, wanted = orders[0][1], _not_given(detail, reply, [key for key, _ in orders])
    asked, often = _asked_before(tx, detail), times_asked(decision) if decision.occasion is Occasion.REPLY else 1
    keys = tuple(key for key in wanted if asked[key] < often)
    if not keys:
        if wanted and reply is not None:
            tx.audit.add((trace(ctx, SYSTEM, "rule.failed", ticket.id, rule=rule, because="asked-enough"),))
        return
    reader = reader_of(ctx, tx, ticket, TEMPLATE)
    at = after_quiet_hours(ctx.now(), customers_zone(tx, ticket.id, desk_for(ctx, tx, ticket).calendar))
    barred = reader if isinstance(reader, str) else over_any_cap(ctx, tx, ticket, reader.address, at)
    if barred or isinstance(reader, str):
        tx.audit.add((trace(ctx, SYSTEM, "rule.failed", ticket.id, rule=rule, because=barred.partition(":")[0]),))
        return
    words = asked_words(keys, letter_language(ticket.language))
    heard = tx.tickets.heard(ticket.id) + (reply is not None)
    more = {"missing": words, "heard": str(heard)}
    occasion = f"{ASKED}{','.join(keys)}#{ctx.ids()}"
    letter = write_letter(ctx, tx, ticket, reader, Telling(template=TEMPLATE, occasion=occasion, at=at, more=more))
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


def _not_given(detail: TicketDetail, reply: Message | None, keys: Sequence[str]) -> tuple[str, ...]:
    """What no message of the customer gives."""
    wanted = tuple(dict.fromkeys(keys))
    for message in (*detail.messages, *((reply,) if reply else ())):
        wanted = missing(wanted, message) if message.direction is Direction.IN else wanted
    return wanted


def _asked_before(tx: Transaction, detail: TicketDetail) -> Counter[str]:
    """How often letters have asked for each thing."""
    asked: Counter[str] = Counter()
    for row in detail.letters:
        if row.state == LetterState.CANCELLED:
            continue
        intent = tx.outbox.intent(row.id)
        if intent is not None and intent.occasion.startswith(ASKED):
            asked.update(intent.occasion.removeprefix(ASKED).partition("#")[0].split(","))
        elif intent is not None and intent.variables.get("ask"):
            arrival = (one.decision for one in detail.decisions if one.decision.occasion is Occasion.ARRIVAL)
            asked.update({key for decision in arrival for key, _ in ordered(decision, ASK)})
    return asked
