"""Counts by week how the suggestions did, and says in words when that has changed beyond noise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from core.domain.learning import WeekFigures
from core.domain.suggestion import Suggestion
from core.domain.taxonomy import Taxonomy
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

LEASE, LEASE_S = "weeks", 120.0
SETTLED = timedelta(minutes=2)
"""What is younger may be followed by a row with a smaller id, whose transaction took longer."""
BATCH = 500
SHOWN = 12
"""So many weeks are shown."""
COMPARED = 4
"""A week is compared with so many before it."""
FEWEST = 30
"""Fewer in either say nothing."""
LEAST = 0.08
_SURE = 2.576
"""A difference as large by chance comes once in a hundred weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What changed in a week: a code, and the figure now and before."""

    code: str
    week: str
    now: float
    before: float

    def words(self, language: str) -> str:
        zh, en = _WORDS[self.code]
        return (en if language.startswith("en") else zh).format(now=f"{self.now:.0%}", before=f"{self.before:.0%}")


_WORDS = {
    "drift-accepted": (
        "无需人工的预判从 {before} 降到 {now}，请查看模型",
        "Suggestions accepted without an agent fell from {before} to {now}: look at the model",
    ),
    "drift-agreement": (
        "客服认同的预判从 {before} 降到 {now}，请查看模型",
        "Agents agree with {now} of the suggestions, before with {before}: look at the model",
    ),
    "drift-unseen": (
        "来信中模型没见过的词从 {before} 升到 {now}：业务可能变了",
        "Words that the model never saw rose from {before} to {now}: customers speak of something new",
    ),
}


def count_weeks(ctx: Context) -> int:
    """Counts what was decided and judged since the last time, at most a batch of each; how many there were."""
    with ctx.store.write() as tx:
        if ctx.worker and not tx.workers.lease(LEASE, ctx.worker, LEASE_S):
            return 0
    until = ctx.now() - SETTLED
    with ctx.store.read() as tx:
        last_decision, last_correction = tx.weeks.counted()
        made = tx.weeks.suggestions(last_decision, until, BATCH)
        said = tx.weeks.verdicts(last_correction, until, BATCH)
    if not made and not said:
        return 0
    desk = ctx.desk()
    found = figures(made, said, desk.taxonomy, ZoneInfo(desk.calendar.zone))
    ends = made[-1][0] if made else last_decision, said[-1][0] if said else last_correction
    with ctx.store.write() as tx:
        tx.weeks.add(found, *ends)
    return len(made) + len(said)


def figures(
    made: Iterable[tuple[int, datetime, Suggestion]],
    said: Iterable[tuple[int, datetime, Mapping[str, str], Suggestion]],
    taxonomy: Taxonomy,
    zone: ZoneInfo,
) -> dict[str, WeekFigures]:
    """The figures of each week that they fall into, even one of which nothing can be said."""
    weeks: dict[str, WeekFigures] = {}
    for _, at, suggestion in made:
        field = suggestion.fields.get("type")
        spoke = field is not None or bool(suggestion.because and suggestion.model)
        _add(
            weeks,
            week_of(at, zone),
            suggested=int(spoke),
            accepted=int(field is not None and field.accepted),
            known=suggestion.known if spoke else 0.0,
        )
    for _, at, values, suggestion in said:
        spoken = {name: field.value for name, field in suggestion.fields.items() if name in values}
        agreed = sum(_same(taxonomy, name, value, values[name]) for name, value in spoken.items())
        _add(weeks, week_of(at, zone), judged=len(spoken), agreed=agreed)
    return weeks


def week_of(at: datetime, zone: ZoneInfo) -> str:
    year, week, _ = at.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def alarms(weeks: Sequence[WeekFigures]) -> tuple[Drift, ...]:
    """What changed for the worse in the newest week that has enough to say, against those before; newest first."""
    found: list[Drift] = []
    for code, part, whole, sign in _LOOKED_AT:
        enough = [(each, whole(each)) for each in weeks if whole(each) >= FEWEST]
        if len(enough) < 2 or enough[0][0] not in weeks[:2]:
            continue
        (newest, count), earlier = enough[0], enough[1 : COMPARED + 1]
        then_count = sum(n for _, n in earlier)
        now, then = part(newest) / count, sum(part(each) for each, _ in earlier) / then_count
        mean = (part(newest) + then * then_count) / (count + then_count)
        noise = sqrt(max(mean * (1 - mean), 0.0) * (1 / count + 1 / then_count))
        if sign * (now - then) > max(LEAST, _SURE * noise):
            found.append(Drift(code=code, week=newest.week, now=now, before=then))
    return tuple(found)


def recent_alarms(tx: Transaction) -> tuple[Drift, ...]:
    return alarms(tx.weeks.newest(COMPARED + 2))


def week_json(week: WeekFigures) -> dict[str, Any]:
    """A week as the API and ``models weeks`` tell it; shares are null when there was nothing to count."""
    shares = {"accepted": week.accepted_share, "agreement": week.agreement, "unseen": week.unseen}
    rounded = {name: None if share is None else round(share, 4) for name, share in shares.items()}
    return {"week": week.week, "suggested": week.suggested, "judged": week.judged, **rounded}


_Part: TypeAlias = Callable[[WeekFigures], float]
_Whole: TypeAlias = Callable[[WeekFigures], int]
_LOOKED_AT: tuple[tuple[str, _Part, _Whole, int], ...] = (
    ("drift-accepted", lambda week: week.accepted, lambda week: week.suggested, -1),
    ("drift-agreement", lambda week: week.agreed, lambda week: week.judged, -1),
    ("drift-unseen", lambda week: week.suggested - week.known, lambda week: week.suggested, 1),
)
"""(code, what is counted, of how many, which way is worse)."""


def _add(weeks: dict[str, WeekFigures], week: str, **more: float) -> None:
    weeks[week] = weeks.get(week, WeekFigures(week=week)) + WeekFigures(week=week, **more)  # type: ignore[arg-type]


def _same(taxonomy: Taxonomy, field: str, one: str, other: str) -> bool:
    first, second = taxonomy.find(field, one), taxonomy.find(field, other)
    return one == other or (first is not None and first == second)
