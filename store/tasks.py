"""Communication tasks 沟通任务."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, literal, select, text, tuple_

from core.domain.errors import Conflict
from core.domain.task import Task, TaskFilter, TaskKind, TaskRow, TaskState
from core.domain.views import MOST_COUNTED, MOST_ROWS, Page
from store.merged import merged_into
from store.prepared import Prepared
from store.tables import customer, task, ticket
from store.tables.handling import LIVE_TASK, OVER_TASK, WARNED_TASK
from store.types import from_micros, to_micros
from store.unit import Unit
from store.views.paging import bounded, counted, page, read_key

_IDS: Any = bindparam("ids", expanding=True)
_ROWS = (
    select(task, customer.c.name.label("customer"), ticket.c.number, ticket.c.subject)
    .select_from(task.outerjoin(customer, customer.c.id == task.c.customer_id))
    .outerjoin(ticket, ticket.c.id == task.c.ticket_id)
)
_LIVE_FIRST = _ROWS.order_by(task.c.ended.is_not(None), task.c.id.desc()).limit(MOST_ROWS)
_OF_TICKETS = _LIVE_FIRST.where(task.c.ticket_id.in_(_IDS))
_OF_CUSTOMERS = _LIVE_FIRST.where(task.c.customer_id.in_(_IDS))
_OVERDUE = Prepared(
    # The words of the partial index, so that it is used.
    select(task)
    .where(text(WARNED_TASK), task.c.warn_at <= bindparam("now"))
    .order_by(task.c.warn_at, task.c.id)
    .limit(bindparam("most"))
)


def task_value(row: Row[Any]) -> Task:
    given = {column.name: getattr(row, column.name) for column in task.c}
    of = {"customer_id": row.customer_id or 0, "ticket_id": row.ticket_id or 0}
    return Task(**given | of | {"kind": TaskKind(row.kind), "state": TaskState(row.state)})


class SqlTasks:
    """Conforms to ``huiying.flows.handling.Tasks``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def get(self, task_id: int) -> Task | None:
        row = self._unit.row(select(task).where(task.c.id == task_id))
        return None if row is None else task_value(row)

    def row(self, task_id: int) -> TaskRow | None:
        row = self._unit.row(_ROWS.where(task.c.id == task_id))
        return None if row is None else _shown(row)

    def of_ticket(self, ticket_id: int) -> tuple[TaskRow, ...]:
        every = [ticket_id, *(id_ for id_, _ in merged_into(self._unit, ticket_id))]
        return tuple(_shown(row) for row in self._unit.rows(_OF_TICKETS, {"ids": every}))

    def of_customers(self, customer_ids: Collection[int]) -> tuple[TaskRow, ...]:
        rows = self._unit.rows(_OF_CUSTOMERS, {"ids": list(customer_ids)})
        return tuple(_shown(row) for row in rows)

    def listed(self, which: TaskFilter, key: str, limit: int) -> Page[TaskRow]:
        limit, after = bounded(limit), read_key(key, 2)
        order = task.c.ended if which.ended else task.c.due
        by = (order.desc(), task.c.id.desc()) if which.ended else (order, task.c.id)
        rows: list[Row[Any]] = []
        for query in _filtered(_ROWS, which):
            if after:
                place = tuple_(order, task.c.id), tuple_(literal(from_micros(after[0]), order.type), literal(after[1]))
                query = query.where(place[0] < place[1] if which.ended else place[0] > place[1])
            rows += self._unit.rows(query.order_by(*by).limit(limit + 1))
        rows.sort(key=lambda row: _place(row, which), reverse=which.ended)
        return page(rows, limit, _shown, lambda row: "{}.{}".format(*_place(row, which)))

    def count(self, which: TaskFilter) -> int:
        return min(MOST_COUNTED, sum(counted(self._unit, query) for query in _filtered(select(task.c.id), which)))

    def overdue(self, now: datetime, limit: int) -> tuple[Task, ...]:
        return tuple(task_value(row) for row in self._unit.rows(_OVERDUE, {"now": now, "most": limit}))

    def add(self, new: Task) -> bool:
        insert = self._unit.insert(task).values(_row(new)).on_conflict_do_nothing(index_elements=["occasion"])
        if not self._unit.changed(insert.returning(task.c.id)):
            return False
        self._touch(new)
        return True

    def change(self, changed: Task) -> Task:
        following = {"version": changed.version + 1}
        where = (task.c.id == changed.id, task.c.version == changed.version)
        if not self._unit.change(task.update().where(*where).values(_row(changed) | following)):
            raise Conflict("The task was changed meanwhile.")
        self._touch(changed)
        return self.get(changed.id) or changed

    def _touch(self, one: Task) -> None:
        if one.ticket_id:
            self._unit.change(ticket.update().where(ticket.c.id == one.ticket_id).values(touched=self._unit.ids()))


def _place(row: Row[Any], which: TaskFilter) -> tuple[int, int]:
    return to_micros(row.ended if which.ended else row.due), row.id


def _filtered(query: Select[Any], which: TaskFilter) -> tuple[Select[Any], ...]:
    """One for each team: each is read in the order of its index."""
    query = query.where(text(OVER_TASK if which.ended else LIVE_TASK))
    if which.owner:
        query = query.where(task.c.owner == which.owner)
    if which.state is not None:
        query = query.where(task.c.state == which.state.value)
    if which.since is not None:
        query = query.where(task.c.due >= which.since)
    if which.before is not None:
        query = query.where(task.c.due < which.before)
    return tuple(query.where(task.c.team == team) for team in dict.fromkeys(which.teams)) if which.teams else (query,)


def _shown(row: Row[Any]) -> TaskRow:
    return TaskRow(
        task=task_value(row), customer=row.customer or "", number=row.number or "", subject=row.subject or ""
    )


def _row(value: Task) -> dict[str, Any]:
    row = {column.name: getattr(value, column.name) for column in task.c}
    return row | {"customer_id": value.customer_id or None, "ticket_id": value.ticket_id or None}
