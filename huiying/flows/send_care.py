"""客户关怀: a letter of care to customers whom a person chose, or a plan; who gets none is named with the reason
(DOMAIN 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from core.domain.address_mark import Mark
from core.domain.errors import BadInput, EmptyAnswer, NotFound, NotPermitted, WordingStopped
from core.domain.filing import AuditEntry
from core.domain.letter import LetterKind, LettersMode
from core.domain.mail import Address
from core.domain.people import Permission, User
from core.domain.ticket import Customer, Ticket
from core.text.mask import mask_address
from huiying.flows.appraise import LETTER, term_asked
from huiying.flows.caps import over_customer_cap
from huiying.flows.change import ticket_named
from huiying.flows.context import Context
from huiying.flows.link import living
from huiying.flows.ports import Transaction
from huiying.flows.quiet import in_working_hours
from huiying.flows.retry import retried
from huiying.flows.short_letter import Reader, Telling, write_letter
from responder.letters import letter_language
from responder.phrases import Level
from responder.wording import period_words
from responder.wording_check import Finding, LetterFacts, check_wording, levels_of

AGAIN = timedelta(days=7)
"""A customer gets one letter of care in this time, whoever sends it."""
UNDO = timedelta(minutes=1)
"""How long such a letter can be called off in the outbox before it leaves."""
MOST_CHOSEN, MOST_NOTE = 200, 4_000
NO_CUSTOMERS = (
    "automatic-",
    "our-own-address",
    "noreply-address",
    "null-return-path",
    "suppressed",
    "forged-sender",
    "spam",
)
"""Whoever was not answered for one of these reasons is no customer to keep in touch with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What goes to whom: ``letter`` is one of the letters of care, ``who`` names customers by address or ticket. Where
    it asks for an appraisal, ``term`` is its half-year or quarter, '' the half-year that runs."""

    letter: str
    who: tuple[str, ...]
    note: str = ""
    sure: bool = False
    term: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cared:
    """One of those who were named: ``who`` as he is shown, his ticket, and why he gets no letter ('' when he does)."""

    who: str
    number: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """On whose behalf a letter goes, for which ``occasion``, and whose name stands below it; with ``hold`` it waits for
    a person."""

    by: str
    occasion: str
    agent: str = ""
    hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    customer: Customer
    ticket: Ticket
    reader: Reader


def look_at_care(ctx: Context, care: Round, user: User) -> tuple[tuple[Cared, ...], tuple[Finding, ...]]:
    """Who would get it, who would not and why, and what the wording check says of the note; nothing is sent."""
    findings = _checked(ctx, care, user)
    with ctx.store.read() as tx:
        asked = _with_term(ctx, care)
        shown = tuple(_shown(_choose(ctx, tx, name, asked)) for name in care.who)
    return _each_once(shown), findings


def send_care(ctx: Context, care: Round, user: User) -> tuple[Cared, ...]:
    """Files a letter for each who may get one; they leave in working hours, after ``UNDO``. Raises ``NotPermitted``,
    ``BadInput`` for the letter or too many names, and ``WordingStopped`` for a note that is stopped, that a second
    person would have to release, or that is warned of unless ``sure``."""
    levels = levels_of(_checked(ctx, care, user))
    if levels & {Level.STOP, Level.SECOND} or (levels and not care.sure):
        raise WordingStopped
    asked = _with_term(ctx, care)
    done = [retried(partial(_send, ctx, name, asked, user)) for name in care.who]
    ctx.wake.ring("letters")
    ctx.wake.ring("changed")
    return _each_once(done)


def _each_once(cared: Sequence[Cared]) -> tuple[Cared, ...]:
    """A ticket that was named twice stands there once: as it was done first."""
    first = {one.number or one.who: one for one in reversed(cared)}
    return tuple(one for one in cared if first[one.number or one.who] is one)


def _checked(ctx: Context, care: Round, user: User) -> tuple[Finding, ...]:
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    known = ctx.desk().letters.for_care
    if care.letter not in known:
        raise BadInput(f"没有关怀信 {care.letter[:40]} (no such letter of care: {', '.join(known)})")
    if not care.who or len(care.who) > MOST_CHOSEN:
        raise BadInput(f"请选 1 到 {MOST_CHOSEN} 位客户 (choose 1 to {MOST_CHOSEN} customers)")
    if len(care.note) > MOST_NOTE:
        raise EmptyAnswer
    _with_term(ctx, care)
    desk = ctx.desk()
    return (
        check_wording(care.note, LetterFacts(number=""), desk.phrases, commitments=(), calendar=desk.calendar)
        if care.note
        else ()
    )


def _send(ctx: Context, name: str, care: Round, user: User) -> Cared:
    with ctx.store.write() as tx:
        chosen = _choose(ctx, tx, name, care, hold=True)
        if isinstance(chosen, _Chosen):
            sending = Sending(by=user.name, occasion=f"care:{ctx.ids()}", agent=user.display)
            _write(ctx, tx, chosen, care, sending)
        return _shown(chosen)


def care_for(ctx: Context, tx: Transaction, customer: Customer, care: Round, sending: Sending | None) -> Cared:
    """The letter for that customer, on his newest ticket, under the same conditions as any; without ``sending`` it is
    only looked whether he would get it."""
    if sending is not None:
        tx.tickets.hold_customers({customer.id, customer.merged_into or customer.id})
    asked = _with_term(ctx, care)
    chosen = _suited(ctx, tx, customer, tx.tickets.newest_ticket(customer.id), asked)
    if sending is not None and isinstance(chosen, _Chosen):
        _write(ctx, tx, chosen, asked, sending)
    return _shown(chosen)


def _with_term(ctx: Context, care: Round) -> Round:
    """The term that is asked about, where it asks for an appraisal. Raises ``BadInput`` for one that is over."""
    return replace(care, term=term_asked(ctx, care.term)) if care.letter == LETTER else care


def _write(ctx: Context, tx: Transaction, chosen: _Chosen, care: Round, sending: Sending) -> None:
    leaves = in_working_hours(ctx.now() + UNDO, ctx.desk().calendar)
    more = {"note": care.note.strip(), "agent": sending.agent, "by": sending.by}
    if care.letter == LETTER:
        period = period_words(care.term, letter_language(chosen.ticket.language))
        more |= {"period": period, "survey": ctx.signer.appraisal_token(chosen.ticket.id, care.term)}
    telling = Telling(template=care.letter, occasion=sending.occasion, at=leaves, kind=LetterKind.CARE, more=more)
    box = replace(chosen.reader.box, letters=LettersMode.HOLD) if sending.hold else chosen.reader.box
    letter = write_letter(ctx, tx, chosen.ticket, replace(chosen.reader, box=box), telling)
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=sending.by, action="care.queued", subject=f"ticket:{chosen.ticket.id}",
        details=(("letter", str(letter.id)), ("template", care.letter)),
    )  # fmt: skip
    tx.audit.add((entry,))


def _shown(chosen: _Chosen | Cared) -> Cared:
    if isinstance(chosen, Cared):
        return chosen
    return Cared(who=chosen.customer.name or mask_address(chosen.reader.address.address), number=chosen.ticket.number)


def _choose(ctx: Context, tx: Transaction, name: str, care: Round, *, hold: bool = False) -> _Chosen | Cared:
    """The customer with the ticket that his letter stands on: the named one, else his newest."""
    name = name.strip()
    try:
        customer, ticket = _named(tx, name)
    except NotFound:
        return Cared(who=_masked(name), because="no-such-customer")
    if hold and customer is not None:
        # Two who send at the same moment do not both find that he had none lately.
        tx.tickets.hold_customers({customer.id, customer.merged_into or customer.id})
    if customer is None:
        return Cared(who=_masked(name), number=ticket.number if ticket else "", because="no-sender")
    return _suited(ctx, tx, customer, ticket, care, _masked(name))


def _suited(
    ctx: Context, tx: Transaction, customer: Customer, ticket: Ticket | None, care: Round, named: str = ""
) -> _Chosen | Cared:
    number, shown = ticket.number if ticket else "", customer.name or named
    if ticket is None or customer.address is None:
        return Cared(who=shown, number=number, because="no-sender" if ticket else "no-ticket")
    reader = _reader(ctx, tx, customer, ticket, customer.address)
    because = reader if isinstance(reader, str) else _unwanted(ctx, tx, customer, customer.address)
    if not because and care.letter == LETTER and _has_said(tx, customer, care):
        because = "already-appraised"
    if because or isinstance(reader, str):
        return Cared(who=shown, number=number, because=because)
    return _Chosen(customer=customer, ticket=ticket, reader=reader)


def _masked(name: str) -> str:
    return mask_address(name) if "@" in name else name[:40]


def _named(tx: Transaction, name: str) -> tuple[Customer | None, Ticket | None]:
    """By address, or by ticket. Raises ``NotFound``."""
    if "@" in name:
        customer = tx.tickets.customer_by_address(Address(name="", address=name).key)
        if customer is None:
            raise NotFound
        return customer, tx.tickets.newest_ticket(customer.id)
    ticket = ticket_named(tx, name.lstrip("#＃"))
    return (tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None), living(tx, ticket)


def _reader(ctx: Context, tx: Transaction, customer: Customer, ticket: Ticket, address: Address) -> Reader | str:
    """Whom it goes to, in a thread of its own: a letter of care answers no mail."""
    desk = ctx.desk()
    box = desk.mailbox(ticket.mailbox)
    if box is None or box.letters is LettersMode.OFF:
        return "letters-off"
    if not desk.letters.portal(box.name, letter_language(ticket.language)).startswith("https://"):
        return "no-stop-page"
    first = tx.tickets.first_message(ticket.id)
    if first is not None and first.silent_because.startswith(NO_CUSTOMERS):
        return first.silent_because
    return Reader(address=address, name=customer.name, form=customer.form, box=box, first="")


def _unwanted(ctx: Context, tx: Transaction, customer: Customer, address: Address) -> str:
    """Why he gets none now."""
    if wants_no_care(tx, customer):
        return "opted-out"
    if tx.addresses.why(address.key, Mark.BOUNCED) is not None:
        return "address-bounced"
    if tx.outbox.care_since(customer.id, ctx.now() - AGAIN):
        return "care-lately"
    return over_customer_cap(ctx, tx, customer.id, address)


def _has_said(tx: Transaction, customer: Customer, care: Round) -> bool:
    return any(one.term == care.term for one in tx.appraisals.of_customer(customer.id))


def wants_no_care(tx: Transaction, customer: Customer) -> bool:
    """Who wants none at one of his addresses wants none at another, nor on the telephone."""
    head = customer.merged_into or customer.id
    every = (customer, *(tx.tickets.customer(one) for one in (head, *tx.tickets.merged_customers(head))))
    keys = {one.address.key for one in every if one is not None and one.address is not None}
    return bool(keys and tx.addresses.marked(keys, Mark.OPTED_OUT))
