"""The year of a working calendar: which days are worked, free, made up for, or not announced yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.calendar_sheet import CalendarDay, year_days
from core.domain.errors import NotFound
from huiying.console.access import Looking
from huiying.console.site import site_of

router = APIRouter(include_in_schema=False, prefix="/calendar")

FIRST_YEAR, LAST_YEAR = 2000, 2100


@router.get("")
def calendar_page(request: Request, viewer: Looking, name: str = "", year: int = 0) -> HTMLResponse:
    site = site_of(request)
    desk = site.context.desk()
    calendar = desk.calendars.get(name) if name else desk.calendar
    if calendar is None:
        raise NotFound
    today = site.context.now().astimezone(calendar.tz).date()
    year = min(max(year or today.year, FIRST_YEAR), LAST_YEAR)
    days = year_days(calendar, year)
    return site.page(
        request,
        "calendar.html",
        viewer,
        calendar=calendar,
        names=sorted(desk.calendars),
        year=year,
        today=today,
        months=[list(weeks(list(days))) for _, days in groupby(days, key=lambda day: day.day.month)],
        named=[day for day in days if day.name],
        worked=sum(bool(day.windows) for day in days),
        known=calendar.known_until.year >= year,
    )


def weeks(days: Sequence[CalendarDay]) -> Iterator[list[CalendarDay | None]]:
    """The days of a month in weeks from Monday to Sunday, with gaps before the first and after the last."""
    cells: list[CalendarDay | None] = [None] * days[0].day.weekday()
    cells.extend(days)
    cells.extend([None] * (-len(cells) % 7))
    for at in range(0, len(cells), 7):
        yield cells[at : at + 7]
