"""Periods of the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from core.domain.errors import BadInput
from core.domain.period import PeriodKind, period_of

DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("kind", "earlier", "first", "last"),
    [
        (PeriodKind.DAY, date(2026, 11, 24), DAY, DAY),
        (PeriodKind.WEEK, date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 29)),
        (PeriodKind.MONTH, date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 30)),
        (PeriodKind.QUARTER, date(2026, 7, 1), date(2026, 10, 1), date(2026, 12, 31)),
        (PeriodKind.YEAR, date(2025, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_one_period_of_each_kind(kind: PeriodKind, earlier: date, first: date, last: date) -> None:
    """From its first day to its last; beside it lie the one before and the one after."""
    period = period_of(kind, DAY)
    assert (period.first, period.last, period.earlier.first) == (first, last, earlier)
    assert period.earlier.later == period == period_of(kind, last)


@pytest.mark.parametrize("kind", PeriodKind)
def test_periods_follow_each_other_without_a_gap(kind: PeriodKind) -> None:
    """Each ends where the next begins, over a leap year and every turn of a year."""
    period = period_of(kind, date(2023, 12, 31))
    while period.first < date(2025, 3, 1):
        assert period.end(ZoneInfo("Europe/Berlin")) == period.later.begin(ZoneInfo("Europe/Berlin"))
        assert period_of(kind, period.last) == period
        period = period.later


@pytest.mark.parametrize(
    ("kind", "count", "first"),
    [
        (PeriodKind.DAY, 1, DAY),
        (PeriodKind.WEEK, 7, date(2026, 11, 23)),
        (PeriodKind.MONTH, 30, date(2026, 11, 1)),
        (PeriodKind.QUARTER, 14, date(2026, 9, 28)),
        (PeriodKind.YEAR, 12, date(2026, 1, 1)),
    ],
)
def test_a_period_has_parts(kind: PeriodKind, count: int, first: date) -> None:
    """They follow each other from its first day to its last; weeks hang over both ends of a quarter."""
    period = period_of(kind, DAY)
    parts = period.parts
    assert (len(parts), parts[0].first) == (count, first)
    assert all(one.later == other for one, other in pairwise(parts))
    assert parts[-1].first <= period.last <= parts[-1].last


def test_a_day_begins_at_the_midnight_of_the_zone() -> None:
    """Also where the clocks are changed, so that a day has 23 hours."""
    shanghai = period_of(PeriodKind.DAY, DAY)
    assert shanghai.begin(ZoneInfo("Asia/Shanghai")) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    short = period_of(PeriodKind.DAY, date(2026, 3, 29))
    assert (short.end(berlin) - short.begin(berlin)).total_seconds() == 23 * 3600


@pytest.mark.parametrize("kind", PeriodKind)
@pytest.mark.parametrize("day", [date(2001, 1, 1), date(8999, 12, 31)])
def test_the_first_and_the_last_period_are_whole(kind: PeriodKind, day: date) -> None:
    """They can be asked for by their first day, and have an end, parts and neighbours as all others."""
    period = period_of(kind, day)
    assert period_of(kind, period.first) == period
    assert period.begin(ZoneInfo("Asia/Shanghai")) < period.end(ZoneInfo("Asia/Shanghai"))
    assert period.parts[-1].last >= period.last and period.may_be_asked
    assert period.earlier.may_be_asked is (day.year > 2001) and period.later.may_be_asked is (day.year == 2001)


@pytest.mark.parametrize("day", [date.min, date(2000, 12, 31), date(9000, 1, 1), date.max])
def test_a_day_that_nobody_means_is_refused(day: date) -> None:
    """Before there was anything to count, or where no instant lies beyond."""
    with pytest.raises(BadInput):
        period_of(PeriodKind.DAY, day)
