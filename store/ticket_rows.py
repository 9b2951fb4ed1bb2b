"""How customers, tickets, messages and decisions become rows, and rows become them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from core.domain.decision import Decision
from core.domain.filing import NearTicket, Reference
from core.domain.mail import Address, Attachment, Automatic
from core.domain.phone import phone_key
from core.domain.said import NOTHING_SAID, Said
from core.domain.ticket import OPEN_STATES, Customer, Direction, Message, State, Ticket
from core.text.opening import lines_after_greeting
from store.addresses import NOBODY, open_address, open_envelope, seal_address, seal_envelope
from store.plain import from_plain, to_plain
from store.sealed import Seal, readable
from store.types import from_micros, to_micros

NO_DUE = 1 << 62
"""``sort_due`` of a ticket without a running promise: it sorts last."""
_LONGEST_SNIPPET = 160
_LOOKED_AT = 4_000


def sort_due(due: datetime | None) -> int:
    return NO_DUE if due is None else to_micros(due)


def due_of(value: int) -> datetime | None:
    return None if value == NO_DUE else from_micros(value)


def near_value(row: Row[Any]) -> NearTicket:
    return NearTicket(
        ticket_id=row.id,
        number=row.number,
        customer_id=row.customer_id or 0,
        text=row.near_text,
        orders=row.near_orders,
    )


def customer_row(seal: Seal, customer: Customer) -> dict[str, Any]:
    address = customer.address
    return {
        "id": customer.id,
        "name": customer.name,
        "address": address and seal_address(seal, address, f"customer.address.{customer.id}"),
        "address_key": address and seal.address_key(address.key),
        "level": customer.level,
        "tags": customer.tags,
        "company": customer.company,
        "language": customer.language,
        "industry": customer.industry,
        "form": customer.form,
        "phone": seal.seal(customer.phone.encode(), _phone_of(customer.id)) if customer.phone else None,
        "manager": customer.manager,
        "prefers": customer.prefers,
        "consent": customer.consent,
        "merged_into": customer.merged_into,
        "phone_key": phone_digest(seal, customer.phone),
    }


def phone_digest(seal: Seal, phone: str) -> bytes | None:
    """By it callers are found, and the erased again."""
    key = phone_key(phone) if phone else ""
    return seal.address_key(key) if key else None


def customer_value(seal: Seal, row: Row[Any]) -> Customer:
    """The customer of that row: what of it does not open is as if it were not known, and stands in ``Seal.faults``."""
    return Customer(
        id=row.id,
        name=row.name,
        address=readable(lambda: _opened(seal, row), None),
        level=row.level,
        tags=tuple(row.tags),
        company=row.company,
        language=row.language,
        industry=row.industry,
        form=row.form,
        phone=readable(lambda: seal.open(row.phone, _phone_of(row.id)).decode() if row.phone else "", ""),
        manager=row.manager,
        prefers=row.prefers,
        consent=row.consent,
        merged_into=row.merged_into,
    )


def _opened(seal: Seal, row: Row[Any]) -> Address | None:
    return None if row.address is None else open_address(seal, row.address, f"customer.address.{row.id}")


def _phone_of(customer_id: int) -> str:
    return f"customer.phone.{customer_id}"


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    """The columns of a ticket that its value has, without its next due time and its version."""
    return {
        "state": ticket.state,
        "is_open": ticket.state in OPEN_STATES,
        "subject": ticket.subject,
        "customer_id": ticket.customer_id or None,
        "mailbox": ticket.mailbox,
        "channel": ticket.channel,
        "language": ticket.language,
        "fields": dict(ticket.fields),
        "decided_by": dict(ticket.decided_by),
        "type": ticket.fields.get("type", ""),
        "urgency": ticket.fields.get("urgency", ""),
        "tags": ticket.tags,
        "linked_to": ticket.linked_to,
        "linked_because": ticket.linked_because,
        "stub": ticket.stub,
        "confirmed": ticket.confirmed,
        "assignee": ticket.assignee,
        "first_response": ticket.first_response,
        "resolved": ticket.resolved,
        "closed": ticket.closed,
        "verified_by": ticket.verified_by,
        "gist": ticket.gist,
        "gist_by": ticket.gist_by,
        "maybe_copy_of": ticket.maybe_copy_of,
        "copy_because": ticket.copy_because,
    }


def ticket_value(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id,
        number=row.number,
        version=row.version,
        state=State(row.state),
        subject=row.subject,
        customer_id=row.customer_id or 0,
        mailbox=row.mailbox,
        channel=row.channel,
        language=row.language,
        received=row.received,
        fields=row.fields,
        decided_by=row.decided_by,
        tags=tuple(row.tags),
        next_due=due_of(row.sort_due),
        next_clock=row.next_clock,
        linked_to=row.linked_to,
        linked_because=row.linked_because,
        stub=row.stub,
        confirmed=row.confirmed,
        assignee=row.assignee,
        first_response=row.first_response,
        resolved=row.resolved,
        closed=row.closed,
        verified_by=row.verified_by,
        gist=row.gist,
        gist_by=row.gist_by,
        maybe_copy_of=row.maybe_copy_of,
        copy_because=row.copy_because,
    )


def message_row(seal: Seal, message: Message) -> dict[str, Any]:
    place = f"message.addresses.{message.id}"
    return {
        "id": message.id,
        "ticket_id": message.ticket_id,
        "ledger_id": message.ledger_id or None,
        "direction": message.direction,
        "at": message.at,
        "message_id": message.message_id,
        "addresses": seal_envelope(seal, message.sender, message.recipients, place),
        "subject": message.subject,
        "text": message.text,
        "reply": message.reply,
        "html": message.html,
        "attachments": [to_plain(each) for each in message.attachments],
        "language": message.language,
        "automatic": message.automatic or "",
        "content_key": message.content_key,
        "defects": message.defects,
        "verdict": message.verdict,
        "silent_because": message.silent_because,
        "said": {} if message.said == NOTHING_SAID else to_plain(message.said),
    }


def message_value(seal: Seal, row: Row[Any]) -> Message:
    sender, recipients = readable(lambda: open_envelope(seal, row.addresses, f"message.addresses.{row.id}"), NOBODY)
    return Message(
        id=row.id,
        ticket_id=row.ticket_id,
        ledger_id=row.ledger_id or 0,
        direction=Direction(row.direction),
        at=row.at,
        message_id=row.message_id,
        sender=sender,
        recipients=recipients,
        subject=row.subject,
        text=row.text,
        reply=row.reply,
        html=row.html,
        attachments=tuple(from_plain(Attachment, each) for each in row.attachments),
        language=row.language,
        automatic=Automatic(row.automatic) if row.automatic else None,
        content_key=row.content_key,
        defects=tuple(row.defects),
        verdict=row.verdict,
        silent_because=row.silent_because,
        said=from_plain(Said, row.said) if row.said else NOTHING_SAID,
    )


def snippet(message: Message | None) -> str:
    """The first line of the customer's own words that is more than a greeting."""
    if message is None or message.direction is not Direction.IN:
        return ""
    line = next(lines_after_greeting((message.reply or message.text)[:_LOOKED_AT]), "")
    return line[:_LONGEST_SNIPPET]


def decision_row(decision: Decision, row_id: int, ticket_id: int, message_id: int, at: datetime) -> dict[str, Any]:
    return {**to_plain(decision), "id": row_id, "ticket_id": ticket_id, "message_id": message_id, "at": at}


def decision_value(row: Row[Any]) -> Decision:
    return from_plain(Decision, row._asdict())


def type_guesses(decision: Decision) -> Mapping[str, float]:
    """The model's probability of each type it thought of, so that a row can show that of the type it has."""
    spoken = decision.suggestion.fields.get("type")
    if spoken is None:
        return {}
    return {each.value: each.confidence for each in spoken.alternatives} | {spoken.value: spoken.confidence}


def is_accepted(decision: Decision) -> bool:
    choice = decision.choices.get("type")
    return choice is not None and choice.accepted


def reference_row(seal: Seal, reference: Reference, ticket_id: int) -> dict[str, Any]:
    return {"digest": seal.reference(reference.message_id), "kind": reference.kind, "ticket_id": ticket_id}
