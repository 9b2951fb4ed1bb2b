"""Tickets that agents do not want to see before a certain hour; ``store/views/queue.py`` leaves them out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from core.domain.snooze import Snooze
from store.tables import snooze
from store.unit import Unit

_c = snooze.c


class SqlSnoozes:
    """Conforms to ``huiying.flows.snoozes.Snoozes``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def put(self, new: Snooze, now: datetime) -> None:
        self._unit.change(snooze.delete().where(_c.person == new.person, _c.until <= now), quiet=True)
        self.take(new.person, new.ticket_id)
        self._unit.change(self._unit.insert(snooze).values({column.name: getattr(new, column.name) for column in _c}))

    def take(self, person: str, ticket_id: int) -> bool:
        return self._unit.change(snooze.delete().where(_c.person == person, _c.ticket_id == ticket_id)) > 0

    def of(self, person: str, ticket_id: int) -> Snooze | None:
        row = self._unit.row(select(snooze).where(_c.person == person, _c.ticket_id == ticket_id))
        return None if row is None else Snooze(**row._asdict())
