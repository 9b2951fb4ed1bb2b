"""Everything of many tickets that a sheet tells, in the order in which they were filed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, Text, and_, literal, not_, select, type_coerce

from core.domain.channel import BY_AGENT
from core.domain.ids import first_id_at
from core.domain.letter import LetterState
from core.domain.sheet import SheetCase
from core.domain.ticket import SPAM_TAG, State
from store.analyses import analysis_value
from store.corrections import correction_value
from store.customers import read_customer
from store.parts import part_value
from store.promises import promise_value
from store.tables import analysis, audit, correction, customer, letter, message, part, promise, task, ticket, vote
from store.tasks import task_value
from store.ticket_rows import message_value, ticket_value
from store.unit import Unit
from store.views.detail import audit_value
from store.votes import vote_value

_AHEAD = timedelta(days=1)
"""By how much the clock of a mail server may be ahead of ours: a ticket's id is as old as its filing."""
_UNTOLD = ("type_guesses", "near_scope", "near_text", "near_orders")
_TICKET = select(*(column for column in ticket.c if column.name not in _UNTOLD))
_MESSAGE = select(*(column for column in message.c if column.name != "html"), literal("").label("html"))
_IS_SPAM = and_(ticket.c.state == State.INVALID, type_coerce(ticket.c.tags, Text).contains(f'"{SPAM_TAG}"'))
Rows = Mapping[int, Sequence[Row[Any]]]


def cases(unit: Unit, since: datetime | None, before: datetime | None, after: int, limit: int) -> tuple[SheetCase, ...]:
    """One statement a table, whatever the number of tickets. What a person called spam is left out."""
    c = ticket.c
    query = _TICKET.where(c.id > after, not_(_IS_SPAM)).order_by(c.id).limit(limit)
    if since is not None:
        query = query.where(c.received >= since, c.id >= first_id_at(since - _AHEAD))
    if before is not None:
        query = query.where(c.received < before)
    rows = unit.rows(query)
    return _cases(unit, rows) if rows else ()


def _cases(unit: Unit, rows: Sequence[Row[Any]]) -> tuple[SheetCase, ...]:
    ids = [row.id for row in rows]
    messages = _messages(unit, ids)
    promises, parts, corrections = (_of(unit, each, ids) for each in (promise, part, correction))
    votes, tasks = (_of(unit, each, ids) for each in (vote, task))
    trail = _trail(unit, rows, messages)
    customers = {row.id: read_customer(unit, row) for row in _customers(unit, rows)}
    analyses = {row.ticket_id: analysis_value(row) for row in _rows(unit, analysis, ids)}
    into = {row.id: row.number for row in _numbers(unit, rows)}
    return tuple(
        SheetCase(
            ticket=ticket_value(row),
            customer=customers.get(row.customer_id),
            messages=tuple(message_value(unit.seal, each) for each in messages.get(row.id, ())),
            promises=tuple(promise_value(each) for each in promises.get(row.id, ())),
            parts=tuple(part_value(each) for each in parts.get(row.id, ())),
            corrections=tuple(correction_value(each) for each in corrections.get(row.id, ())),
            votes=tuple(vote_value(each) for each in votes.get(row.id, ())),
            tasks=tuple(task_value(each) for each in tasks.get(row.id, ())),
            trail=tuple(audit_value(each) for each in trail.get(row.id, ())),
            analysis=analyses.get(row.id),
            into=into.get(row.linked_to, ""),
        )
        for row in rows
    )


def _rows(unit: Unit, table: Table, ids: Sequence[int]) -> Sequence[Row[Any]]:
    return unit.rows(select(table).where(table.c.ticket_id.in_(ids)).order_by(*table.primary_key))


def _of(unit: Unit, table: Table, ids: Sequence[int]) -> Rows:
    return _grouped((row.ticket_id, row) for row in _rows(unit, table, ids))


def _messages(unit: Unit, ids: Sequence[int]) -> Rows:
    rows = unit.rows(_MESSAGE.where(message.c.ticket_id.in_(ids)).order_by(message.c.id))
    waiting = (letter.c.ticket_id.in_(ids), letter.c.state != LetterState.SENT)
    unsent = {row.message_id for row in unit.rows(select(letter.c.message_id).where(*waiting))}
    return _grouped((row.ticket_id, row) for row in rows if not row.message_id or row.message_id not in unsent)


def _trail(unit: Unit, rows: Sequence[Row[Any]], messages: Rows) -> Rows:
    subjects = {f"ticket:{row.id}": row.id for row in rows}
    for row in rows:
        if row.channel in BY_AGENT and row.id in messages:
            subjects[f"mail:{messages[row.id][0].ledger_id}"] = row.id
    lines = unit.rows(select(audit).where(audit.c.subject.in_(list(subjects))).order_by(audit.c.id))
    return _grouped((subjects[line.subject], line) for line in lines)


def _customers(unit: Unit, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    return unit.rows(select(customer).where(customer.c.id.in_({row.customer_id for row in rows if row.customer_id})))


def _numbers(unit: Unit, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    linked = {row.linked_to for row in rows if row.linked_to}
    return unit.rows(select(ticket.c.id, ticket.c.number).where(ticket.c.id.in_(linked))) if linked else ()


def _grouped(rows: Iterable[tuple[int, Row[Any]]]) -> Rows:
    found: dict[int, list[Row[Any]]] = {}
    for ticket_id, row in rows:
        found.setdefault(ticket_id, []).append(row)
    return found
