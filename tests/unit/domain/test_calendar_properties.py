"""What holds of every calendar and every instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.calendar import BusinessCalendar, Window

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
INSTANTS = st.integers(0, int((LAST - FIRST).total_seconds())).map(lambda s: FIRST + timedelta(seconds=s))
MINUTES = st.integers(1, 4000)
REACH = timedelta(days=45)


@st.composite
def windows(draw: st.DrawFn) -> tuple[Window, ...]:
    ends = draw(st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted))
    return tuple(Window(start=one, end=other) for one, other in zip(ends[::2], ends[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """Any week with at least one working day, some holidays and make-up days, in zones with and without changes."""
    day = draw(windows())
    week = [draw(st.one_of(st.just(()), windows())) for _ in range(6)]
    days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    return BusinessCalendar(
        name="any",
        zone=draw(
            st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
        ),
        week=(day, *week),
        holidays=draw(st.dictionaries(days, st.just("节"), max_size=8)),
        makeup_days=draw(st.dictionaries(days, st.one_of(st.none(), windows()), max_size=8)),
    )


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(calendars(), INSTANTS, MINUTES, MINUTES)
def test_splitting_adds_up(calendar: BusinessCalendar, start: datetime, one: int, other: int) -> None:
    """Counting twice is counting once: due(due(s, a), b) = due(s, a + b)."""
    short = BusinessCalendar.add_working
    one, other = one % 300 + 1, other % 300 + 1
    if calendar.working_between(start, start + REACH) < timedelta(minutes=one + other):
        return
    assert short(calendar, short(calendar, start, one), other) == short(calendar, start, one + other)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(calendars(), INSTANTS, INSTANTS, MINUTES)
def test_a_later_start_is_never_due_earlier(
    calendar: BusinessCalendar, one: datetime, other: datetime, minutes: int
) -> None:
    """Due times are monotone in the start."""
    early, minutes = min(one, other), minutes % 300 + 1
    late = min(max(one, other), early + REACH)
    if calendar.working_between(late, late + REACH) < timedelta(minutes=minutes):
        return
    assert calendar.add_working(early, minutes) <= calendar.add_working(late, minutes)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(calendars(), INSTANTS, MINUTES)
def test_the_time_to_a_due_instant_is_what_was_asked_for(
    calendar: BusinessCalendar, start: datetime, minutes: int
) -> None:
    """Adding and measuring are inverse, and the intervals that count sum to the same."""
    minutes = minutes % 300 + 1
    if calendar.working_between(start, start + REACH) < timedelta(minutes=minutes):
        return
    due = calendar.add_working(start, minutes)
    assert calendar.working_between(start, due) == timedelta(minutes=minutes)
    found = calendar.intervals(start, due)
    assert sum(((i.to - i.from_) for i in found if i.counts), timedelta()) == timedelta(minutes=minutes)
    assert (found[0].from_, found[-1].to) == (start, due)
    assert all(one.to == other.from_ for one, other in pairwise(found))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(calendars(), INSTANTS, INSTANTS, INSTANTS)
def test_working_time_is_additive(calendar: BusinessCalendar, one: datetime, two: datetime, three: datetime) -> None:
    """From a to c is from a to b and from b to c."""
    a, b, c = sorted((one, two, three))
    b, c = min(b, a + REACH), min(c, a + 2 * REACH)
    assert calendar.working_between(a, c) == calendar.working_between(a, b) + calendar.working_between(b, c)
    assert calendar.working_between(c, a) == timedelta()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(calendars(), INSTANTS, MINUTES, st.integers(0, 20), windows())
def test_a_make_up_day_never_makes_it_later(
    calendar: BusinessCalendar, start: datetime, minutes: int, ahead: int, hours: tuple[Window, ...]
) -> None:
    """A day that was free is worked instead: what was due before it stays, what was due after it comes nearer."""
    day, minutes = start.astimezone(calendar.tz).date() + timedelta(days=ahead), minutes % 600 + 1
    if calendar.windows_of(day) or calendar.working_between(start, start + REACH) < timedelta(minutes=minutes):
        return
    more = replace(calendar, makeup_days={**calendar.makeup_days, day: hours})
    before, after = calendar.add_working(start, minutes), more.add_working(start, minutes)
    assert after <= before
    if before < datetime.combine(day, time(), tzinfo=calendar.tz):
        assert after == before
