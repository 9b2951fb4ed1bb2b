"""Reads a calendar file: when people work, which days are free and which weekends make up for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache, partial
from importlib.resources import files
from itertools import pairwise
from pathlib import PurePosixPath

from core.domain.bundle import Problem
from core.domain.calendar import BusinessCalendar, Window
from core.settings.nodes import MapNode, Node, Scalar
from core.settings.reader import Reader

_KEYS = ("version", "holidays", "makeup_days", "provisional", "known_until", "minutes_per_day")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = {
    **{name: place for place, name in enumerate(_DAYS)},
    **{f"{d}{n}": place for d in ("周", "星期") for place, n in enumerate("一二三四五六日")},
}
_LONGEST_HOLIDAY = 60
_WINDOWS = ("时段，如 09:00-12:00, 13:00-18:00", "windows such as 09:00-12:00, 13:00-18:00")
_RANGE = ("日期或 起..止，如 2026-10-01..2026-10-07", "a date or FIRST..LAST such as 2026-10-01..2026-10-07")

Week = tuple[tuple[Window, ...], ...]


def read_builtin_calendars() -> dict[str, BusinessCalendar]:
    """The calendars that ship, by name."""
    return dict(_read_builtin())


@cache
def _read_builtin() -> Mapping[str, BusinessCalendar]:
    found: dict[str, BusinessCalendar] = {}
    for entry in files("core.settings").joinpath("builtin").iterdir():
        if entry.name.endswith(".yaml"):
            calendar, _ = read_calendar(entry.read_text("utf-8"), f"builtin:calendars/{entry.name}")
            assert calendar is not None, entry.name
            found[calendar.name] = calendar
    return found


def shipped_calendar(name: str) -> str | None:
    """The text of a built-in calendar's file."""
    entry = files("core.settings").joinpath("builtin", f"{name}.yaml")
    return entry.read_text("utf-8") if entry.is_file() else None


def read_calendar(content: str | bytes, file: str) -> tuple[BusinessCalendar | None, tuple[Problem, ...]]:
    """The calendar, named like its file, or None with everything that is wrong."""
    reader = Reader(file)
    root = reader.document(content)
    if reader.problems:
        return None, tuple(reader.problems)
    entries = reader.mapping(root, ("日历", "the calendar"), required=("zone", "week"), optional=_KEYS)
    if entries is None or not {"zone", "week"} <= entries.keys():
        return None, tuple(reader.problems)
    zone = reader.zone(entries["zone"], ("zone", "zone"))
    week = _week(reader, entries["week"])
    holidays, years = _holidays(reader, entries.get("holidays"))
    makeup = _makeup_days(reader, entries.get("makeup_days"))
    provisional = _provisional(reader, entries.get("provisional"))
    known = reader.day(entries["known_until"], ("known_until", "known_until")) if "known_until" in entries else None
    minutes = _longest(week[:1]) or _longest(week)
    if "minutes_per_day" in entries:
        minutes = reader.integer(entries["minutes_per_day"], ("minutes_per_day",) * 2, low=1, high=1440) or minutes
    _check(reader, entries, week, makeup)
    version = _version(reader, entries, content)
    if reader.problems or zone is None:
        return None, tuple(reader.problems)
    calendar = BusinessCalendar(
        name=PurePosixPath(file).stem,
        version=version,
        zone=zone,
        week=week,
        holidays=holidays,
        makeup_days=makeup,
        provisional=provisional,
        known_until=known or _known_until(years - {day.year for day in provisional}),
        minutes_per_day=minutes,
    )
    return calendar, ()


def _version(reader: Reader, entries: dict[str, Node], content: str | bytes) -> str:
    """The version that is written, else one made of the content."""
    if "version" in entries:
        return reader.text(entries["version"], ("version", "version")) or ""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:8]


def _longest(week: Week) -> int:
    return max((sum(w.end - w.start for w in day) for day in week), default=0)


def _known_until(years: set[int]) -> date:
    """The end of the last year whose holidays are listed; a calendar without holidays knows all of them."""
    return date(max(years), 12, 31) if years else date.max


def _check(reader: Reader, entries: dict[str, Node], week: Week, makeup: dict[date, tuple[Window, ...] | None]) -> None:
    if not reader.problems and not any(week):
        reader.problem(entries["week"], "一周里没有工作时间", "the week has no working time")
    if not week[0] and None in makeup.values():
        reader.problem(
            entries["makeup_days"],
            "周一没有工作时间，调休日要写明时段",
            "Monday has no windows; write those of the make-up days",
        )


