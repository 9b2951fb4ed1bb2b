"""Views of the queue: filters under a name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, or_, select

from core.domain.saved_view import SavedView
from core.domain.views import QueueFilter
from store.tables import saved_view
from store.unit import Unit

_c = saved_view.c
_FILTER = ("state", "type", "urgency", "assignee", "text")


def _value(row: Row[Any]) -> SavedView:
    which = QueueFilter(**{name: getattr(row, name) for name in _FILTER})
    return SavedView(id=row.id, owner=row.owner, name=row.name, place=row.place, which=which)


class SqlSavedViews:
    """Conforms to ``huiying.flows.saved_views.SavedViews``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of(self, owner: str) -> tuple[SavedView, ...]:
        rows = self._unit.rows(select(saved_view).where(_c.owner == owner).order_by(_c.place, _c.id))
        return tuple(_value(row) for row in rows)

    def get(self, view_id: int) -> SavedView | None:
        row = self._unit.row(select(saved_view).where(_c.id == view_id))
        return None if row is None else _value(row)

    def save(self, view: SavedView) -> None:
        columns = {"owner": view.owner, "name": view.name, "place": view.place}
        columns |= {name: getattr(view.which, name) for name in _FILTER}
        insert = self._unit.insert(saved_view).values(id=view.id, **columns)
        self._unit.change(insert.on_conflict_do_update(index_elements=["id"], set_=columns), quiet=True)

    def remove(self, view_id: int) -> None:
        self._unit.change(saved_view.delete().where(_c.id == view_id), quiet=True)

    def forget(self, words: str) -> int:
        named = or_(_c.name.contains(words, autoescape=True), _c.text.contains(words, autoescape=True))
        return self._unit.change(saved_view.delete().where(named), quiet=True)
