"""The queue 待办工单: tickets by their next due time, those without one last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, func, or_, select, text, tuple_, type_coerce

from core.domain.decision import By
from core.domain.ticket import SPAM_TAG, State
from core.domain.views import Page, QueueFilter, QueueRow
from store.tables import customer, ticket
from store.tables.ticket import OPEN
from store.ticket_rows import due_of
from store.unit import Unit
from store.views.paging import bounded, counted, page, read_key

EVERY_OPEN_STATE = "open"
"""``QueueFilter.state`` of all open tickets; every other word names one state, '' any."""
_SEARCHED = 5_000
"""Text is looked for in the newest so many tickets; full-text search comes later."""

# As a sum it is no index: the few invalid tickets are found by their state and sorted, not sought among all.
_last = ticket.c.touched + 0

_into = customer.alias("into")
_ROWS = select(
    ticket, customer.c.name.label("customer"), func.coalesce(_into.c.level, customer.c.level).label("level")
).select_from(
    ticket.outerjoin(customer, ticket.c.customer_id == customer.c.id).outerjoin(
        _into, customer.c.merged_into == _into.c.id
    )
)


def queue_row(row: Row[Any]) -> QueueRow:
    value, by = row.fields.get("type", ""), row.decided_by.get("type", "")
    return QueueRow(
        id=row.id,
        number=row.number,
        state=row.state,
        subject=row.subject,
        snippet=row.snippet,
        customer=row.customer or "",
        level=row.level or "",
        received=row.received,
        fields=tuple(row.fields.items()),
        decided_by=tuple(row.decided_by.items()),
        type_confidence=row.type_guesses.get(value),
        accepted=row.accepted and by != By.AGENT,
        next_due=due_of(row.sort_due),
        next_clock=row.next_clock,
        messages=row.messages,
        stub=row.stub,
        confirmed=row.confirmed,
        touched=row.touched,
        version=row.version,
        gist=row.gist,
    )


def _conditions(which: QueueFilter) -> list[ColumnElement[bool]]:
    c = ticket.c
    found: list[ColumnElement[bool]] = []
    if which.state == EVERY_OPEN_STATE:
        found.append(text(OPEN))  # type: ignore[arg-type]  # a text clause is a condition
    elif which.state:
        found.append(c.state == which.state)
    if which.type:
        found.append(c.type.in_((which.type, *which.type_was)) if which.type_was else c.type == which.type)
    for column, wanted in ((c.urgency, which.urgency), (c.mailbox, which.mailbox)):
        if wanted:
            found.append(column == wanted)
    if which.assignee:
        found += [c.assignee == which.assignee, c.assignee != ""]
    if which.text.strip():
        found.append(_says(which.text.strip()))
    return found


def _says(words: str) -> ColumnElement[bool]:
    c = ticket.c
    newest = select(c.id).order_by(c.id.desc()).limit(_SEARCHED).scalar_subquery()
    anywhere = [column.icontains(words, autoescape=True) for column in (c.number, c.subject, c.snippet)]
    return or_(c.number == words, c.id.in_(newest) & or_(*anywhere))


def queue(unit: Unit, which: QueueFilter, key: str, limit: int) -> Page[QueueRow]:
    limit = bounded(limit)
    query: Select[Any] = _ROWS.where(*_conditions(which))
    after = read_key(key, 2)
    if after:
        query = query.where(tuple_(ticket.c.sort_due, ticket.c.id) > tuple_(*after))
    rows = unit.rows(query.order_by(ticket.c.sort_due, ticket.c.id).limit(limit + 1))
    return page(rows, limit, queue_row, lambda row: f"{row.sort_due}.{row.id}")


def spam_tickets(unit: Unit, key: str, limit: int) -> Page[QueueRow]:
    """Tickets that a person called spam, the last one written to first: who was wronged writes again."""
    limit = bounded(limit)
    query = _ROWS.where(ticket.c.state == State.INVALID, type_coerce(ticket.c.tags, Text).contains(f'"{SPAM_TAG}"'))
    after = read_key(key, 1)
    if after:
        query = query.where(_last < after[0])
    rows = unit.rows(query.order_by(_last.desc()).limit(limit + 1))
    return page(rows, limit, queue_row, lambda row: str(row.touched))


def queue_count(unit: Unit, which: QueueFilter) -> int:
    return counted(unit, select(ticket.c.id).where(*_conditions(which)))


def one_row(unit: Unit, ticket_id: int) -> QueueRow | None:
    row = unit.row(_ROWS.where(ticket.c.id == ticket_id))
    return None if row is None else queue_row(row)
