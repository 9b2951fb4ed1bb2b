"""One answer for an outage: the customer of each ticket that follows a main one gets a letter of his own, and whoever
wrote what was merged into it, too (DOMAIN 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.errors import BadInput, HuiyingError
from core.domain.letter import LetterIntent, LetterKind, LetterState
from core.domain.people import User
from core.domain.ticket import OPEN_STATES
from core.domain.views import TicketDetail
from huiying.flows.answer import WITH, Draft, answer, take_back
from huiying.flows.caps import over_customer_cap
from huiying.flows.change import ticket_named, trace
from huiying.flows.context import Context
from huiying.flows.greeting import greeted_name, greeting
from huiying.flows.ports import Transaction
from responder.letters import letter_language

_SHORTEST_NAME = 2
_TAKEN_BACK = (LetterState.QUEUED, LetterState.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The main ticket's letter, those of the tickets that follow it, and why the others got none: (number, reason)."""

    letter: LetterIntent
    others: tuple[LetterIntent, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def followers(tx: Transaction, detail: TicketDetail) -> tuple[TicketDetail, ...]:
    """The tickets that were linked to this one by choice and are still worked on."""
    found = (tx.views.ticket(number) for _, number in detail.linked)
    return tuple(
        one
        for one in found
        if one is not None
        and one.ticket.follows
        and one.ticket.linked_to == detail.ticket.id
        and one.ticket.state in OPEN_STATES
    )


def merged_readers(tx: Transaction, detail: TicketDetail) -> tuple[TicketDetail, ...]:
    """The tickets that were merged into this one whose customers are other people: one for each of them."""
    met = {_person(detail)}
    found: list[TicketDetail] = []
    for merged in detail.merged:
        one = tx.views.ticket(merged.number)
        if one is not None and one.customer is not None and _person(one) not in met:
            met.add(_person(one))
            found.append(one)
    return tuple(found)


def _person(detail: TicketDetail) -> int:
    return (detail.customer.merged_into or detail.customer.id) if detail.customer else 0


def answer_all(ctx: Context, number: str, agent: User, draft: Draft) -> Answered:
    """The answer of the main ticket, and one with its own number and salutation for each that follows it; whoever
    wrote a ticket that was merged into it gets one with the main ticket's number. Raises as
    ``answer`` does, and ``BadInput`` when the words name the main ticket's customer outside the salutation; a ticket
    whose customer cannot be written to is left out and named."""
    with ctx.store.read() as tx:
        ticket_named(tx, number)
        detail = tx.views.ticket(number)
        assert detail is not None
        readers = merged_readers(tx, detail)
        merged = {one.ticket.number: one.ticket.id for one in readers}
        others = (*followers(tx, detail), *readers)
        barred = {one.ticket.number: _barred(ctx, tx, detail, one) for one in others}
    words = _words(detail, draft.text)
    letter = answer(ctx, number, agent, draft)
    written: list[LetterIntent] = []
    left_out: list[tuple[str, str]] = []
    for one in others:
        own = one.ticket.number
        said = replace(draft, text=greeting(one) + words.replace(number, own), together=letter.id, seen=None)
        on = own
        if own in merged:
            # The conversation goes on there; what is promised in it is promised once.
            said, on = replace(said, text=greeting(one) + words, to=merged[own], promised=()), number
        try:
            if barred[own]:
                left_out.append((own, barred[own]))
            else:
                written.append(answer(ctx, on, agent, said))
        except HuiyingError as no:
            left_out.append((own, no.code))
    done = Answered(letter=letter, others=tuple(written), left_out=tuple(left_out))
    if others:
        _record(ctx, detail, agent, done)
    return done


def _record(ctx: Context, detail: TicketDetail, agent: User, done: Answered) -> None:
    """The main ticket's trail says how many were written to, and who was not, and why."""
    left = " ".join(f"{number}:{reason}" for number, reason in done.left_out)
    entry = trace(
        ctx, agent.name, "answer.to-linked", detail.ticket.id,
        letter=str(done.letter.id), written=str(len(done.others)), left_out=left,
    )  # fmt: skip
    with ctx.store.write() as tx:
        tx.audit.add((entry,))


def take_all_back(ctx: Context, number: str, letter_id: int, agent: User) -> bool:
    """Cancels the main ticket's letter and those that were written with it, as far as they have not left; False when it
    was too late for the main one."""
    done = take_back(ctx, number, letter_id, agent)
    for other, letter in _written_with(ctx, number, letter_id):
        take_back(ctx, other, letter, agent)
    return done


def _written_with(ctx: Context, number: str, letter_id: int) -> list[tuple[str, int]]:
    with ctx.store.read() as tx:
        detail = tx.views.ticket(number)
        linked = [other for _, number in detail.linked if (other := tx.views.ticket(number))] if detail else []
        linked += [detail] if detail else []
        letters = [
            (one.ticket.number, letter.id)
            for one in linked
            for letter in one.letters
            if letter.kind == LetterKind.AGENT and letter.state in _TAKEN_BACK
        ]
        return [
            (other, id_)
            for other, id_ in letters
            if (intent := tx.outbox.intent(id_)) and intent.variables.get(WITH) == str(letter_id)
        ]


def _words(detail: TicketDetail, text: str) -> str:
    """What is said to all: the text without the salutation of this ticket's customer."""
    words = text.strip().removeprefix(greeting(detail).strip()).strip()
    name = greeted_name(detail)
    if len(name) >= _SHORTEST_NAME and name in words:
        raise BadInput(f"正文里有客户姓名 {name}，不能群发 (the text names this customer: {name})")
    return words


def _barred(ctx: Context, tx: Transaction, main: TicketDetail, one: TicketDetail) -> str:
    """The code of the reason why that customer gets none."""
    if letter_language(one.ticket.language) != letter_language(main.ticket.language):
        return "other-language"
    customer = one.customer
    if customer is None or customer.address is None:
        return "no-recipient"
    return over_customer_cap(ctx, tx, customer.id, customer.address)
