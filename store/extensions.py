"""Extensions 延期 of promises."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select, text

from core.domain.errors import Conflict
from core.domain.extension import Extension, ExtensionState
from core.domain.promise import Clock
from core.domain.views import Page
from store.prepared import Prepared
from store.tables import extension, ticket
from store.tables.handling import ASKED
from store.unit import Unit
from store.views.paging import bounded, page, read_key


def extension_value(row: Row[Any]) -> Extension:
    return Extension(**row._asdict() | {"state": ExtensionState(row.state), "clock": Clock(row.clock)})


# The words of the partial index, so that it is used.
_WAITING = (
    select(extension)
    .join(ticket, ticket.c.id == extension.c.ticket_id)
    .where(text(f"extension.{ASKED}"), ticket.c.closed.is_(None))
    .order_by(extension.c.id)
)
_OF_TICKET = Prepared(select(extension).where(extension.c.ticket_id == bindparam("of")).order_by(extension.c.id))


def extensions_of(unit: Unit, ticket_id: int) -> tuple[Extension, ...]:
    rows = unit.rows(_OF_TICKET, {"of": ticket_id})
    return tuple(extension_value(row) for row in rows)


class SqlExtensions:
    """Conforms to ``huiying.flows.ports.Extensions``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_ticket(self, ticket_id: int) -> tuple[Extension, ...]:
        return extensions_of(self._unit, ticket_id)

    def get(self, extension_id: int) -> Extension | None:
        row = self._unit.row(select(extension).where(extension.c.id == extension_id))
        return None if row is None else extension_value(row)

    def asked(self, key: str, limit: int) -> Page[Extension]:
        limit, after = bounded(limit), read_key(key, 1)
        query = _WAITING.where(extension.c.id > after[0]) if after else _WAITING
        rows = self._unit.rows(query.limit(limit + 1))
        return page(rows, limit, extension_value, lambda row: str(row.id))

    def add(self, new: Extension) -> None:
        self._unit.add(extension, [_row(new)])
        self._touch(new)

    def change(self, changed: Extension, expected: ExtensionState) -> None:
        where = (extension.c.id == changed.id, extension.c.state == expected)
        if not self._unit.change(extension.update().where(*where).values(_row(changed))):
            raise Conflict("The extension was decided meanwhile.")
        self._touch(changed)

    def _touch(self, one: Extension) -> None:
        self._unit.change(ticket.update().where(ticket.c.id == one.ticket_id).values(touched=self._unit.ids()))


def _row(value: Extension) -> dict[str, Any]:
    return {column.name: getattr(value, column.name) for column in extension.c}
