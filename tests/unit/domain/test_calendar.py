"""Working time and due times, each case worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.calendar import BusinessCalendar, CalendarExhausted, Window, minute_of_day
from core.domain.calendar_sheet import DayKind, year_days

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = (Window.of("09:00", "12:00"), Window.of("13:00", "18:00"))
ALWAYS = (Window.of("00:00", "24:00"),)


def span(name: str, first: date, last: date) -> dict[date, str]:
    days = (last - first).days + 1
    return {first + timedelta(days=number): name for number in range(days)}


def cn() -> BusinessCalendar:
    """The State Council's days of 2025 and 2026 that the cases touch."""
    return BusinessCalendar(
        name="cn", zone="Asia/Shanghai", week=(*(OFFICE,) * 5, (), ()),
        holidays={
            **span("国庆节、中秋节", date(2025, 10, 1), date(2025, 10, 8)),
            **span("元旦", date(2026, 1, 1), date(2026, 1, 3)),
            **span("春节", date(2026, 2, 15), date(2026, 2, 23)),
            **span("国庆节", date(2026, 10, 1), date(2026, 10, 7)),
        },
        makeup_days=dict.fromkeys([
            date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28),
            date(2026, 9, 20), date(2026, 10, 10),
        ]),
        known_until=date(2026, 12, 31),
    )  # fmt: skip


def round_the_clock(zone: str) -> BusinessCalendar:
    return BusinessCalendar(name="always", zone=zone, week=(ALWAYS,) * 7, minutes_per_day=1440)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# 2026-03-05 is a Thursday.
@pytest.mark.parametrize(("start", "minutes", "due"), [
    # within a window, and C's own rows
    ("2026-03-05 10:00", 15, "2026-03-05 10:15"),
    ("2026-03-05 14:20", 120, "2026-03-05 16:20"),
    ("2026-03-05 09:45", 15, "2026-03-05 10:00"),
    ("2026-03-05 09:00", 1, "2026-03-05 09:01"),
    # lunch
    ("2026-03-05 11:50", 15, "2026-03-05 13:05"),
    ("2026-03-05 11:45", 15, "2026-03-05 12:00"),
    ("2026-03-05 12:00", 15, "2026-03-05 13:15"),
    ("2026-03-05 12:30", 15, "2026-03-05 13:15"),
    ("2026-03-05 12:59", 1, "2026-03-05 13:01"),
    ("2026-03-05 13:00", 15, "2026-03-05 13:15"),
    ("2026-03-05 11:00", 120, "2026-03-05 14:00"),
    # ends of windows: a due time is the end, not the next start
    ("2026-03-05 17:45", 15, "2026-03-05 18:00"),
    ("2026-03-05 13:00", 300, "2026-03-05 18:00"),
    ("2026-03-05 09:00", 180, "2026-03-05 12:00"),
    ("2026-03-05 09:00", 181, "2026-03-05 13:01"),
    ("2026-03-05 09:00", 480, "2026-03-05 18:00"),
    ("2026-03-05 17:50", 15, "2026-03-06 09:05"),
    ("2026-03-05 18:00", 15, "2026-03-06 09:15"),
    # night and early morning
    ("2026-03-05 00:00", 15, "2026-03-05 09:15"),
    ("2026-03-05 08:59", 15, "2026-03-05 09:15"),
    ("2026-03-05 23:59", 15, "2026-03-06 09:15"),
    # weekends
    ("2026-03-06 17:50", 15, "2026-03-09 09:05"),
    ("2026-03-06 18:00", 240, "2026-03-09 14:00"),
    ("2026-03-07 10:00", 15, "2026-03-09 09:15"),
    ("2026-03-08 23:59", 480, "2026-03-09 18:00"),
    ("2026-03-06 16:00", 480, "2026-03-09 16:00"),
    # working days: one is 8 working hours, three are 24
    ("2026-03-05 10:00", 480, "2026-03-06 10:00"),
    ("2026-03-05 10:00", 1440, "2026-03-10 10:00"),
    ("2026-03-05 10:00", 2400, "2026-03-12 10:00"),
    ("2026-03-02 09:00", 2400, "2026-03-06 18:00"),
    # National Day 2025: off 1–8 October, Sunday 28 September and Saturday 11 October are worked
    ("2025-09-27 10:00", 15, "2025-09-28 09:15"),
    ("2025-09-30 17:50", 15, "2025-10-09 09:05"),
    ("2025-10-03 12:00", 480, "2025-10-09 18:00"),
    ("2025-10-10 17:00", 120, "2025-10-11 10:00"),
    ("2025-10-10 17:00", 1440, "2025-10-14 17:00"),
    # New Year 2026: Sunday 4 January is worked
    ("2025-12-31 17:30", 60, "2026-01-04 09:30"),
    # Spring Festival 2026: off 15–23 February, Saturdays 14 and 28 are worked
    ("2026-02-13 17:00", 120, "2026-02-14 10:00"),
    ("2026-02-14 17:00", 120, "2026-02-24 10:00"),
    ("2026-02-16 03:00", 15, "2026-02-24 09:15"),
    ("2026-02-13 18:00", 1440, "2026-02-25 18:00"),
    ("2026-02-27 17:00", 480, "2026-02-28 17:00"),
    # National Day 2026: off 1–7 October, Sunday 20 September and Saturday 10 October are worked
    ("2026-09-18 17:50", 15, "2026-09-20 09:05"),
    ("2026-09-30 18:50", 15, "2026-10-08 09:15"),
    ("2026-10-09 17:00", 120, "2026-10-10 10:00"),
    ("2026-10-09 18:00", 960, "2026-10-12 18:00"),
])  # fmt: skip
def test_due_times_in_china(start: str, minutes: int, due: str) -> None:
    """Lunch, nights, weekends, holidays and make-up days are passed over or counted as the calendar says."""
    assert cn().add_working(at(start), minutes) == at(due)
    assert cn().working_minutes_between(at(start), at(due)) == minutes


