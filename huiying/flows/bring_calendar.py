"""A year's holidays from an iCalendar file, as the whole configuration would have them: what changes, seen before."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.bundle import BundleFiles
from core.domain.calendar_sheet import CalendarDay, year_days
from core.domain.errors import BadConfiguration, BadInput
from core.settings.calendar_year import read_icalendar, with_year
from core.settings.calendars import read_calendar, shipped_calendar
from core.settings.content import as_text
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtYear:
    """``files`` is the configuration with the new ``content`` of the calendar's file at ``path``; ``days`` are those
    that change, each as it was and as it will be."""

    name: str
    year: int
    path: str
    content: str
    files: BundleFiles
    days: tuple[tuple[CalendarDay, CalendarDay], ...]


def bring_year(desk: Desk, name: str, data: bytes, year: int) -> BroughtYear:
    """Raises ``BadInput`` for what is no such file or year, ``BadConfiguration`` with every problem of the result."""
    text, problems = as_text(data, "iCalendar")
    if text is None:
        raise BadConfiguration(problems=problems)
    path = _path(desk, name)
    content = desk.files.files.get(path) or shipped_calendar(name) or ""
    return brought_year(desk, name, with_year(content, read_icalendar(text, year)), year)


def brought_year(desk: Desk, name: str, content: str, year: int) -> BroughtYear:
    """The same of a calendar file as it shall be: what was shown is checked again when it is confirmed."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadInput(f"年份在 {FIRST_YEAR} 到 {LAST_YEAR} 之间 (a year from {FIRST_YEAR} to {LAST_YEAR})")
    path, before = _path(desk, name), desk.calendars[name]
    after, problems = read_calendar(content, path)
    if after is None:
        raise BadConfiguration(problems=problems)
    files = BundleFiles(files={**desk.files.files, path: content})
    _, all_problems = compile_desk(files)
    if all_problems:
        raise BadConfiguration(problems=all_problems)
    pairs = zip(year_days(before, year), year_days(after, year), strict=True)
    days = tuple((old, new) for old, new in pairs if old != new)
    return BroughtYear(name=name, year=year, path=path, content=content, files=files, days=days)


def _path(desk: Desk, name: str) -> str:
    """Where the calendar's file is, or would be."""
    if name not in desk.calendars:
        raise BadInput(f"没有日历 {name[:40]} (calendars: {', '.join(sorted(desk.calendars))})")
    yml = f"calendars/{name}.yml"
    return yml if yml in desk.files.files else f"calendars/{name}.yaml"
