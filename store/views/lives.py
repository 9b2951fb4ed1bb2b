"""What became of tickets after their mails, for many of them at once: what a backtest of later moments reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Table, or_, select

from core.domain.ticket import Direction
from core.domain.views import DecidedMail, TicketLife
from store.corrections import correction_value
from store.promises import promise_value
from store.tables import audit, correction, decision, message, promise, ticket
from store.ticket_rows import ticket_value
from store.unit import Unit
from store.views.decided import MESSAGE, read_message
from store.views.detail import audit_value, decision_rows

_TOLD = or_(*(audit.c.action.startswith(area) for area in ("ticket.", "promise.", "update.")))
"""What the trail says of states and clocks, among other things."""
Rows = Mapping[int, Sequence[Row[Any]]]


def lives(unit: Unit, mails: Sequence[DecidedMail]) -> tuple[TicketLife, ...]:
    """One statement a table, whatever the number of tickets."""
    ids = sorted({mail.message.ticket_id for mail in mails})
    if not ids:
        return ()
    replies = _replies(unit, ids, [mail.message.id for mail in mails])
    decisions, promises, corrections = (_of(unit, each, ids) for each in (decision, promise, correction))
    trail = _trail(unit, ids)
    return tuple(
        TicketLife(
            ticket=ticket_value(row),
            replies=tuple(read_message(unit.seal, each) for each in replies.get(row.id, ())),
            decisions=decision_rows(decisions.get(row.id, ())),
            promises=tuple(promise_value(each) for each in promises.get(row.id, ())),
            corrections=tuple(correction_value(each) for each in corrections.get(row.id, ())),
            audit=tuple(audit_value(each) for each in trail.get(row.id, ())),
        )
        for row in unit.rows(select(ticket).where(ticket.c.id.in_(ids)).order_by(ticket.c.id))
    )


def _of(unit: Unit, table: Table, ids: Sequence[int]) -> Rows:
    return _grouped(unit.rows(select(table).where(table.c.ticket_id.in_(ids)).order_by(table.c.id)))


def _replies(unit: Unit, ids: Sequence[int], firsts: Sequence[int]) -> Rows:
    """What people wrote beside the mails themselves; machines are not heard."""
    c = message.c
    by_people = (c.direction == Direction.IN.value, c.automatic == "", c.id.not_in(firsts))
    return _grouped(unit.rows(select(*MESSAGE).where(c.ticket_id.in_(ids), *by_people).order_by(c.id)))


def _trail(unit: Unit, ids: Sequence[int]) -> Rows:
    subjects = {f"ticket:{id_}": id_ for id_ in ids}
    lines = unit.rows(select(audit).where(audit.c.subject.in_(list(subjects)), _TOLD).order_by(audit.c.id))
    return _grouped(lines, lambda line: subjects[line.subject])


def _grouped(rows: Iterable[Row[Any]], ticket_of: Callable[[Row[Any]], int] = lambda row: row.ticket_id) -> Rows:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(ticket_of(row), []).append(row)
    return found
