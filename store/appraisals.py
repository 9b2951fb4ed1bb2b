"""Appraisals 满意度评估 of customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from core.domain.appraisal import Appraisal
from core.domain.ids import first_id_at
from store.customers import every_address
from store.prepared import Prepared
from store.tables import appraisal, ticket
from store.unit import Unit

MOST_SHOWN = 12
_OF_CUSTOMER = Prepared(
    select(appraisal)
    .where(appraisal.c.customer_id.in_(every_address()))
    .order_by(appraisal.c.id.desc())
    .limit(MOST_SHOWN)
)


def appraisal_value(row: Row[Any]) -> Appraisal:
    marks = tuple((name, mark) for name, mark in row.marks)
    return Appraisal(**row._asdict() | {"marks": marks, "customer_id": row.customer_id or 0})


def appraisals_of(unit: Unit, customer_id: int) -> tuple[Appraisal, ...]:
    rows = unit.rows(_OF_CUSTOMER, {"of": customer_id})
    return tuple(appraisal_value(row) for row in reversed(rows))


class SqlAppraisals:
    """Conforms to ``huiying.flows.handling.Appraisals``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_customer(self, customer_id: int) -> tuple[Appraisal, ...]:
        return appraisals_of(self._unit, customer_id)

    def given(self, since: datetime | None, before: datetime | None, after: int, limit: int) -> tuple[Appraisal, ...]:
        # An answer that is changed is a new row: its id tells when it was given.
        query = select(appraisal).where(appraisal.c.id > after).order_by(appraisal.c.id).limit(limit)
        if since is not None:
            query = query.where(appraisal.c.id >= first_id_at(since))
        if before is not None:
            query = query.where(appraisal.c.id < first_id_at(before))
        return tuple(appraisal_value(row) for row in self._unit.rows(query))

    def save(self, new: Appraisal) -> None:
        same = (appraisal.c.customer_id.in_(every_address()), appraisal.c.term == new.term)
        self._unit.change(appraisal.delete().where(*same), {"of": new.customer_id}, quiet=True)
        self._unit.add(appraisal, [{column.name: getattr(new, column.name) for column in appraisal.c}])
        self._unit.change(ticket.update().where(ticket.c.id == new.ticket_id).values(touched=self._unit.ids()))
