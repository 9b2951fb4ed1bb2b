"""Years made by the ``holidays`` package or read from iCalendar, and how they come into a file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.domain.calendar_sheet import DayKind, year_days
from core.domain.errors import BadInput
from core.settings.calendar_year import CalendarYear, generate_year, read_icalendar, with_year
from core.settings.calendars import read_builtin_calendars, read_calendar, shipped_calendar

CN = read_builtin_calendars()["cn"]
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20271001\r\nDTEND;VALUE=DATE:20271008\r\nSUMMARY:国庆节（休）\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20271009\r\nSUMMARY:国庆节\r\n  补班\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART:20271009T090000Z\r\nSUMMARY:会议\r\nEND:VEVENT\r\n"
    "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261001\r\nSUMMARY:去年\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_the_shipped_days_are_those_of_another_source(year: int) -> None:
    """Every single date of a published year is worked or free as the ``holidays`` package has it."""
    known, day = generate_year(year), date(year, 1, 1)
    assert not known.provisional
    while day.year == year:
        free = day in known.holidays or (day.weekday() >= 5 and day not in known.makeup_days)
        assert free is not bool(CN.windows_of(day)), day
        day += timedelta(days=1)


def test_a_year_that_nobody_announced_is_provisional() -> None:
    """The days of the law, each marked; no working weekend; the calendar is not known for that year."""
    year = generate_year(2027)
    assert year.provisional == set(year.holidays)
    assert year.makeup_days == ()
    assert ("春节", date(2027, 2, 5), date(2027, 2, 10)) in year.spans()
    assert CN.known_until == date(2026, 12, 31)
    assert {day.day for day in year_days(CN, 2027) if day.kind is DayKind.PROVISIONAL} == year.provisional


def test_the_arithmetic_says_that_a_day_is_provisional() -> None:
    """A reader of the due time must know that it may still move."""
    start = CN.next_working(CN.add_working(CN.next_working(_at(2027, 2, 4, 17)), 1))
    parts = CN.intervals(start, CN.add_working(start, 120))
    assert [part.why for part in parts if not part.counts] == ["下班时间", "春节（暂定）", "下班时间"]
    assert all("2027 年放假安排未公布" in part.why for part in parts if part.counts)


def _at(year: int, month: int, day: int, hour: int):
    from datetime import datetime

    return datetime(year, month, day, hour, tzinfo=CN.tz)


def test_other_countries_are_known_by_their_law() -> None:
    """Germany's holidays need no announcement; a part of it may have more of them."""
    land = generate_year(2027, "DE", "BE")
    assert date(2027, 3, 8) in land.holidays
    assert not land.provisional
    assert date(2027, 3, 8) not in generate_year(2027, "DE").holidays
    with pytest.raises(BadInput):
        generate_year(2027, "XX")


def test_a_year_goes_into_a_file_and_the_rest_stays() -> None:
    """Comments, order and other years are untouched; doing it twice changes nothing."""
    content = shipped_calendar("cn")
    assert content is not None
    year = CalendarYear(year=2028, holidays={date(2028, 1, 1): "元旦"}, makeup_days=(date(2028, 1, 8),))
    changed = with_year(content, year)
    added = [line for line in changed.splitlines() if line not in content.splitlines()]
    assert added == ["  2028:", "    元旦: 2028-01-01", "  2028: [2028-01-08]"]
    assert set(content.splitlines()) <= set(changed.splitlines())
    assert with_year(changed, year) == changed
    calendar, problems = read_calendar(changed, "calendars/cn.yaml")
    assert calendar is not None and problems == ()
    assert calendar.windows_of(date(2028, 1, 8))


def test_an_announced_year_replaces_the_provisional_one() -> None:
    """The mark goes with the days that wore it."""
    content = shipped_calendar("cn")
    assert content is not None
    changed = with_year(content, read_icalendar(ICS, 2027))
    calendar, problems = read_calendar(changed, "calendars/cn.yaml")
    assert calendar is not None and problems == ()
    assert not calendar.provisional
    assert calendar.known_until == date(2027, 12, 31)
    assert not calendar.windows_of(date(2027, 10, 7))
    assert calendar.windows_of(date(2027, 10, 9))


def test_icalendar_events_become_days() -> None:
    """Whole days of that year only; a folded summary that says 补班 is worked."""
    year = read_icalendar(ICS, 2027)
    assert year.spans() == (("国庆节", date(2027, 10, 1), date(2027, 10, 7)),)
    assert year.makeup_days == (date(2027, 10, 9),)


@pytest.mark.parametrize("content", ["", "BEGIN:VCARD\nEND:VCARD\n", ICS.replace("2027", "2031")])
def test_a_file_without_days_is_refused(content: str) -> None:
    """Rather than emptying the year."""
    with pytest.raises(BadInput):
        read_icalendar(content, 2027)


def test_a_part_in_flow_style_is_refused_in_words() -> None:
    """Lines are written, so there must be lines."""
    with pytest.raises(BadInput, match="several lines"):
        with_year("zone: UTC\nweek: {mon: 09:00-10:00}\nholidays: {}\n", generate_year(2027))


def test_the_kinds_of_days_of_a_year() -> None:
    """365 dates, each of one kind."""
    days = year_days(CN, 2026)
    count = {kind: sum(day.kind is kind for day in days) for kind in DayKind}
    assert len(days) == 365
    assert count[DayKind.MAKEUP] == 6
    assert count[DayKind.PROVISIONAL] == 0
    assert sum(bool(day.windows) for day in days) == 248


@pytest.mark.parametrize("name", ["Tag: eins", "- 节", "{a}", '"x', "#1 May", "[休", "&a", "O'Neil's day", "* 春"])
def test_any_name_of_a_holiday_is_read_back(name: str) -> None:
    """Whatever a foreign file calls it."""
    content = shipped_calendar("cn")
    assert content is not None
    changed = with_year(content, CalendarYear(year=2028, holidays={date(2028, 1, 1): name}))
    calendar, problems = read_calendar(changed, "calendars/cn.yaml")
    assert calendar is not None and problems == () and calendar.holidays[date(2028, 1, 1)] == name
    assert with_year(changed, CalendarYear(year=2028, holidays={date(2028, 1, 1): name})) == changed


@pytest.mark.slow
def test_a_day_that_no_calendar_has_is_no_holiday() -> None:
    """And a file of nothing but beginnings is read in no time."""
    bad = ICS.replace("20271001", "20271399")
    assert date(2027, 10, 9) in read_icalendar(bad, 2027).makeup_days
    with pytest.raises(BadInput):
        read_icalendar("BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\n" * 250_000, 2027)
