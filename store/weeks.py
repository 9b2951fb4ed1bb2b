"""How the model did week by week, and what has not been counted yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from core.domain.correction import CorrectionKind
from core.domain.ids import first_id_at
from core.domain.learning import WeekFigures
from core.domain.suggestion import Suggestion
from store.plain import from_plain
from store.tables import correction, decision, model_week
from store.unit import Unit

_COUNTED = ("suggested", "accepted", "known", "judged", "agreed")


def week_value(row: Row[Any]) -> WeekFigures:
    return WeekFigures(week=row.week, **{name: getattr(row, name) for name in _COUNTED})


class SqlWeeks:
    """Conforms to ``huiying.flows.registry.Weeks``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def newest(self, limit: int) -> tuple[WeekFigures, ...]:
        rows = self._unit.rows(select(model_week).order_by(model_week.c.week.desc()).limit(limit))
        return tuple(week_value(row) for row in rows)

    def counted(self) -> tuple[int, int]:
        decided, judged = func.max(model_week.c.last_decision), func.max(model_week.c.last_correction)
        row = self._unit.row(select(decided.label("decided"), judged.label("judged")))
        return (row.decided or 0, row.judged or 0) if row else (0, 0)

    def suggestions(self, after: int, until: datetime, limit: int) -> tuple[tuple[int, datetime, Suggestion], ...]:
        c = decision.c
        made = select(c.id, c.at, c.suggestion).where(c.id > after, c.id < first_id_at(until)).order_by(c.id)
        rows = self._unit.rows(made.limit(limit))
        return tuple((row.id, row.at, from_plain(Suggestion, row.suggestion)) for row in rows)

    def verdicts(
        self, after: int, until: datetime, limit: int
    ) -> tuple[tuple[int, datetime, Mapping[str, str], Suggestion], ...]:
        c, d = correction.c, decision.c
        newest = select(func.max(d.id)).where(d.message_id == c.message_id).correlate(correction).scalar_subquery()
        said = (
            select(c.id, c.at, c.kind, c.after, d.suggestion)
            .join(decision, d.id == newest, isouter=True)
            .where(c.id > after, c.id < first_id_at(until))
            .order_by(c.id)
            .limit(limit)
        )
        return tuple(
            (row.id, row.at, {} if row.kind == CorrectionKind.UNDO else dict(row.after), _suggestion(row))
            for row in self._unit.rows(said)
        )

    def add(self, weeks: Mapping[str, WeekFigures], last_decision: int, last_correction: int) -> None:
        for week, more in weeks.items():
            row = {name: getattr(more, name) for name in _COUNTED}
            row |= {"week": week, "last_decision": last_decision, "last_correction": last_correction}
            insert = self._unit.insert(model_week).values(row)
            sums: dict[str, Any] = {name: model_week.c[name] + insert.excluded[name] for name in _COUNTED}
            ends = {name: insert.excluded[name] for name in ("last_decision", "last_correction")}
            over = insert.on_conflict_do_update(index_elements=["week"], set_=sums | ends)
            self._unit.change(over, quiet=True)


def _suggestion(row: Row[Any]) -> Suggestion:
    return from_plain(Suggestion, row.suggestion) if row.suggestion else Suggestion(model="")
