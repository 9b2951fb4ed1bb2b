"""Writes everything that one transaction files for a batch of mails, one executemany a table (DESIGN 3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case

from core.domain.decision import Decision
from core.domain.errors import Conflict
from core.domain.filing import Filing, Reference
from core.domain.ledger import Stage
from core.domain.mail import Address
from core.domain.ticket import Direction, Message, Ticket
from store.audit import audit_row
from store.ledger import LONGEST_TRACE, complete_claims
from store.outbox import add_letters
from store.prepared import Prepared
from store.promises import earliest, mirror_next_due, promise_row
from store.sealed import Seal
from store.search import index_messages
from store.tables import audit, customer, decision, message, message_reference, promise, ticket, ticket_participant
from store.ticket_rows import (
    customer_row,
    decision_row,
    is_accepted,
    message_row,
    reference_row,
    snippet,
    sort_due,
    ticket_row,
    type_guesses,
)
from store.unit import Unit

_CHANGED = (
    "state", "is_open", "subject", "customer_id", "mailbox", "channel", "language", "fields", "decided_by", "type",
    "urgency", "tags", "linked_to", "linked_because", "stub", "confirmed", "assignee", "first_response", "touched",
    "resolved", "closed", "verified_by", "gist", "gist_by", "maybe_copy_of", "copy_because",
)  # fmt: skip

CHANGE_TICKET = (
    ticket.update()
    .where(ticket.c.id == bindparam("of"), ticket.c.version == bindparam("from_version"))
    .values(
        {name: bindparam(f"new_{name}") for name in _CHANGED}
        | {
            "version": ticket.c.version + 1,
            "messages": ticket.c.messages + bindparam("more_messages"),
            "snippet": case((ticket.c.snippet == "", bindparam("new_snippet")), else_=ticket.c.snippet),
        }
    )
)
"""Changes one ticket, from the version that the change began with."""
_CHANGE = Prepared(CHANGE_TICKET)

_GUESS = (
    ticket.update()
    .where(ticket.c.id == bindparam("of"))
    .values(type_guesses=bindparam("guesses"), accepted=bindparam("now_accepted"))
)


def change_row(changed: Ticket, touched: int, said: Message | None = None) -> dict[str, Any]:
    """Parameters of ``CHANGE_TICKET``."""
    columns = {f"new_{name}": value for name, value in ticket_row(changed).items()}
    return columns | {
        "of": changed.id,
        "from_version": changed.version,
        "new_touched": touched,
        "more_messages": 0 if said is None else 1,
        "new_snippet": snippet(said),
    }


def new_ticket_row(seal: Seal, filing: Filing, new: Ticket, touched: int) -> dict[str, Any]:
    near = filing.near
    due, clock = earliest(filing.promises)
    decided = filing.decision
    return ticket_row(new) | {
        "id": new.id,
        "number": new.number,
        "version": new.version,
        "received": new.received,
        "snippet": snippet(filing.message),
        "type_guesses": type_guesses(decided) if decided else {},
        "accepted": decided is not None and is_accepted(decided),
        "sort_due": sort_due(due),
        "next_clock": clock,
        "messages": 0 if filing.message is None else 1,
        "touched": touched,
        "near_scope": near and seal.address_key(near.scope),
        "near_text": near.text if near else (),
        "near_orders": near.orders if near else (),
    }


def file_all(unit: Unit, filings: Sequence[Filing], at: datetime) -> None:
    """Raises ``Conflict`` when a claim or a changed ticket's version is no longer what a filing says."""
    _file_tickets(unit, filings)
    _file_messages(unit, filings)
    _file_decisions(unit, filings, at)
    unit.add(promise, [promise_row(each) for filing in filings for each in filing.promises])
    promised = [each.ticket_id for filing in filings if filing.ticket is None for each in filing.promises]
    if promised:
        mirror_next_due(unit, promised)
    add_letters(unit, [letter for filing in filings for letter in filing.letters])
    unit.add(audit, [audit_row(entry) for filing in filings for entry in filing.audit])
    complete_claims(unit, [_completion(filing, at) for filing in filings])


