"""How figures stand on a page: their value, the change against the period before, and the address of their tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from core.domain.period import Period, PeriodKind
from huiying.console.words import Words
from huiying.flows.figure_kinds import BY_KEY, Unit
from huiying.flows.report import Figure, Step
from huiying.flows.report_words import NOTHING

COLUMNS = (
    "received", "closed", "response_on_time", "resolution_rate", "first_time_resolution", "satisfaction",
    "first_response_mean", "tasks_on_time", "overdue", "backlog",
)  # fmt: skip
"""What is told of each team and agent."""

EVERYBODY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``change`` against the period before in words, '' where there is none; ``tone`` is better, worse or ''."""

    label: str
    value: str
    detail: str
    address: str
    change: str = ""
    tone: str = ""


def shown(
    t: Words, figure: Figure, period: Period, *, before: Figure | None = None, having: Mapping[str, str] = EVERYBODY
) -> Shown:
    """``before`` is the figure of a period that it can be compared with."""
    change, tone = _change(t, figure, before) if before else ("", "")
    return Shown(
        label=figure.kind.label(t.language),
        value=value_words(t, figure),
        detail=_detail(t, figure),
        address=tickets_address(period, figure.kind.key, having),
        change=change,
        tone=tone,
    )


def shown_row(t: Words, figures: tuple[Figure, ...], period: Period, having: Mapping[str, str]) -> tuple[Shown, ...]:
    """A team's or an agent's figures in the order of ``COLUMNS``."""
    by_key = {figure.kind.key: figure for figure in figures}
    return tuple(shown(t, by_key[key], period, having=having) for key in COLUMNS)


def column_labels(t: Words) -> tuple[str, ...]:
    return tuple(BY_KEY[key].label(t.language) for key in COLUMNS)


def value_words(t: Words, figure: Figure) -> str:
    value = figure.shown
    if value is None:
        return NOTHING
    match figure.kind.unit:
        case Unit.SHARE:
            return f"{value:.1%}"
        case Unit.SCORE:
            return f"{value:.2f}"
        case Unit.SECONDS:
            return t.span(timedelta(seconds=value))
        case Unit.COUNT:
            return f"{value:.0f}"


def counted_words(t: Words, unit: Unit, counted: float) -> str:
    """What one ticket adds to a figure."""
    if unit is Unit.SECONDS:
        return t.span(timedelta(seconds=counted))
    if unit is Unit.SCORE:
        return t("report.score", score=f"{counted:g}" if counted == int(counted) else f"{counted:.2f}")
    return t("report.counts" if counted else "report.counts-not") if unit is Unit.SHARE else ""


def address(period: Period, path: str = "", **more: str) -> str:
    query = {"kind": period.kind.value, "day": period.first.isoformat()} | more
    return f"/reports{path}?{urlencode(query)}"


def tickets_address(period: Period, key: str, having: Mapping[str, str]) -> str:
    return address(period, "/tickets", figure=key, **having)


def period_words(t: Words, period: Period) -> str:
    """The period by its name where it has one, else by its days."""
    first, last = period.first, period.last
    if period.kind is PeriodKind.QUARTER:
        return t("report.quarter", year=first.year, quarter=(first.month + 2) // 3)
    if period.kind is PeriodKind.WEEK:
        return t("report.span", first=first.isoformat(), last=last.isoformat())
    return first.isoformat()[: {PeriodKind.DAY: 10, PeriodKind.MONTH: 7, PeriodKind.YEAR: 4}[period.kind]]


def age_words(t: Words, days: int) -> str:
    """So many days at most; 0 for more than the longest."""
    return t("report.age.up-to", days=days) if days else t("report.age.older")


def step_words(period: Period, step: Step) -> str:
    """A day of a month by its number, a month of a year by its own, any other part by its first day."""
    first = step.part.first
    if period.kind is PeriodKind.MONTH:
        return str(first.day)
    return str(first.month) if period.kind is PeriodKind.YEAR else f"{first:%m-%d}"


def _detail(t: Words, figure: Figure) -> str:
    if figure.kind.unit is Unit.COUNT:
        return ""
    if figure.kind.unit is Unit.SCORE:
        return t("report.votes", count=figure.of)
    if figure.kind.unit is Unit.SECONDS:
        return t("report.tickets", count=figure.of)
    share = t("report.of", value=f"{figure.value or 0:.0f}", of=figure.of)
    return f"{share} · {t('report.extended', count=figure.extended)}" if figure.extended else share


def _change(t: Words, figure: Figure, before: Figure) -> tuple[str, str]:
    now, then = figure.shown, before.shown
    if now is None or then is None:
        return "", ""
    by = _difference(t, figure.kind.unit, abs(now - then))
    if by is None:
        return t("report.same"), ""
    good = figure.kind.better * (now - then)
    tone = "better" if good > 0 else "worse" if good < 0 else ""
    return f"{'▲' if now > then else '▼'} {by}", tone


def _difference(t: Words, unit: Unit, by: float) -> str | None:
    """None when it is too small to be seen."""
    if unit is Unit.SHARE:
        return t("report.points", points=f"{100 * by:.1f}") if by >= 0.0005 else None
    if unit is Unit.SECONDS:
        return t.span(timedelta(seconds=by)) if by >= 30 else None
    digits = 2 if unit is Unit.SCORE else 0
    return f"{by:.{digits}f}" if round(by, digits) else None