def _week(reader: Reader, node: Node) -> Week:
    days: dict[int, tuple[Window, ...]] = {}
    for key, value in reader.entries(node, ("week", "week")):
        expected = ("星期，如 mon-fri、sat 或 周一至周五", "days such as mon-fri or sat")
        numbers = reader.parsed(key, ("星期", "the day"), _day_numbers, expected) or ()
        windows = _windows(reader, value)
        for number in numbers:
            if number in days:
                reader.problem(key, f"{_DAYS[number]} 写了两次", f"{_DAYS[number]} stands twice")
            days[number] = windows
    return tuple(days.get(number, ()) for number in range(7))


def _day_numbers(word: str) -> tuple[int, ...]:
    first, _, last = re.sub(r"\s*(?:-|–|~|\.\.|至|到)\s*", " ", word.strip().lower()).partition(" ")
    try:
        start, end = _DAY_NAMES[first], _DAY_NAMES[last or first]
    except KeyError:
        raise ValueError from None
    if end < start:
        raise ValueError
    return tuple(range(start, end + 1))


def _windows(reader: Reader, node: Node) -> tuple[Window, ...]:
    if isinstance(node, Scalar):
        return reader.parsed(node, ("工作时段", "the working hours"), _parse_windows, _WINDOWS) or ()
    found: list[Window] = []
    for item in reader.items(node, ("工作时段", "the working hours")):
        found.extend(reader.parsed(item, ("工作时段", "the working hours"), _parse_windows, _WINDOWS) or ())
    return tuple(found)


def _parse_windows(word: str) -> tuple[Window, ...]:
    parts = [part.strip() for part in re.split(r"[,，;；、]", word) if part.strip()]
    windows = tuple(Window.of(*_ends(part)) for part in parts)
    if not windows or any(one.end > two.start for one, two in pairwise(windows)):
        raise ValueError
    return windows


def _ends(part: str) -> tuple[str, str]:
    found = re.fullmatch(r"(\d{1,2}:\d{2})\s*(?:-|–|~|至|到)\s*(\d{1,2}:\d{2})", part)
    if found is None:
        raise ValueError
    return found.group(1), found.group(2)


def _holidays(reader: Reader, node: Node | None) -> tuple[dict[date, str], set[int]]:
    days: dict[date, str] = {}
    years: set[int] = set()
    if node is None:
        return days, years
    for key, value in reader.entries(node, ("holidays", "holidays")):
        year = reader.integer(key, ("年份", "the year"), low=1970, high=2200)
        if year is None:
            continue
        years.add(year)
        for name, span in reader.entries(value, (f"{year} 年的节假日", f"the holidays of {year}")):
            found = reader.parsed(span, (name.text, name.text), partial(_span, year=year), _RANGE)
            days.update(dict.fromkeys(found or (), name.text))
    return days, years


def _provisional(reader: Reader, node: Node | None) -> frozenset[date]:
    """Free days that nobody has announced yet, by year."""
    days: set[date] = set()
    for key, value in reader.entries(node, ("provisional", "provisional")) if node is not None else ():
        year = reader.integer(key, ("年份", "the year"), low=1970, high=2200)
        if year is None:
            continue
        for item in reader.items(value, ("暂定的日子", "the provisional days")):
            what = ("暂定的日子", "the provisional day")
            days.update(reader.parsed(item, what, partial(_span, year=year), _RANGE) or ())
    return frozenset(days)


def _span(word: str, year: int) -> tuple[date, ...]:
    first, _, last = (part.strip() for part in word.partition(".."))
    start = date.fromisoformat(first)
    end = date.fromisoformat(last) if last else start
    if not 0 <= (end - start).days <= _LONGEST_HOLIDAY or year not in (start.year, end.year):
        raise ValueError
    return tuple(start + timedelta(days=number) for number in range((end - start).days + 1))


def _makeup_days(reader: Reader, node: Node | None) -> dict[date, tuple[Window, ...] | None]:
    """By year: a list of dates, or dates with their own windows."""
    days: dict[date, tuple[Window, ...] | None] = {}
    if node is None:
        return days
    for key, value in reader.entries(node, ("makeup_days", "makeup_days")):
        year = reader.integer(key, ("年份", "the year"), low=1970, high=2200)
        for place, windows in _makeup_entries(reader, value):
            day = reader.day(place, ("调休日", "the make-up day"))
            if day is not None and day.year != year:
                reader.problem(place, f"{day} 不在 {key.text} 年", f"{day} is not in {key.text}")
            elif day is not None:
                days[day] = _windows(reader, windows) if windows is not None else None
    return days


def _makeup_entries(reader: Reader, node: Node) -> Iterator[tuple[Node, Node | None]]:
    if isinstance(node, MapNode):
        yield from node.entries
    else:
        yield from ((item, None) for item in reader.items(node, ("调休日", "the make-up days")))
