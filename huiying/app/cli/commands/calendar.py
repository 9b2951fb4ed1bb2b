"""Commands about working calendars: calendar show, generate and import."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from core.domain.calendar import BusinessCalendar
from core.domain.calendar_sheet import CalendarDay, DayKind, year_days
from core.domain.errors import BadConfiguration, BadInput
from core.settings.calendar_year import CalendarYear, generate_year, read_icalendar, with_year
from core.settings.calendars import read_calendar, shipped_calendar
from core.settings.content import as_text
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import Call, call_of
from huiying.app.clock import now

app = typer.Typer(help="日历 · Working calendars.", no_args_is_help=True)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MARKS = {
    DayKind.WORK: "", DayKind.MAKEUP: "+", DayKind.SPECIAL: "~", DayKind.HOLIDAY: "*", DayKind.PROVISIONAL: "?",
    DayKind.FREE: "-",
}  # fmt: skip


@app.callback()
def _group() -> None:
    """日历 · Working calendars."""


@app.command()
def show(
    ctx: typer.Context,
    name: str = typer.Argument(
        "", metavar="[NAME]", help="日历名或年份，默认正在使用的 · or a year; default: the one in use"
    ),
    year: int | None = typer.Option(None, min=_FIRST_YEAR, max=_LAST_YEAR, help="年份，默认今年 · default: this year"),
) -> None:
    """一年的工作日、节假日与调休 · A year's working days, holidays and make-up days."""
    call = call_of(ctx)
    desk = call.desk()
    if name.isdigit() and name not in desk.calendars and _FIRST_YEAR <= int(name) <= _LAST_YEAR:
        name, year = "", int(name)
    calendar = desk.calendars.get(name) if name else desk.calendar
    if calendar is None:
        raise BadInput(f"没有日历 {name} (calendars: {', '.join(sorted(desk.calendars))})")
    sheet = year_days(calendar, year or now().astimezone(calendar.tz).year)
    if call.wants_json:
        emit(_as_json(calendar, sheet))
    else:
        for line in _drawn(calendar, sheet):
            write_line(line)


def _as_json(calendar: BusinessCalendar, sheet: tuple[CalendarDay, ...]) -> dict[str, Any]:
    free = [day for day in sheet if day.kind in (DayKind.HOLIDAY, DayKind.PROVISIONAL)]
    return {
        "calendar": calendar.name,
        "version": calendar.version,
        "zone": calendar.zone,
        "year": sheet[0].day.year,
        "known_until": calendar.known_until.isoformat(),
        "provisional": any(day.kind is DayKind.PROVISIONAL for day in sheet),
        "working_days": sum(bool(day.windows) for day in sheet),
        "minutes_per_day": calendar.minutes_per_day,
        "week": [[window.words() for window in windows] for windows in calendar.week],
        "holidays": [
            {"date": day.day.isoformat(), "name": day.name, "provisional": day.kind is DayKind.PROVISIONAL}
            for day in free
        ],
        "makeup_days": [
            {"date": day.day.isoformat(), "hours": day.hours} for day in sheet if day.kind is DayKind.MAKEUP
        ],
        "special_days": [
            {"date": day.day.isoformat(), "hours": day.hours} for day in sheet if day.kind is DayKind.SPECIAL
        ],
    }


def _drawn(calendar: BusinessCalendar, sheet: tuple[CalendarDay, ...]) -> Iterator[str]:
    """A line a week: ``*`` holiday, ``?`` not announced yet, ``+`` make-up day, ``~`` special hours,
    ``-`` free."""
    yield f"{calendar.name} {sheet[0].day.year} · {calendar.zone} · 已知至 known until {calendar.known_until}"
    for month, days in groupby(sheet, key=lambda day: day.day.month):
        yield ""
        yield f"{sheet[0].day.year}-{month:02d}    一   二   三   四   五   六   日"
        cells = list(days)
        row = [""] * cells[0].day.weekday()
        for day in cells:
            row.append(f"{day.day.day}{_MARKS[day.kind]}")
            if day.day.weekday() == 6 or day is cells[-1]:
                yield " " * 8 + "".join(f"{cell:>5}" for cell in row)
                row = []
        for name, same in groupby((d for d in cells if d.name), key=lambda day: day.name):
            listed = list(same)
            mark = _MARKS[listed[0].kind]
            yield f"        {mark} {name} {listed[0].day:%m-%d}" + (f"–{listed[-1].day:%m-%d}" if listed[1:] else "")


