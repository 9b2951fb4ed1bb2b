"""Timers 定时 of tickets, found by the instant at which they are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.timer import RuleTimer, Timer, TimerKind
from store.prepared import Prepared
from store.tables import rule_timer, timer
from store.unit import Unit

_DROP = Prepared(timer.delete().where(timer.c.ticket_id == bindparam("of")))
_DROP_RULES = Prepared(rule_timer.delete().where(rule_timer.c.ticket_id == bindparam("of")))


def timer_value(row: Row[Any]) -> Timer:
    return Timer(id=row.id, ticket_id=row.ticket_id, kind=TimerKind(row.kind), at=row.at, because=row.because)


_OF_TICKET = Prepared(select(timer).where(timer.c.ticket_id == bindparam("of")).order_by(timer.c.at, timer.c.id))


def timers_of(unit: Unit, ticket_id: int) -> tuple[Timer, ...]:
    rows = unit.rows(_OF_TICKET, {"of": ticket_id})
    return tuple(timer_value(row) for row in rows)


class SqlTimers:
    """Conforms to ``huiying.flows.ports.Timers``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_ticket(self, ticket_id: int) -> tuple[Timer, ...]:
        return timers_of(self._unit, ticket_id)

    def set(self, ticket_id: int, timers: Sequence[Timer]) -> None:
        self._unit.change(_DROP, {"of": ticket_id}, quiet=True)
        rows: list[dict[str, Any]] = [
            {"id": one.id, "ticket_id": one.ticket_id, "kind": one.kind, "at": one.at, "because": one.because}
            for one in timers
        ]
        self._unit.add(timer, rows)

    def drop(self, timer_id: int) -> bool:
        return bool(self._unit.change(timer.delete().where(timer.c.id == timer_id)))

    def due(self, now: datetime, limit: int) -> tuple[Timer, ...]:
        come = select(timer).where(timer.c.at <= now).order_by(timer.c.at, timer.c.id).limit(limit)
        return tuple(timer_value(row) for row in self._unit.rows(come))

    def set_rules(self, ticket_id: int, timers: Sequence[RuleTimer]) -> None:
        self._unit.change(_DROP_RULES, {"of": ticket_id}, quiet=True)
        rows = [{"id": one.id, "ticket_id": one.ticket_id, "rule": one.rule, "at": one.at} for one in timers]
        self._unit.add(rule_timer, rows)

    def drop_rule(self, timer_id: int) -> bool:
        return bool(self._unit.change(rule_timer.delete().where(rule_timer.c.id == timer_id)))

    def rules_due(self, now: datetime, limit: int) -> tuple[RuleTimer, ...]:
        c = rule_timer.c
        come = select(rule_timer).where(c.at <= now).order_by(c.at, c.id).limit(limit)
        return tuple(
            RuleTimer(id=row.id, ticket_id=row.ticket_id, rule=row.rule, at=row.at) for row in self._unit.rows(come)
        )
