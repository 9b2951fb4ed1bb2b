"""How each rule did in the last days, from what is counted by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from core.domain.figures import RuleCount, day_number
from huiying.flows.backtest import share
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from rules.rule import Rule, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """``whole`` counts the rule's hits, None when there was none; ``fields`` what it set, or on trial would have."""

    whole: RuleCount | None = None
    fields: tuple[RuleCount, ...] = ()

    @property
    def hits(self) -> int:
        return self.whole.hits if self.whole else 0

    @property
    def overridden(self) -> int:
        return self.whole.overridden if self.whole else 0

    @property
    def errors(self) -> int:
        return self.whole.errors if self.whole else 0

    def as_json(self) -> dict[str, Any]:
        return {
            "hits": self.hits,
            "overridden": self.overridden,
            "errors": self.errors,
            "last": self.whole.last.isoformat().replace("+00:00", "Z") if self.whole else None,
            "fields": [field_json(one) for one in self.fields],
        }


NO_FIGURES = RuleFigures()


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresOf:
    """The figures of ``days`` days, by the rule's id and whether it was on trial."""

    days: int
    found: Mapping[tuple[str, bool], RuleFigures] = field(default_factory=dict)

    def of(self, rule: Rule) -> RuleFigures:
        """As it stands now: a rule that is active is not judged by its trial."""
        return self.found.get((rule.id, rule.status is Status.TRIAL), NO_FIGURES)

    def as_json_of(self, rule: Rule) -> list[dict[str, Any]]:
        return [field_json(one) for one in self.of(rule).fields]


def field_json(one: RuleCount) -> dict[str, Any]:
    """A field's counts with the share of agents' words that agree and its 95 % interval."""
    return {
        "field": one.field,
        "sets": one.sets,
        "decided": one.decided,
        "agreed": one.agreed,
        "precision": share(one.agreed, one.decided),
        "changed": one.changed,
        "changed_decided": one.changed_decided,
        "changed_agreed": one.changed_agreed,
        "changed_precision": share(one.changed_agreed, one.changed_decided),
    }


def rule_figures(ctx: Context, desk: Desk, *spans: int) -> tuple[FiguresOf, ...]:
    """For each number of days, today included."""
    today = ctx.now().astimezone(desk.calendar.tz).date()
    with ctx.store.read() as tx:
        return tuple(_of(days, tx.figures.since(_first_day(today, days))) for days in spans)


def _first_day(today: date, days: int) -> int:
    return day_number(today - timedelta(days=days - 1))


def _of(days: int, counts: tuple[RuleCount, ...]) -> FiguresOf:
    keys = dict.fromkeys((one.rule, one.trial) for one in counts)
    parts: dict[tuple[str, bool], list[RuleCount]] = {key: [] for key in keys}
    for one in counts:
        parts[one.rule, one.trial].append(one)
    return FiguresOf(days=days, found={key: _figures(found) for key, found in parts.items()})


def _figures(counts: list[RuleCount]) -> RuleFigures:
    whole = next((one for one in counts if not one.field), None)
    return RuleFigures(whole=whole, fields=tuple(one for one in counts if one.field))
