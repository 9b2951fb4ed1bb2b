"""Writes a short automatic letter to a ticket's customer, or says why none may go (DOMAIN 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.letter import LetterIntent, LetterKind, LettersMode
from core.domain.mail import Address
from core.domain.settings import MailboxSettings
from core.domain.ticket import Ticket
from huiying.flows.acknowledge import domain_of
from huiying.flows.context import Context
from huiying.flows.held import as_switched
from huiying.flows.ports import Transaction
from responder.letters import letter_language
from responder.variables import progress_variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What to say: ``template`` for one ``occasion``, once; ``told`` is the time it names; ``at`` when it may leave.
    ``more`` are further variables of the template."""

    template: str
    occasion: str
    at: datetime
    told: datetime | None = None
    kind: LetterKind = LetterKind.NOTICE
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom a letter goes to, and which mail of his it answers."""

    address: Address
    name: str
    form: str
    box: MailboxSettings
    first: str


def reader_of(ctx: Context, tx: Transaction, ticket: Ticket, template: str = "") -> Reader | str:
    """The customer who may be written to now, or the code of the reason why not; ``template`` may be switched off."""
    box = ctx.desk().mailbox(ticket.mailbox)
    if box is None or box.letters is LettersMode.OFF:
        return "letters-off"
    if ctx.desk().letters.is_off(template):
        return "letter-off"
    first = tx.tickets.first_message(ticket.id)
    customer = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    if first is None or customer is None or customer.address is None:
        return "no-sender"
    if first.silent_because:
        return first.silent_because
    return Reader(address=customer.address, name=customer.name, form=customer.form, box=box, first=first.message_id)


def write_letter(ctx: Context, tx: Transaction, ticket: Ticket, reader: Reader, telling: Telling) -> LetterIntent:
    """Files the letter's intent."""
    desk, letter_id = ctx.desk(), ctx.ids()
    language = letter_language(ticket.language)
    variables = progress_variables(
        language=language,
        number=ticket.number,
        subject=ticket.subject,
        name=reader.name,
        address=reader.address.address,
        form=reader.form,
        told=telling.told,
        calendar=desk.calendar,
    )
    letter = LetterIntent(
        id=letter_id,
        ticket_id=ticket.id,
        kind=telling.kind,
        occasion=telling.occasion,
        template=telling.template,
        language=language,
        bundle=desk.bundle,
        mailbox=reader.box.name,
        recipient=reader.address,
        variables={**variables, **_person(tx, ticket), **telling.more},
        date=telling.at,
        message_id=ctx.signer.message_id(ticket.id, letter_id, domain_of(reader.box)),
        in_reply_to=reader.first,
        references=(reader.first,) if reader.first else (),
        not_before=telling.at,
        promised=telling.told,
    )
    letter = as_switched(letter, reader.box.letters)
    tx.outbox.add((letter,))
    return letter


def _person(tx: Transaction, ticket: Ticket) -> dict[str, str]:
    """From the first response on, the name of the person who handles the matter stands below the letters."""
    owner = tx.people.user(ticket.assignee) if ticket.first_response and ticket.assignee else None
    return {"agent": owner.display or owner.name} if owner is not None and not owner.disabled else {}
