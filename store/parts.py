"""Parts 协办 of tickets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.errors import Conflict
from core.domain.part import Part, PartState
from store.prepared import Prepared
from store.tables import part, ticket
from store.unit import Unit


def part_value(row: Row[Any]) -> Part:
    return Part(**row._asdict() | {"state": PartState(row.state)})


_OF_TICKET = Prepared(select(part).where(part.c.ticket_id == bindparam("of")).order_by(part.c.id))


def parts_of(unit: Unit, ticket_id: int) -> tuple[Part, ...]:
    rows = unit.rows(_OF_TICKET, {"of": ticket_id})
    return tuple(part_value(row) for row in rows)


class SqlParts:
    """Conforms to ``huiying.flows.ports.Parts``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_ticket(self, ticket_id: int) -> tuple[Part, ...]:
        return parts_of(self._unit, ticket_id)

    def get(self, part_id: int) -> Part | None:
        row = self._unit.row(select(part).where(part.c.id == part_id))
        return None if row is None else part_value(row)

    def add(self, new: Part) -> None:
        self._unit.add(part, [_row(new)])
        self._touch(new)

    def change(self, changed: Part, expected: PartState) -> None:
        where = (part.c.id == changed.id, part.c.state == expected)
        if not self._unit.change(part.update().where(*where).values(_row(changed))):
            raise Conflict("The part was changed meanwhile.")
        self._touch(changed)

    def _touch(self, one: Part) -> None:
        self._unit.change(ticket.update().where(ticket.c.id == one.ticket_id).values(touched=self._unit.ids()))


def _row(value: Part) -> dict[str, Any]:
    return {column.name: getattr(value, column.name) for column in part.c}
