"""How far care plans 联系计划 have come, and when there was contact with whom."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, union_all

from core.domain.care_plan import PlanProgress, PutOff
from core.domain.ids import first_id_at
from core.domain.letter import LetterKind
from core.domain.ticket import HISTORY_SERIES, Direction
from store.customers import every_address
from store.prepared import Prepared
from store.tables import care_put_off, letter, message, meta, task, ticket
from store.types import UTCDateTime
from store.unit import Unit

_PLAN, _DAY = "care-plan:", "care-day"
_REACHED = or_(message.c.direction != Direction.NOTE.value, message.c.verdict == "call:reached")
_OF_HIM = message.join(ticket, ticket.c.id == message.c.ticket_id)
_LAST = Prepared(
    select(func.max(message.c.id)).select_from(_OF_HIM).where(ticket.c.customer_id.in_(every_address()), _REACHED)
)
_CONTACTS = (
    select(message.c.id, message.c.ticket_id, ticket.c.customer_id)
    .select_from(_OF_HIM)
    .where(
        message.c.id > bindparam("after"),
        message.c.id < bindparam("before"),
        ticket.c.customer_id.is_not(None),
        ticket.c.number.not_like(f"{HISTORY_SERIES}%"),
        _REACHED,
    )
    .order_by(message.c.id)
    .limit(bindparam("most"))
)

_OCCASIONS: Any = bindparam("occasions", expanding=True)
_TASK = select(task.c.id).where(task.c.occasion.in_(_OCCASIONS))
_LETTER = (
    select(letter.c.id)
    .select_from(letter.join(ticket, ticket.c.id == letter.c.ticket_id))
    .where(
        ticket.c.customer_id.in_(every_address()),
        letter.c.kind == LetterKind.CARE.value,
        letter.c.occasion.in_(_OCCASIONS),
    )
)
_MADE = union_all(_TASK, _LETTER).limit(1)


_PUT_OFF = Prepared(
    select(care_put_off)
    .where(care_put_off.c.at <= bindparam("now", type_=UTCDateTime()))
    .order_by(care_put_off.c.at, care_put_off.c.customer_id)
    .limit(bindparam("most"))
)


def _put_off(one: PutOff) -> dict[str, str | int]:
    return {"plan": one.plan, "occasion": one.occasion, "customer_id": one.customer_id}


class SqlCare:
    """Conforms to ``huiying.flows.care_progress.Care``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def progress(self, plans: Collection[str]) -> Mapping[str, PlanProgress]:
        keys = {_PLAN + name: name for name in plans}
        rows = self._unit.rows(select(meta).where(meta.c.key.in_(keys))) if keys else ()
        return {keys[row.key]: PlanProgress(**json.loads(row.value)) for row in rows}

    def save(self, plan: str, progress: PlanProgress) -> None:
        told = {"occasion": progress.occasion, "after": progress.after, "done": progress.done}
        self._note(_PLAN + plan, json.dumps(told))

    def put_off(self, one: PutOff, until: datetime) -> None:
        insert = self._unit.insert(care_put_off).values(**_put_off(one), at=until)
        keys = ["plan", "occasion", "customer_id"]
        again = insert.on_conflict_do_update(index_elements=keys, set_={"at": insert.excluded.at})
        self._unit.change(again, quiet=True)

    def put_off_until(self, now: datetime, limit: int) -> tuple[PutOff, ...]:
        rows = self._unit.rows(_PUT_OFF, {"now": now, "most": limit})
        return tuple(PutOff(plan=row.plan, occasion=row.occasion, customer_id=row.customer_id) for row in rows)

    def take_up(self, one: PutOff) -> None:
        here = (care_put_off.c[name] == value for name, value in _put_off(one).items())
        self._unit.change(care_put_off.delete().where(*here), quiet=True)

    def made_on(self, day: date) -> int:
        said = self._unit.value(select(meta.c.value).where(meta.c.key == _DAY))
        noted, _, count = str(said or "").partition(" ")
        return int(count) if noted == day.isoformat() else 0

    def note_made(self, day: date, count: int) -> None:
        self._note(_DAY, f"{day.isoformat()} {count}")

    def _note(self, key: str, value: str) -> None:
        insert = self._unit.insert(meta).values(key=key, value=value)
        again = insert.on_conflict_do_update(index_elements=["key"], set_={"value": insert.excluded.value})
        self._unit.change(again, quiet=True)

    def contacts(self, since: datetime, before: datetime, after: int, limit: int) -> tuple[tuple[int, int, int], ...]:
        given = {"after": max(after, first_id_at(since) - 1), "before": first_id_at(before), "most": limit}
        return tuple((row.id, row.ticket_id, row.customer_id) for row in self._unit.rows(_CONTACTS, given))

    def last_contact(self, customer_id: int) -> int:
        return int(self._unit.value(_LAST, {"of": customer_id}) or 0)

    def was_made(self, customer_id: int, occasions: Collection[str]) -> bool:
        return self._unit.row(_MADE, {"of": customer_id, "occasions": list(occasions)}) is not None
