"""Everything about one ticket that its page and ``explain`` show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, or_, select, text

from core.domain.correction import Correction
from core.domain.decision import Occasion
from core.domain.promise import Promise
from core.domain.ticket import Customer, Message, State
from core.domain.views import MOST_ROWS, AuditRow, DecisionRow, MergedTicket, TicketDetail
from store.analyses import analysis_of
from store.appraisals import appraisals_of
from store.corrections import correction_value
from store.customers import customer_of
from store.extensions import extensions_of
from store.key_dates import key_dates_of
from store.merged import merged_into
from store.parts import parts_of
from store.prepared import Prepared
from store.promises import promise_value
from store.tables import audit, correction, decision, message, promise, ticket
from store.tables.ticket import LINKED
from store.ticket_rows import decision_value, message_value, ticket_value
from store.timers import timers_of
from store.unit import Unit
from store.views import letters, mails
from store.votes import votes_of

# Written once: pages, letters and rules look at a whole ticket, and building a dozen statements costs more than they.
_TICKET = Prepared(select(ticket).where(ticket.c.number == bindparam("of")))
_MESSAGES = Prepared(select(message).where(message.c.ticket_id == bindparam("of")).order_by(message.c.id))
_DECISIONS = Prepared(select(decision).where(decision.c.ticket_id == bindparam("of")).order_by(decision.c.id))
_PROMISES = Prepared(select(promise).where(promise.c.ticket_id == bindparam("of")).order_by(promise.c.id))
_CORRECTIONS = Prepared(select(correction).where(correction.c.ticket_id == bindparam("of")).order_by(correction.c.id))
_AUDIT = Prepared(select(audit).where(audit.c.subject == bindparam("of")).order_by(audit.c.id.desc()).limit(MOST_ROWS))
# Said in words, because a partial index is used only for conditions that name its own.
_TO_THIS = and_(ticket.c.linked_to == bindparam("of"), text(LINKED))
_LINKED = Prepared(select(ticket.c.id, ticket.c.number).where(_TO_THIS).order_by(ticket.c.id).limit(MOST_ROWS))
_LINKED_AND_MAIN = Prepared(
    select(ticket.c.id, ticket.c.number)
    .where(or_(ticket.c.id == bindparam("main"), _TO_THIS))
    .order_by(ticket.c.id)
    .limit(MOST_ROWS)
)
_NUMBER = Prepared(select(ticket.c.number).where(ticket.c.id == bindparam("of")))


def audit_value(row: Row[Any]) -> AuditRow:
    details = tuple((name, value) for name, value in row.details)
    return AuditRow(id=row.id, at=row.at, actor=row.actor, action=row.action, subject=row.subject, details=details)


def ticket_detail(unit: Unit, number: str) -> TicketDetail | None:
    row = unit.row(_TICKET, {"of": number})
    if row is None:
        return None
    return TicketDetail(
        ticket=ticket_value(row),
        customer=_customer(unit, row.customer_id),
        messages=_messages(unit, row.id),
        decisions=_decisions(unit, row.id),
        promises=_promises(unit, row.id),
        corrections=_corrections(unit, row.id),
        letters=letters.of_ticket(unit, row.id),
        ledger=mails.of_ticket(unit, row.id),
        audit=_audit(unit, row.id),
        linked=_linked(unit, row.id, row.linked_to),
        parts=parts_of(unit, row.id),
        extensions=extensions_of(unit, row.id),
        timers=timers_of(unit, row.id),
        votes=votes_of(unit, row.id),
        analysis=analysis_of(unit, row.id),
        appraisals=appraisals_of(unit, row.customer_id) if row.customer_id else (),
        key_dates=key_dates_of(unit, row.customer_id) if row.customer_id else (),
        merged=_merged(unit, row.id),
        into=_number_of(unit, row.linked_to) if row.state == State.MERGED.value else "",
    )


def _customer(unit: Unit, customer_id: int | None) -> Customer | None:
    return customer_of(unit, customer_id) if customer_id else None


def _messages(unit: Unit, ticket_id: int) -> tuple[Message, ...]:
    rows = unit.rows(_MESSAGES, {"of": ticket_id})
    return tuple(message_value(unit.seal, row) for row in rows)


def _decisions(unit: Unit, ticket_id: int) -> tuple[DecisionRow, ...]:
    return decision_rows(unit.rows(_DECISIONS, {"of": ticket_id}))


def decision_rows(rows: Sequence[Row[Any]]) -> tuple[DecisionRow, ...]:
    """All decisions of one ticket."""
    latest = max((row.id for row in rows if row.occasion == Occasion.ARRIVAL.value), default=0)
    return tuple(
        DecisionRow(
            id=row.id, message_id=row.message_id, at=row.at, decision=decision_value(row), current=row.id == latest
        )
        for row in rows
    )


def _promises(unit: Unit, ticket_id: int) -> tuple[Promise, ...]:
    rows = unit.rows(_PROMISES, {"of": ticket_id})
    return tuple(promise_value(row) for row in rows)


def _corrections(unit: Unit, ticket_id: int) -> tuple[Correction, ...]:
    rows = unit.rows(_CORRECTIONS, {"of": ticket_id})
    return tuple(correction_value(row) for row in rows)


def _audit(unit: Unit, ticket_id: int) -> tuple[AuditRow, ...]:
    rows = unit.rows(_AUDIT, {"of": f"ticket:{ticket_id}"})
    return tuple(audit_value(row) for row in reversed(rows))


def _linked(unit: Unit, ticket_id: int, linked_to: int) -> tuple[tuple[int, str], ...]:
    """Tickets that link to this one, and the one that it links to."""
    statement = _LINKED_AND_MAIN if linked_to else _LINKED
    rows = unit.rows(statement, {"of": ticket_id, "main": linked_to})
    return tuple((row.id, row.number) for row in rows)


def _merged(unit: Unit, ticket_id: int) -> tuple[MergedTicket, ...]:
    return tuple(
        MergedTicket(id=id_, number=number, messages=_messages(unit, id_), letters=letters.of_ticket(unit, id_))
        for id_, number in merged_into(unit, ticket_id)[:MOST_ROWS]
    )


def _number_of(unit: Unit, ticket_id: int) -> str:
    row = unit.row(_NUMBER, {"of": ticket_id})
    return "" if row is None else str(row.number)
