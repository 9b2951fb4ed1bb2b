"""Which tickets were merged into one, and into those."""

from __future__ import annotations

from sqlalchemy import bindparam, select, text

from core.domain.ticket import State
from store.prepared import Prepared
from store.tables import ticket
from store.tables.ticket import LINKED
from store.unit import Unit

_MOST_LEVELS = 10
_INTO = Prepared(
    select(ticket.c.id, ticket.c.number)
    # The words of the partial index, so that it is used.
    .where(ticket.c.linked_to == bindparam("of"), text(LINKED), ticket.c.state == State.MERGED.value)
    .order_by(ticket.c.id)
)


def merged_into(unit: Unit, ticket_id: int) -> tuple[tuple[int, str], ...]:
    """(ticket id, number) of each that continues in this one, also by way of others; a ring ends."""
    found: dict[int, str] = {}
    level = [ticket_id]
    for _ in range(_MOST_LEVELS):
        rows = [row for of in level for row in unit.rows(_INTO, {"of": of})]
        level = [row.id for row in rows if row.id not in found and row.id != ticket_id]
        if not level:
            break
        found |= {row.id: row.number for row in rows if row.id in level}
    return tuple(sorted(found.items()))
