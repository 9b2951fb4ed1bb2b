"""Analyses 需求分析 of tickets: one row a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.analysis import Advice, Analysis, Reasonable, Way
from core.domain.errors import Conflict
from store.prepared import Prepared
from store.tables import analysis, ticket
from store.unit import Unit


def analysis_value(row: Row[Any]) -> Analysis:
    return Analysis(
        **row._asdict()
        | {
            "reasonable": Reasonable(row.reasonable) if row.reasonable else None,
            "advice": Advice(row.advice) if row.advice else None,
            "way": Way(row.way) if row.way else None,
        }
    )


_OF_TICKET = Prepared(select(analysis).where(analysis.c.ticket_id == bindparam("of")))


def analysis_of(unit: Unit, ticket_id: int) -> Analysis | None:
    row = unit.row(_OF_TICKET, {"of": ticket_id})
    return None if row is None else analysis_value(row)


class SqlAnalyses:
    """Conforms to ``huiying.flows.handling.Analyses``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_ticket(self, ticket_id: int) -> Analysis | None:
        return analysis_of(self._unit, ticket_id)

    def quadrants_of(self, ticket_ids: Sequence[int]) -> dict[int, int]:
        said = select(analysis.c.ticket_id, analysis.c.quadrant)
        rows = self._unit.rows(said.where(analysis.c.ticket_id.in_(ticket_ids), analysis.c.quadrant > 0))
        return {row.ticket_id: row.quadrant for row in rows}

    def save(self, new: Analysis) -> None:
        row = {column.name: getattr(new, column.name) for column in analysis.c}
        row |= {"reasonable": new.reasonable or "", "advice": new.advice or "", "way": new.way or ""}
        where = (analysis.c.ticket_id == new.ticket_id, analysis.c.version == new.version - 1)
        if new.version == 1:
            self._unit.add(analysis, [row])
        elif not self._unit.change(analysis.update().where(*where).values(row)):
            raise Conflict("The analysis was changed meanwhile.")
        self._unit.change(ticket.update().where(ticket.c.id == new.ticket_id).values(touched=self._unit.ids()))
