"""Lays out one year of a calendar: what kind of day each date is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby

from core.domain.calendar import BusinessCalendar, Window


class DayKind(StrEnum):
    """What a date is to the people who work."""

    WORK = "work"
    MAKEUP = "makeup"
    SPECIAL = "special"
    HOLIDAY = "holiday"
    PROVISIONAL = "provisional"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One date with its windows; ``name`` is the holiday's."""

    day: date
    kind: DayKind
    name: str = ""
    windows: tuple[Window, ...] = ()

    @property
    def hours(self) -> str:
        return ", ".join(window.words() for window in self.windows)


def year_days(calendar: BusinessCalendar, year: int) -> tuple[CalendarDay, ...]:
    """Every date of a year in order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return tuple(_day(calendar, first + timedelta(days=n)) for n in range((last - first).days + 1))


def named_days(sheet: Iterable[CalendarDay]) -> tuple[tuple[CalendarDay, CalendarDay], ...]:
    """What stands out, in order: a holiday from its first to its last day, each make-up and special day."""
    found = (day for day in sheet if day.name or day.kind in (DayKind.MAKEUP, DayKind.SPECIAL))
    alike = ([*same] for _, same in groupby(found, key=lambda day: (day.kind, day.name or day.day.isoformat())))
    return tuple((same[0], same[-1]) for same in alike)


def _day(calendar: BusinessCalendar, day: date) -> CalendarDay:
    windows, name = calendar.windows_of(day), calendar.holidays.get(day, "")
    if day in calendar.makeup_days:
        kind = DayKind(calendar.kind_of_work(day))
    elif day in calendar.provisional:
        kind = DayKind.PROVISIONAL
    elif name:
        kind = DayKind.HOLIDAY
    else:
        kind = DayKind.WORK if windows else DayKind.FREE
    return CalendarDay(day=day, kind=kind, name="" if kind is DayKind.MAKEUP else name, windows=windows)
