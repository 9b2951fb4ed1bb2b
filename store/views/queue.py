"""The queue 待办工单: tickets by their next due time, those without one last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, func, select, text, tuple_, type_coerce

from core.domain.decision import By
from core.domain.ticket import SPAM_TAG, State
from core.domain.views import MOST_COUNTED, NOBODY, Page, QueueFilter, QueueRow
from store.tables import customer, snooze, ticket
from store.tables.ticket import OPEN
from store.ticket_rows import due_of
from store.unit import Unit
from store.views.found import excerpts, saying
from store.views.paging import bounded, counted, page, read_key

EVERY_OPEN_STATE = "open"
"""``QueueFilter.state`` of all open tickets; every other word names one state, '' any."""
SNOOZED = "snoozed"
"""And of those that the filter's person has put off."""

# As sums they are no index: the few invalid or found tickets are sorted, not sought among all.
_last, _id = ticket.c.touched + 0, ticket.c.id + 0

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
        assignee=row.assignee,
    )


def _conditions(which: QueueFilter) -> list[ColumnElement[bool]]:
    c = ticket.c
    found: list[ColumnElement[bool]] = []
    if which.state in (EVERY_OPEN_STATE, SNOOZED):
        found.append(text(OPEN))  # type: ignore[arg-type]  # a text clause is a condition
        found += _put_off(which)
    elif which.state:
        found.append(c.state == which.state)
    if which.type:
        found.append(c.type.in_((which.type, *which.type_was)) if which.type_was else c.type == which.type)
    for column, wanted in ((c.urgency, which.urgency), (c.mailbox, which.mailbox)):
        if wanted:
            found.append(column == wanted)
    if which.assignee == NOBODY:
        found.append(c.assignee == "")
    elif which.assignee:
        found += [c.assignee == which.assignee, c.assignee != ""]
    return found


def _put_off(which: QueueFilter) -> list[ColumnElement[bool]]:
    """Those that he has put off, or none of them: as long as nothing has happened on the ticket since."""
    if not which.person or which.now is None or (which.text.strip() and which.state != SNOOZED):
        return []
    own = select(snooze.c.ticket_id).where(
        snooze.c.person == which.person, snooze.c.until > which.now, snooze.c.ticket_id == ticket.c.id,
        snooze.c.version == ticket.c.version,
    )  # fmt: skip
    if which.state == SNOOZED:
        his = select(snooze.c.ticket_id).where(snooze.c.person == which.person)
        return [ticket.c.id.in_(his), own.exists()]
    return [~own.exists()]


def queue(unit: Unit, which: QueueFilter, key: str, limit: int) -> Page[QueueRow]:
    limit = bounded(limit)
    if which.text.strip():
        return _found(unit, which, key, limit)
    query: Select[Any] = _ROWS.where(*_conditions(which))
    after = read_key(key, 2)
    if after:
        query = query.where(tuple_(ticket.c.sort_due, ticket.c.id) > tuple_(*after))
    rows = unit.rows(query.order_by(ticket.c.sort_due, ticket.c.id).limit(limit + 1))
    return page(rows, limit, queue_row, lambda row: f"{row.sort_due}.{row.id}")


def _found(unit: Unit, which: QueueFilter, key: str, limit: int) -> Page[QueueRow]:
    """The newest ticket first: who looks for words wants what was said last."""
    words = which.text.strip()
    found = select(ticket.c.id).where(*_conditions(which), ticket.c.id.in_(saying(unit, words)))
    after = read_key(key, 1)
    if after:
        found = found.where(_id < after[0])
    # Thousands may match: their ids alone are sorted.
    shown = found.order_by(_id.desc()).limit(limit + 1)
    rows = unit.rows(_ROWS.where(ticket.c.id.in_(shown)).order_by(_id.desc()))
    said = excerpts(unit, [row.id for row in rows[:limit]], words)
    return page(rows, limit, lambda row: replace(queue_row(row), excerpt=said.get(row.id, ())), lambda row: str(row.id))


def spam_tickets(unit: Unit, key: str, limit: int) -> Page[QueueRow]:
    """Tickets that a person called spam, the last one written to first: who was wronged writes again."""
    limit = bounded(limit)
    query = _ROWS.where(ticket.c.state == State.INVALID, type_coerce(ticket.c.tags, Text).contains(f'"{SPAM_TAG}"'))
    after = read_key(key, 1)
    if after:
        query = query.where(_last < after[0])
    rows = unit.rows(query.order_by(_last.desc()).limit(limit + 1))
    return page(rows, limit, queue_row, lambda row: str(row.touched))


def queue_count(unit: Unit, which: QueueFilter, most: int = MOST_COUNTED) -> int:
    conditions = _conditions(which)
    if which.text.strip():
        conditions.append(ticket.c.id.in_(saying(unit, which.text.strip())))
    return counted(unit, select(ticket.c.id).where(*conditions), most)


def one_row(unit: Unit, ticket_id: int) -> QueueRow | None:
    row = unit.row(_ROWS.where(ticket.c.id == ticket_id))
    return None if row is None else queue_row(row)