def test_seconds_are_kept() -> None:
    """A mail at 10:00:30 has until 10:15:30."""
    assert cn().add_working(at("2026-03-05 10:00:30"), 15) == at("2026-03-05 10:15:30")


@pytest.mark.parametrize(("instant", "working"), [
    ("2026-03-05 08:59:59", False), ("2026-03-05 09:00", True), ("2026-03-05 11:59:59", True),
    ("2026-03-05 12:00", False), ("2026-03-05 13:00", True), ("2026-03-05 18:00", False),
    ("2026-03-07 10:00", False), ("2026-10-01 10:00", False), ("2026-10-10 10:00", True),
])  # fmt: skip
def test_a_window_holds_its_start_and_not_its_end(instant: str, working: bool) -> None:
    """09:00 is working time, 12:00 and 18:00 are not; a make-up Saturday is."""
    assert cn().is_working(at(instant)) is working


def test_the_answer_is_the_same_from_any_zone() -> None:
    """The asker's zone does not matter, only the instant."""
    start = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    assert cn().add_working(start, 15) == at("2026-03-05 10:15")
    assert cn().add_working(start.astimezone(NEW_YORK), 15) == at("2026-03-05 10:15")


def test_windows_to_midnight_join_without_a_gap() -> None:
    """24:00 is the next day's 00:00: nothing is lost between them, and a due time at midnight is midnight."""
    calendar = round_the_clock("Asia/Shanghai")
    assert calendar.add_working(at("2026-03-05 23:50"), 10) == at("2026-03-06 00:00")
    assert calendar.add_working(at("2026-03-05 23:50"), 11) == at("2026-03-06 00:01")
    assert calendar.working_minutes_between(at("2026-03-05 00:00"), at("2026-03-07 00:00")) == 2880
    assert len(calendar.intervals(at("2026-03-05 10:00"), at("2026-03-07 10:00"))) == 1


