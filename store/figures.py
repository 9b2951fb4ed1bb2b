"""Figures of rules: counts by day, and the marks up to which what happened is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select, text

from core.domain.correction import Correction
from core.domain.decision import Occasion
from core.domain.errors import Conflict
from core.domain.figures import COUNTS, FiledDecision, RuleCount
from store.corrections import correction_value
from store.tables import correction, counted_mark, decision, rule_day
from store.tables.figures import FAILING
from store.ticket_rows import decision_value
from store.unit import Unit

_KEY = ("day", "rule", "field", "trial")


class SqlFigures:
    """Conforms to ``huiying.flows.figures.Figures``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def counted(self, what: str) -> int:
        return int(self._unit.value(select(counted_mark.c.last_id).where(counted_mark.c.what == what)) or 0)

    def advance(self, what: str, old: int, new: int) -> None:
        if old:
            mark = counted_mark.update().where(counted_mark.c.what == what, counted_mark.c.last_id == old)
            done = bool(self._unit.change(mark.values(last_id=new), quiet=True))
        else:
            mark = self._unit.insert(counted_mark).values(what=what, last_id=new).on_conflict_do_nothing()
            # Not every driver counts the rows of an insert.
            done = bool(self._unit.changed(mark.returning(counted_mark.c.what), quiet=True))
        if not done:
            raise Conflict(f"The {what} are being counted by somebody else.")

    def decisions(self, after: int, before: int, limit: int) -> tuple[FiledDecision, ...]:
        between = select(decision).where(decision.c.id > after, decision.c.id < before)
        return tuple(_filed(row) for row in self._unit.rows(between.order_by(decision.c.id).limit(limit)))

    def decision_on(self, message_id: int) -> FiledDecision | None:
        on_arrival = decision.c.occasion == Occasion.ARRIVAL.value
        made = select(decision).where(decision.c.message_id == message_id, on_arrival)
        row = self._unit.row(made.order_by(decision.c.id.desc()).limit(1))
        return None if row is None else _filed(row)

    def decisions_later(self, ticket_id: int) -> tuple[FiledDecision, ...]:
        c = decision.c
        later = select(decision).where(c.ticket_id == ticket_id, c.occasion != Occasion.ARRIVAL.value)
        return tuple(_filed(row) for row in self._unit.rows(later.order_by(c.id)))

    def corrections(self, after: int, before: int, limit: int) -> tuple[Correction, ...]:
        between = select(correction).where(correction.c.id > after, correction.c.id < before)
        return tuple(correction_value(row) for row in self._unit.rows(between.order_by(correction.c.id).limit(limit)))

    def add(self, counts: Sequence[RuleCount]) -> None:
        names = (*_KEY, *COUNTS, "last")
        statement = self._unit.insert(rule_day).values({name: bindparam(name) for name in names})
        new, old = statement.excluded, rule_day.c
        summed = {name: old[name] + new[name] for name in COUNTS}
        latest = case((new.last > old.last, new.last), else_=old.last)
        upsert = statement.on_conflict_do_update(index_elements=_KEY, set_={**summed, "last": latest})
        rows = [{name: getattr(one, name) for name in names} for one in counts]
        self._unit.change(upsert, rows, quiet=True)

    def since(self, day: int) -> tuple[RuleCount, ...]:
        c = rule_day.c
        sums = [func.sum(c[name]).label(name) for name in COUNTS]
        query = select(c.rule, c.field, c.trial, *sums, func.max(c.last).label("last")).where(c.day >= day)
        rows = self._unit.rows(query.group_by(c.rule, c.field, c.trial).order_by(c.rule, c.field, c.trial))
        return tuple(_sum(row, day) for row in rows)

    def failing(self, day: int, limit: int) -> tuple[tuple[str, int], ...]:
        c, failed = rule_day.c, func.sum(rule_day.c.errors)
        query = select(c.rule, failed.label("failed")).where(text(FAILING), c.day >= day).group_by(c.rule)
        rows = self._unit.rows(query.order_by(failed.desc(), c.rule).limit(limit))
        return tuple((row.rule, int(row.failed)) for row in rows)

    def forget(self, day: int) -> int:
        return self._unit.change(rule_day.delete().where(rule_day.c.day < day), quiet=True)


def _filed(row: Row[Any]) -> FiledDecision:
    return FiledDecision(id=row.id, message_id=row.message_id, decision=decision_value(row))


def _sum(row: Row[Any], day: int) -> RuleCount:
    counts = {name: int(getattr(row, name)) for name in COUNTS}
    return RuleCount(day=day, rule=row.rule, field=row.field, trial=bool(row.trial), last=row.last, **counts)
