"""Promises of tickets; a ticket's next due time is kept true here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, or_, select, text

from core.domain.errors import Conflict
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from store.prepared import Prepared, PreparedList
from store.tables import promise, ticket
from store.tables.ticket import LOOKED_AT, RUNNING
from store.ticket_rows import NO_DUE
from store.types import UTCDateTime, from_micros, to_micros
from store.unit import Unit

_COLUMNS = (
    "clock", "cause", "started", "due", "because", "policy", "calendar", "tzdata", "bundle", "state", "ended",
    "warn_at", "warned", "superseded_by", "working", "told", "breach",
)  # fmt: skip
_CHANGE = Prepared(
    promise.update()
    .where(promise.c.id == bindparam("of"), promise.c.version == bindparam("from_version"))
    .values({name: bindparam(f"new_{name}") for name in (*_COLUMNS, "pauses")} | {"version": promise.c.version + 1})
)
_MIRROR = Prepared(
    ticket.update()
    .where(
        ticket.c.id == bindparam("of"),
        or_(ticket.c.sort_due != bindparam("due"), ticket.c.next_clock != bindparam("clock")),
    )
    .values(sort_due=bindparam("due"), next_clock=bindparam("clock"), touched=bindparam("now_touched"))
)


_OF_TICKET = Prepared(select(promise).where(promise.c.ticket_id == bindparam("of")).order_by(promise.c.id))
_LIVE_OF = PreparedList(
    lambda ids: (
        select(promise)
        .where(promise.c.ticket_id.in_(ids), promise.c.clock == bindparam("clock"))
        .where(or_(*(promise.c.state == state.value for state in LIVE)))
        .order_by(promise.c.id)
    )
)
_RUNNING = PreparedList(
    lambda ids: (
        select(promise.c.ticket_id, promise.c.due, promise.c.clock)
        .where(text(RUNNING), promise.c.ticket_id.in_(ids))
        .order_by(promise.c.due, promise.c.id)
    )
)
_LOCK = PreparedList(
    lambda ids: select(ticket.c.id).where(ticket.c.id.in_(ids)).order_by(ticket.c.id).with_for_update()
)


def promise_row(value: Promise) -> dict[str, Any]:
    columns = {name: getattr(value, name) for name in _COLUMNS} | {"pauses": _pauses_column(value)}
    return {"id": value.id, "ticket_id": value.ticket_id, "version": value.version, **columns}


def _pauses_column(value: Promise) -> list[list[Any]]:
    return [[to_micros(begin), end and to_micros(end), why] for begin, end, why in value.pauses]


def promise_value(row: Row[Any]) -> Promise:
    columns = row._asdict()
    columns["clock"], columns["state"] = Clock(row.clock), PromiseState(row.state)
    columns["pauses"] = tuple((from_micros(a), None if b is None else from_micros(b), why) for a, b, why in row.pauses)
    return Promise(**columns)


def earliest(promises: Iterable[Promise]) -> tuple[datetime | None, str]:
    """Due time and clock of the running promise that is due first."""
    running = [each for each in promises if each.state is PromiseState.RUNNING]
    first = min(running, key=lambda each: (each.due, each.id), default=None)
    return (first.due, first.clock.value) if first else (None, "")


def mirror_next_due(unit: Unit, ticket_ids: Iterable[int]) -> None:
    """Writes ``next_due`` and ``next_clock`` of these tickets from their running promises."""
    wanted = sorted(set(ticket_ids))
    if not wanted:
        return
    if unit.dialect == "postgresql":
        # Whoever changes promises of the same ticket meanwhile waits here, and then sees ours.
        unit.rows(*_LOCK.of(wanted))
    first: dict[int, tuple[int, str]] = {}
    for row in unit.rows(*_RUNNING.of(wanted)):
        first.setdefault(row.ticket_id, (to_micros(row.due), row.clock))
    rows = []
    for ticket_id in wanted:
        due, clock = first.get(ticket_id, (NO_DUE, ""))
        rows.append({"of": ticket_id, "due": due, "clock": clock, "now_touched": unit.ids()})
    unit.change(_MIRROR, rows)


class SqlPromises:
    """Conforms to ``huiying.flows.ports.Promises``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_ticket(self, ticket_id: int) -> tuple[Promise, ...]:
        return tuple(promise_value(row) for row in self._unit.rows(_OF_TICKET, {"of": ticket_id}))

    def live_of(self, ticket_ids: Collection[int], clock: Clock) -> tuple[Promise, ...]:
        if not ticket_ids:
            return ()
        statement, given = _LIVE_OF.of(list(ticket_ids))
        return tuple(promise_value(row) for row in self._unit.rows(statement, given | {"clock": clock}))

    def add(self, promises: Sequence[Promise]) -> None:
        self._unit.add(promise, [promise_row(each) for each in promises])
        mirror_next_due(self._unit, [each.ticket_id for each in promises])

    def change(self, promises: Sequence[Promise]) -> None:
        rows = []
        for each in sorted(promises, key=lambda each: each.id):
            columns = {f"new_{name}": getattr(each, name) for name in _COLUMNS}
            columns["new_pauses"] = _pauses_column(each)
            rows.append({"of": each.id, "from_version": each.version, **columns})
        if self._unit.change(_CHANGE, rows) != len(rows):
            raise Conflict("A promise was changed meanwhile.")
        mirror_next_due(self._unit, [each.ticket_id for each in promises])

    def due(self, now: datetime, limit: int) -> tuple[Promise, ...]:
        come = promise.c.warn_at <= bindparam("now", now, type_=UTCDateTime())
        earliest_first = select(promise).where(text(LOOKED_AT), come).order_by(promise.c.warn_at, promise.c.id)
        return tuple(promise_value(row) for row in self._unit.rows(earliest_first.limit(limit)))
