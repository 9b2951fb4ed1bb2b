"""Key dates 关键日期 of customers, found by the day on which they fall."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from core.domain.key_date import KeyDate, month_days
from store.customers import every_address
from store.prepared import Prepared
from store.tables import key_date
from store.unit import Unit

_c = key_date.c
_OF_CUSTOMER = Prepared(select(key_date).where(_c.customer_id.in_(every_address())).order_by(_c.month_day, _c.id))


def _value(row: Row[Any]) -> KeyDate:
    return KeyDate(name=row.name, month=row.month_day // 100, day=row.month_day % 100, year=row.year)


def key_dates_of(unit: Unit, customer_id: int) -> tuple[KeyDate, ...]:
    return tuple(dict.fromkeys(_value(row) for row in unit.rows(_OF_CUSTOMER, {"of": customer_id})))


class SqlKeyDates:
    """Conforms to ``huiying.flows.key_dates.KeyDates``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_customer(self, customer_id: int) -> tuple[KeyDate, ...]:
        return key_dates_of(self._unit, customer_id)

    def set(self, customer_id: int, dates: Sequence[KeyDate]) -> None:
        # One that stays is not touched: parted from this customer again, its address has it as before.
        known = {row.id: _value(row) for row in self._unit.rows(_OF_CUSTOMER, {"of": customer_id})}
        gone = [id_ for id_, one in known.items() if one not in dates]
        self._unit.change(key_date.delete().where(_c.id.in_(gone)), quiet=True)
        rows = [
            {"id": self._unit.ids(), "customer_id": customer_id, "name": one.name, "month_day": one.month_day,
             "year": one.year}
            for one in dates
            if one not in known.values()
        ]  # fmt: skip
        if rows:
            self._unit.add(key_date, rows)

    def on(self, day: date, after: int, limit: int) -> tuple[tuple[int, int, KeyDate], ...]:
        # One day at a time, in the order of the index: in a year without it the 29th of February comes with the 28th.
        found: list[Row[Any]] = []
        for place in month_days(day):
            query = select(key_date).where(_c.month_day == place, _c.id > after).order_by(_c.id).limit(limit)
            found += self._unit.rows(query)
        return tuple((row.id, row.customer_id, _value(row)) for row in sorted(found, key=lambda row: row.id)[:limit])
