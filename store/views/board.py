"""The board 看板: how much of the open work lies with whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, select, text

from core.domain.views import MOST_ON_BOARD, Board, Load
from store.tables import ticket
from store.tables.ticket import OPEN
from store.types import to_micros
from store.unit import Unit


def board(unit: Unit, now: datetime, day_end: datetime, urgent: Collection[str], complaints: Collection[str]) -> Board:
    """Reads the open tickets in the order of the queue, by its index."""
    c = ticket.c
    columns = (c.assignee, c.state, c.sort_due, c.urgency, c.type)
    first = select(*columns).where(text(OPEN)).order_by(c.sort_due, c.id).limit(MOST_ON_BOARD + 1).subquery().c
    counts = {
        "overdue": first.sort_due <= to_micros(now),
        "tonight": first.sort_due < to_micros(day_end),
        "urgent": first.urgency.in_(urgent),
        "complaints": first.type.in_(complaints),
    }
    sums = [func.sum(case((each, 1), else_=0)).label(name) for name, each in counts.items()]
    asked = select(first.assignee, first.state, func.count().label("tickets"), *sums)
    rows = unit.rows(asked.group_by(first.assignee, first.state).order_by(first.assignee, first.state))
    loads = [_load(who, [row for row in rows if row.assignee == who]) for who in {row.assignee for row in rows}]
    return Board(
        loads=tuple(sorted(loads, key=lambda load: (-load.tickets, load.assignee))),
        urgent=_sum(rows, "urgent"),
        complaints=_sum(rows, "complaints"),
        whole=_sum(rows, "tickets") <= MOST_ON_BOARD,
    )


def _load(who: str, rows: Sequence[Row[Any]]) -> Load:
    """``rows`` are one a state."""
    return Load(
        assignee=who,
        tickets=_sum(rows, "tickets"),
        overdue=_sum(rows, "overdue"),
        today=_sum(rows, "tonight") - _sum(rows, "overdue"),
        states=tuple((row.state, row.tickets) for row in rows),
    )


def _sum(rows: Sequence[Row[Any]], name: str) -> int:
    return sum(int(getattr(row, name)) for row in rows)
