"""Pages on which a ticket is open: rows that end by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from core.domain.presence import Presence
from store.tables import presence
from store.tables import user as users
from store.unit import Unit

MOST_PAGES = 1_000
"""So many are read, and told to every stream."""
_c = presence.c
_NAMED = select(presence, func.coalesce(users.c.display, "").label("display")).select_from(
    presence.outerjoin(users, users.c.name == _c.person)
)


class SqlPresences:
    """Conforms to ``huiying.flows.open_pages.Presences``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def stay(self, new: Presence) -> bool:
        same = presence.update().where(
            _c.person == new.person,
            _c.page == new.page,
            _c.ticket_id == new.ticket_id,
            _c.writing.is_(None) if new.writing is None else _c.writing.is_not(None),
            _c.until > new.since,
        )
        if self._unit.change(same.values(until=new.until), quiet=True):
            return False
        self._unit.change(presence.delete().where(_c.until <= new.since), quiet=True)
        row = {column.name: getattr(new, column.name) for column in _c}
        again = {name: row[name] for name in ("ticket_id", "until", "writing")}
        insert = self._unit.insert(presence).values(row)
        self._unit.change(insert.on_conflict_do_update(index_elements=["person", "page"], set_=again))
        return True

    def leave(self, person: str, page: int) -> bool:
        return self._unit.change(presence.delete().where(_c.person == person, _c.page == page)) > 0

    def now_open(self, now: datetime) -> tuple[Presence, ...]:
        still = _NAMED.where(_c.until > now).order_by(_c.until, _c.person, _c.page).limit(MOST_PAGES)
        return tuple(Presence(**row._asdict()) for row in self._unit.rows(still))