@pytest.mark.parametrize(("zone", "start", "minutes", "due"), [
    # Berlin, 29 March 2026: 02:00 becomes 03:00, the day has 23 hours
    (BERLIN, "2026-03-29 01:30", 60, "2026-03-29 03:30"),
    (BERLIN, "2026-03-29 00:00", 23 * 60, "2026-03-30 00:00"),
    # Berlin, 25 October 2026: 03:00 becomes 02:00, the day has 25 hours
    (BERLIN, "2026-10-25 00:00", 25 * 60, "2026-10-26 00:00"),
    (BERLIN, "2026-10-25 01:30", 150, "2026-10-25 03:00"),
    # New York, 8 March and 1 November 2026
    (NEW_YORK, "2026-03-08 01:30", 60, "2026-03-08 03:30"),
    (NEW_YORK, "2026-11-01 00:00", 25 * 60, "2026-11-02 00:00"),
])  # fmt: skip
def test_minutes_are_real_minutes_when_clocks_change(zone: ZoneInfo, start: str, minutes: int, due: str) -> None:
    """An hour that is skipped is not counted and one that is repeated counts twice."""
    assert round_the_clock(zone.key).add_working(at(start, zone), minutes) == at(due, zone)


@pytest.mark.parametrize(("zone", "friday", "monday"), [
    (BERLIN, "2026-03-27 17:00", "2026-03-30 10:00"), (NEW_YORK, "2026-10-30 17:00", "2026-11-02 10:00"),
])  # fmt: skip
def test_office_hours_stay_at_their_wall_times_over_a_change(zone: ZoneInfo, friday: str, monday: str) -> None:
    """Two working hours from Friday 17:00 end on Monday 10:00 on the wall, whatever the offset did."""
    calendar = BusinessCalendar(name="o", zone=zone.key, week=(*((Window.of("09:00", "18:00"),),) * 5, (), ()))
    assert calendar.add_working(at(friday, zone), 120) == at(monday, zone)


def test_windows_within_a_skipped_hour_do_not_overlap() -> None:
    """Two windows that meet inside the skipped hour still count each instant once."""
    week = ((Window.of("01:00", "02:30"), Window.of("02:30", "04:00")),) * 7
    calendar = BusinessCalendar(name="n", zone="Europe/Berlin", week=week)
    assert calendar.working_minutes_between(at("2026-03-29 00:00", BERLIN), at("2026-03-30 00:00", BERLIN)) == 120
    assert calendar.working_minutes_between(at("2026-10-25 00:00", BERLIN), at("2026-10-26 00:00", BERLIN)) == 240


def reasons(start: str, due: str, language: str = "zh-CN") -> list[tuple[str, str, bool, str]]:
    found = cn().intervals(at(start), at(due), language)
    return [
        (f"{i.from_.astimezone(SHANGHAI):%d %H:%M}", f"{i.to.astimezone(SHANGHAI):%d %H:%M}", i.counts, i.why)
        for i in found
    ]


def test_intervals_say_why_time_did_not_count() -> None:
    """Lunch, the end of the day, the weekend: in words, one stretch after the other."""
    assert reasons("2026-03-06 11:50", "2026-03-09 09:05") == [
        ("06 11:50", "06 12:00", True, "工作时间"),
        ("06 12:00", "06 13:00", False, "午休"),
        ("06 13:00", "06 18:00", True, "工作时间"),
        ("06 18:00", "07 00:00", False, "下班时间"),
        ("07 00:00", "09 00:00", False, "周末"),
        ("09 00:00", "09 09:00", False, "下班时间"),
        ("09 09:00", "09 09:05", True, "工作时间"),
    ]


def test_holidays_and_makeup_days_are_named() -> None:
    """A holiday by its name, a worked weekend as 调休; in English too."""
    words = [why for *_, why in reasons("2026-09-30 18:50", "2026-10-08 09:15")]
    assert words == ["下班时间", "国庆节", "下班时间", "工作时间"]
    assert reasons("2026-10-10 09:00", "2026-10-10 09:30")[0][3] == "调休上班"
    assert reasons("2026-10-10 11:00", "2026-10-10 13:30", "en")[1][3] == "lunch break"


