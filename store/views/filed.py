"""Counts the newest tickets by type between two instants: by id, and never more than ``MOST_COUNTED``."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text

from core.domain.ids import first_id_at, instant_of
from core.domain.ticket import HISTORY_SERIES
from core.domain.views import MOST_COUNTED, FiledTypes
from store.tables import ticket
from store.tables.ticket import OPEN
from store.unit import Unit
from store.views.paging import bounded


def filed_types(unit: Unit, since: datetime, before: datetime) -> FiledTypes:
    newest = (
        select(ticket.c.id, ticket.c.type, ticket.c.number)
        .where(ticket.c.id >= first_id_at(since), ticket.c.id < first_id_at(before))
        .order_by(ticket.c.id.desc())
        .limit(MOST_COUNTED)
        .subquery()
    )
    number = func.count().label("number")
    counted = select(newest.c.type, number, func.min(newest.c.id).label("oldest")).group_by(newest.c.type)
    # What was brought in is old, however new its ids are; it is left out of those looked at, which stay as few.
    rows = unit.rows(counted.where(newest.c.number.not_like(f"{HISTORY_SERIES}%")))
    oldest = min((row.oldest for row in rows), default=None)
    return FiledTypes(
        counts=tuple((row.type, row.number) for row in rows), oldest=None if oldest is None else instant_of(oldest)
    )


def filed_numbers(unit: Unit, type_: str, since: datetime, before: datetime, limit: int) -> tuple[str, ...]:
    c = ticket.c
    between = select(c.number).where(c.id >= first_id_at(since), c.id < first_id_at(before))
    rows = unit.rows(between.where(c.type == type_, text(OPEN)).order_by(c.id).limit(bounded(limit)))
    return tuple(row.number for row in rows)
