"""Timers 定时 of tickets, found by the instant at which they are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.decision import Occasion
from core.domain.ids import first_id_at
from core.domain.ticket import State
from core.domain.timer import RuleTimer, Timer, TimerKind
from store.prepared import Prepared
from store.tables import audit, decision, rule_timer, ticket, timer
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

    def add_rules(self, timers: Sequence[RuleTimer]) -> None:
        rows = [{"id": one.id, "ticket_id": one.ticket_id, "rule": one.rule, "at": one.at} for one in timers]
        self._unit.add_new(rule_timer, rows, "ticket_id", "rule")

    def standing(self, state: State, since: datetime, limit: int) -> tuple[tuple[int, datetime | None], ...]:
        c = ticket.c
        query = select(c.id, c.received, c.resolved, c.closed).where(c.state == state.value, c.id >= first_id_at(since))
        rows = self._unit.rows(query.order_by(c.id.desc()).limit(limit))
        if state is State.NEW:
            return tuple((row.id, row.received) for row in rows)
        moved = self._moved([row.id for row in rows], state)
        return tuple((row.id, row.closed or row.resolved or moved.get(row.id)) for row in rows)

    def _moved(self, tickets: Sequence[int], state: State) -> dict[int, datetime]:
        """When the trail says that they came into that state, as far as its last word on a state is this one."""
        named = [f"ticket:{one}" for one in tickets]
        lines = self._unit.rows(select(audit).where(audit.c.subject.in_(named)).order_by(audit.c.id)) if named else ()
        last: dict[int, tuple[str, datetime]] = {}
        for line in lines:
            details = dict(line.details)
            if "state" in details and line.action.startswith("ticket."):
                last[int(line.subject.partition(":")[2])] = (details["state"], line.at)
        return {one: at for one, (word, at) in last.items() if word == state.value}

    def acted(self, rule: str, tickets: Sequence[int]) -> frozenset[int]:
        c = decision.c
        query = select(c.ticket_id, c.hits).where(c.ticket_id.in_(tickets), c.occasion == Occasion.AFTER.value)
        rows = self._unit.rows(query) if tickets else ()
        return frozenset(
            row.ticket_id for row in rows if any(hit["id"] == rule and not hit.get("trial") for hit in row.hits)
        )

    def drop_rule(self, timer_id: int) -> bool:
        return bool(self._unit.change(rule_timer.delete().where(rule_timer.c.id == timer_id)))

    def rules_due(self, now: datetime, limit: int) -> tuple[RuleTimer, ...]:
        c = rule_timer.c
        come = select(rule_timer).where(c.at <= now).order_by(c.at, c.id).limit(limit)
        return tuple(
            RuleTimer(id=row.id, ticket_id=row.ticket_id, rule=row.rule, at=row.at) for row in self._unit.rows(come)
        )