@app.command()
def generate(
    ctx: typer.Context,
    year: int = typer.Argument(..., metavar="YEAR", min=_FIRST_YEAR, max=_LAST_YEAR, help="年份 · the year"),
    country: str = typer.Option("CN", help="国家代码 · country code, such as CN, DE, US"),
    part: str = typer.Option("", help="省、州 · state or province, such as BE"),
    name: str = typer.Option("cn", help="写进哪个日历 · into which calendar's file"),
    write: bool = typer.Option(False, "--write", help="写入 config/calendars · write the file of the home"),
) -> None:
    """生成一年的节假日；尚未公布的标为暂定 · A year's public holidays; what is not announced yet is provisional."""
    _put(call_of(ctx), name, generate_year(year, country.upper(), part), write=write)


@app.command(name="import")
def import_(
    ctx: typer.Context,
    file: Path = typer.Argument(..., metavar="FILE", help="iCalendar 文件 · an .ics file"),
    year: int = typer.Option(..., min=_FIRST_YEAR, max=_LAST_YEAR, help="年份 · the year"),
    name: str = typer.Option("cn", help="写进哪个日历 · into which calendar's file"),
    write: bool = typer.Option(False, "--write", help="写入 config/calendars · write the file of the home"),
) -> None:
    """从 iCalendar 文件导入一年的节假日 · A year's holidays from an iCalendar file."""
    text, problems = as_text(read_bytes(file), str(file))
    if text is None:
        raise BadConfiguration(problems=problems)
    _put(call_of(ctx), name, read_icalendar(text, year), write=write)


def _put(call: Call, name: str, new: CalendarYear, *, write: bool) -> None:
    """Prints the whole calendar file with that year in it, or writes it into the home."""
    path = call.find_home().config / "calendars" / f"{name}.yaml" if call.has_home else None
    content = path.read_text("utf-8") if path is not None and path.exists() else shipped_calendar(name)
    if content is None:
        raise BadInput(f"没有日历 {name} (no such calendar)")
    changed = with_year(content, new)
    before, _ = read_calendar(content, f"calendars/{name}.yaml")
    after, problems = read_calendar(changed, f"calendars/{name}.yaml")
    if problems:
        raise BadConfiguration(problems=problems)
    if not call.json:
        _say_days(new)
    if before and after:
        _say_lost(before, after, new.year)
    if write:
        if path is None:
            raise BadInput("--write 需要 --home (--write needs a home)")
        path.parent.mkdir(exist_ok=True)
        path.write_text(changed, "utf-8")
    if call.json:
        emit(_year_json(name, new, changed, path if write else None))
        return
    for line in [str(path)] if write else changed.splitlines():
        write_line(line)


def _year_json(name: str, new: CalendarYear, content: str, path: Path | None) -> dict[str, Any]:
    """The year, and the whole file with it; ``path`` when it was written. Only asked for: whoever redirects the answer
    wants the file."""
    return {
        "calendar": name,
        "year": new.year,
        "holidays": [
            {"date": day.isoformat(), "name": shown, "provisional": day in new.provisional}
            for day, shown in sorted(new.holidays.items())
        ],
        "makeup_days": [day.isoformat() for day in new.makeup_days],
        "path": str(path) if path else None,
        "content": content,
    }


def _say_lost(before: BusinessCalendar, after: BusinessCalendar, year: int) -> None:
    """Holidays that the new year has no more: a file that holds a part of the year puts people to work on the rest."""
    for old, new in zip(year_days(before, year), year_days(after, year), strict=True):
        if old.name and not old.windows and new.windows:
            say(f"{old.day}  {old.name} → 上班 (worked now)")


def _say_days(new: CalendarYear) -> None:
    for shown, first, last in new.spans():
        say(f"{first} .. {last}  {shown}" + ("（暂定 provisional）" if first in new.provisional else ""))
    for day in new.makeup_days:
        say(f"{day}  调休上班 (worked)")
