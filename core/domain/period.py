"""The periods that figures are counted for: a day, week, month, quarter or year of the desk's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.domain.errors import BadInput

YEARS = range(2001, 9000)
"""Beyond them there is nothing to count, and instants come to their end. The first begins with a Monday: no period that
may be asked for begins before it."""
_ONE_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """``first`` is its first day, a Monday of a week."""

    kind: PeriodKind
    first: date

    @property
    def last(self) -> date:
        """The day before the next one begins."""
        return self.later.first - _ONE_DAY

    @property
    def later(self) -> Period:
        """The period that follows."""
        return _period(self.kind, self.first + timedelta(days=_DAYS[self.kind]))

    @property
    def earlier(self) -> Period:
        """The period before."""
        return _period(self.kind, self.first - _ONE_DAY)

    @property
    def may_be_asked(self) -> bool:
        return self.first.year in YEARS

    def begin(self, zone: ZoneInfo) -> datetime:
        """The UTC instant at which its first day begins there."""
        return _midnight(self.first, zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The UTC instant at which it is over there."""
        return _midnight(self.later.first, zone)

    @property
    def parts(self) -> tuple[Period, ...]:
        """What it is looked at by: a week and a month by days, a quarter by weeks, a year by months, a day as a whole.
        Weeks at the ends of a quarter belong to it in part only."""
        kind = _PARTS[self.kind]
        parts = [_period(kind, self.first)]
        while parts[-1].last < self.last:
            parts.append(parts[-1].later)
        return tuple(parts)


_DAYS = {
    PeriodKind.DAY: 1,
    PeriodKind.WEEK: 7,
    PeriodKind.MONTH: 31,
    PeriodKind.QUARTER: 92,
    PeriodKind.YEAR: 366,
}
"""So many days after the first one the next period has begun, and the one after it has not."""
_PARTS = {
    PeriodKind.DAY: PeriodKind.DAY,
    PeriodKind.WEEK: PeriodKind.DAY,
    PeriodKind.MONTH: PeriodKind.DAY,
    PeriodKind.QUARTER: PeriodKind.WEEK,
    PeriodKind.YEAR: PeriodKind.MONTH,
}


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of that kind in which the day lies. Raises ``BadInput`` for a year that nobody means."""
    if day.year not in YEARS:
        raise BadInput(f"{day.isoformat()}: {YEARS.start} – {YEARS.stop - 1}")
    return _period(kind, day)


def _period(kind: PeriodKind, day: date) -> Period:
    match kind:
        case PeriodKind.DAY:
            first = day
        case PeriodKind.WEEK:
            first = day - timedelta(days=day.weekday())
        case PeriodKind.MONTH:
            first = day.replace(day=1)
        case PeriodKind.QUARTER:
            first = day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case PeriodKind.YEAR:
            first = day.replace(month=1, day=1)
    return Period(kind=kind, first=first)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
