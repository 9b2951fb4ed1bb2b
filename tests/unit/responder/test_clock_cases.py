"""Clock cases worked out by hand, and the same instants from an independent count of minutes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from core.domain.calendar import BusinessCalendar, Window
from core.domain.clock import Counting, Pause, counted_time, due_time, stretches
from core.domain.duration import Duration, parse_duration
from core.settings.calendars import read_builtin_calendars

CASES = yaml.safe_load((Path(__file__).parent / "clock_cases.yaml").read_text("utf-8"))["arithmetic"]
ROOT = Path(__file__).parents[3]
OFFICE = (Window.of("09:00", "17:00"),)
MINUTE = timedelta(minutes=1)


def _calendar(name: str, zone: str, week: Iterable[tuple[Window, ...]], minutes: int) -> BusinessCalendar:
    return BusinessCalendar(name=name, zone=zone, week=tuple(week), minutes_per_day=minutes)


NIGHT = ((Window.of("00:00", "06:00"), Window.of("22:00", "24:00")),) * 7
DARK = ((Window.of("00:00", "06:00"), Window.of("23:00", "24:00")),) * 7
CALENDARS = {
    "cn": read_builtin_calendars()["cn"],
    "night": _calendar("night", "Asia/Shanghai", NIGHT, 480),
    "always": _calendar("always", "Asia/Shanghai", ((Window.of("00:00", "24:00"),),) * 7, 1440),
    "berlin": _calendar("berlin", "Europe/Berlin", [*(OFFICE,) * 5, (), ()], 480),
    "berlin-night": _calendar("berlin-night", "Europe/Berlin", DARK, 480),
    "newyork": _calendar("newyork", "America/New_York", [*(OFFICE,) * 5, (), ()], 480),
    "newyork-night": _calendar("newyork-night", "America/New_York", DARK, 480),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    calendar: BusinessCalendar
    start: datetime
    duration: Duration
    pauses: tuple[Pause, ...]
    due: datetime

    @property
    def amount(self) -> timedelta:
        return timedelta(minutes=self.duration.in_minutes(self.calendar.minutes_per_day))


def _case(line: str) -> Case:
    name, start, duration, pauses, due = (part.strip() for part in line.split("|"))
    zone = CALENDARS[name].tz
    begin = datetime.fromisoformat(start).replace(tzinfo=zone)

    def local(word: str) -> datetime:
        word = word.strip() if "-" in word else f"{begin.date()} {word.strip()}"
        found = datetime.fromisoformat(word)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)

    spans = [] if pauses == "-" else [part.split("~") for part in pauses.split(",")]
    return Case(
        calendar=CALENDARS[name],
        start=begin.astimezone(UTC),
        duration=parse_duration(duration),
        pauses=tuple(Pause(begins=local(one), ends=local(other), why="停") for one, other in spans),
        due=local(due),
    )


def test_there_are_as_many_cases_as_promised() -> None:
    """A hundred and twenty or more, none of them twice."""
    assert len(set(CASES)) == len(CASES) >= 120


@pytest.mark.parametrize("line", CASES)
def test_the_due_time_is_that_worked_out_by_hand(line: str) -> None:
    """Start, duration and pauses give the very instant; the stretches up to it leave no gap and add up."""
    case = _case(line)
    working = case.duration.working
    due = due_time(case.calendar, case.start, case.amount, case.pauses, working=working)
    assert due == case.due
    parts = stretches(case.calendar, case.start, due, case.pauses, working=working)
    assert (parts[0].from_, parts[-1].to) == (case.start, due)
    assert all(one.to == other.from_ for one, other in pairwise(parts))
    assert sum((p.to - p.from_ for p in parts if p.counting is Counting.COUNTS), timedelta()) == case.amount
    assert counted_time(case.calendar, case.start, due, case.pauses, working=working) == case.amount


@pytest.mark.parametrize("line", CASES)
def test_an_independent_count_of_minutes_agrees(line: str) -> None:
    """Minute by minute, with nothing of our calendar but the text of its file."""
    case = _case(line)
    working = _office_minutes(case.calendar) if case.duration.working else lambda _: True
    at, left = case.start, int(case.amount / MINUTE)
    while left:
        left -= working(at) and not any(pause.begins <= at < pause.ends for pause in case.pauses)
        at += MINUTE
    assert at == case.due


def _office_minutes(calendar: BusinessCalendar) -> Callable[[datetime], bool]:
    """Whether a minute is worked, by wall-clock look-up."""
    zone = ZoneInfo(calendar.zone)
    free, extra = _published() if calendar.name == "cn" else (set(), set())

    def worked(instant: datetime) -> bool:
        local = instant.astimezone(zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        weekday = 0 if day in extra else local.weekday()
        if day in free and day not in extra:
            return False
        return any(window.start <= minute < window.end for window in calendar.week[weekday])

    return worked


def _published() -> tuple[set[date], set[date]]:
    """Free days and worked weekends, read with a few lines from the file itself."""
    text = (ROOT / "core/settings/builtin/cn.yaml").read_text("utf-8")
    holidays, _, makeup = text.partition("\nmakeup_days:")
    free: set[date] = set()
    for first, last in re.findall(r": (\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?", holidays):
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last or first):
            free.add(day)
            day += timedelta(days=1)
    return free, {date.fromisoformat(word) for word in re.findall(r"\d{4}-\d\d-\d\d", makeup)}