def test_after_the_known_years_the_plain_week_is_used_and_says_so() -> None:
    """Without holidays of 2027 the clock still runs, and its explanation admits what is missing."""
    assert cn().add_working(at("2026-12-31 17:50"), 15) == at("2027-01-01 09:05")
    assert "2027" in reasons("2027-01-04 09:00", "2027-01-04 10:00")[0][3]


def test_a_calendar_without_working_time_is_an_error_not_a_loop() -> None:
    """A year of holidays (or an empty week) ends with a clear error."""
    empty = BusinessCalendar(name="idle", zone="UTC", week=((),) * 7)
    with pytest.raises(CalendarExhausted, match="idle"):
        empty.add_working(at("2026-03-05 10:00"), 1)
    with pytest.raises(CalendarExhausted):
        empty.next_working(at("2026-03-05 10:00"))
    assert empty.working_minutes_between(at("2026-03-05 10:00"), at("2026-04-05 10:00")) == 0


def test_a_makeup_day_may_have_windows_of_its_own() -> None:
    """A half day on a Saturday counts its own hours, not Monday's."""
    half = BusinessCalendar(
        name="half", zone="Asia/Shanghai", week=(*(OFFICE,) * 5, (), ()),
        makeup_days={date(2026, 3, 7): (Window.of("09:00", "12:00"),)},
    )  # fmt: skip
    assert half.add_working(at("2026-03-07 10:00"), 180) == at("2026-03-09 10:00")


def test_a_working_day_may_have_special_hours() -> None:
    """Half a day before 国庆 is no make-up day; the arithmetic and the year say so."""
    half = date(2026, 9, 30)
    calendar = replace(cn(), makeup_days={**cn().makeup_days, half: (Window.of("09:00", "12:00"),)})
    start = datetime(2026, 9, 30, 11, 30, tzinfo=calendar.tz)
    due = calendar.add_working(start, 60)
    assert due == datetime(2026, 10, 8, 9, 30, tzinfo=calendar.tz)
    assert [part.why for part in calendar.intervals(start, due, "en")][:2] == ["special hours", "outside office hours"]
    kinds = {day.day: day.kind for day in year_days(calendar, 2026)}
    assert kinds[half] is DayKind.SPECIAL and kinds[date(2026, 10, 10)] is DayKind.MAKEUP


def test_the_next_working_instant() -> None:
    """Working time is its own answer; any other time waits for the next window."""
    assert cn().next_working(at("2026-03-05 10:00")) == at("2026-03-05 10:00")
    assert cn().next_working(at("2026-03-05 12:00")) == at("2026-03-05 13:00")
    assert cn().next_working(at("2026-09-30 18:00")) == at("2026-10-08 09:00")


def test_naive_instants_are_refused() -> None:
    """A time without a zone could mean anything."""
    with pytest.raises(ValueError, match="aware"):
        cn().add_working(datetime(2026, 3, 5, 10, 0), 15)  # noqa: DTZ001  the naive instant is the point
    with pytest.raises(ValueError, match="forward"):
        cn().add_working(at("2026-03-05 10:00"), -1)


@pytest.mark.parametrize("text", ["9", "09:60", "24:01", "-1:00", "a:b", "09:0", "12.00"])
def test_times_of_day_are_read_strictly(text: str) -> None:
    """Only HH:MM up to 24:00."""
    with pytest.raises(ValueError, match="HH:MM"):
        minute_of_day(text)


def test_senseless_calendars_cannot_be_made() -> None:
    """Windows are in order, within one day and not empty; a week has seven days."""
    with pytest.raises(ValueError, match="begins before"):
        Window.of("12:00", "12:00")
    with pytest.raises(ValueError, match="overlap"):
        BusinessCalendar(name="x", zone="UTC", week=((Window.of("09:00", "12:00"), Window.of("11:00", "13:00")),) * 7)
    with pytest.raises(ValueError, match="seven"):
        BusinessCalendar(name="x", zone="UTC", week=(OFFICE,) * 5)