def _file_tickets(unit: Unit, filings: Sequence[Filing]) -> None:
    customers = {filing.customer.id: filing.customer for filing in filings if filing.customer}
    unit.add_new(customer, [customer_row(unit.seal, each) for each in customers.values()], "id")
    unit.add(ticket, [new_ticket_row(unit.seal, each, each.ticket, unit.ids()) for each in filings if each.ticket])
    changes = [(each.changed, each.message) for each in filings if each.changed]
    rows = [change_row(changed, unit.ids(), said) for changed, said in sorted(changes, key=lambda pair: pair[0].id)]
    if unit.change(_CHANGE, rows) != len(rows):
        raise Conflict("A ticket was changed meanwhile.")


def _file_messages(unit: Unit, filings: Sequence[Filing]) -> None:
    said = [filing.message for filing in filings if filing.message]
    unit.add(message, [message_row(unit.seal, each) for each in said])
    index_messages(unit, said)
    members: dict[tuple[int, str], dict[str, Any]] = {}
    for filing in filings:
        for address in _writers(filing):
            members[_ticket_id(filing), address.key] = participant_row(unit.seal, _ticket_id(filing), address)
    unit.add_new(ticket_participant, _ordered(members), "ticket_id", "address_key")
    add_references(unit, [(each, _ticket_id(filing)) for filing in filings for each in filing.references])


def add_references(unit: Unit, references: Sequence[tuple[Reference, int]]) -> None:
    """Rows for (reference, ticket id); those that exist, and those of no ticket, are left out."""
    rows = [reference_row(unit.seal, reference, ticket_id) for reference, ticket_id in references if ticket_id]
    rows.sort(key=lambda row: (row["digest"], row["kind"], row["ticket_id"]))
    unit.add_new(message_reference, rows, "digest", "kind", "ticket_id")


def participant_row(seal: Seal, ticket_id: int, address: Address) -> dict[str, Any]:
    return {"ticket_id": ticket_id, "address_key": seal.address_key(address.key)}


def _ordered(rows: dict[tuple[int, str], dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows.values(), key=lambda row: (row["ticket_id"], row["address_key"]))


def _writers(filing: Filing) -> list[Address]:
    """Who belongs to the ticket from now on: its new customer and the sender of the mail, unless a machine wrote it."""
    found = []
    if filing.ticket and filing.customer and filing.customer.address:
        found.append(filing.customer.address)
    said = filing.message
    if said and said.direction is Direction.IN and said.sender and said.automatic is None:
        found.append(said.sender)
    return [*found, *filing.copied]


def _ticket_id(filing: Filing) -> int:
    found = filing.ticket or filing.changed
    if found is not None:
        return found.id
    return filing.message.ticket_id if filing.message else filing.verdict.ticket_id


def _file_decisions(unit: Unit, filings: Sequence[Filing], at: datetime) -> None:
    rows, guesses = [], []
    for filing in filings:
        decided, on = filing.decision, _ticket_id(filing)
        if decided is None or not on:
            continue
        rows.append(decision_row(decided, unit.ids(), on, filing.message.id if filing.message else 0, at))
        if filing.changed and _gave_the_type(decided, filing.changed):
            guesses.append({"of": on, "guesses": type_guesses(decided), "now_accepted": is_accepted(decided)})
    unit.add(decision, rows)
    unit.change(_GUESS, guesses)


def _gave_the_type(decided: Decision, changed: Ticket) -> bool:
    return decided.value("type") == changed.fields.get("type", "")


def _completion(filing: Filing, at: datetime) -> dict[str, Any]:
    return {
        "of": filing.ledger_id,
        "by": filing.claim,
        "new_stage": filing.stage,
        "new_because": "" if filing.stage is Stage.FILED else filing.because or filing.verdict.because,
        "new_trace": filing.trace[-LONGEST_TRACE:],
        "new_verdict_kind": filing.verdict.kind,
        "new_verdict": filing.verdict.because,
        "new_silent_because": filing.silent_because,
        "new_subject": filing.subject,
        "new_sender_masked": filing.sender_masked,
        "new_authentication": filing.authentication,
        "new_ticket_id": _ticket_id(filing) or None,
        "new_message_id": filing.message.id if filing.message else 0,
        "new_filed_at": at,
    }
