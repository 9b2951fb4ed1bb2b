"""The year of a working calendar: which days are worked, free, made up for, or not announced yet; and a year from an
iCalendar file, seen before it goes live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.calendar_sheet import CalendarDay, named_days, year_days
from core.domain.errors import BadConfiguration, BadInput, NotFound
from core.domain.seen import seen
from core.settings.content import MOST_BYTES
from huiying.console.access import Configuring, Looking
from huiying.console.problems import in_language
from huiying.console.rule_edit import ReasonNeeded
from huiying.console.rule_life import go_live, to_list
from huiying.console.site import Site, Viewer, site_of
from huiying.flows.bring_calendar import FIRST_YEAR, LAST_YEAR, BroughtYear, bring_year, brought_year

router = APIRouter(include_in_schema=False, prefix="/calendar")
Text = Annotated[str, Form()]


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
        named=named_days(days),
        worked=sum(bool(day.windows) for day in days),
        known=calendar.known_until.year >= year,
    )


@router.post("/import")
def see_import(
    request: Request, viewer: Configuring, file: Annotated[UploadFile, File()], name: Text, year: Annotated[int, Form()]
) -> HTMLResponse:
    """Which days of the year would change; nothing is stored."""
    site = site_of(request)
    desk = site.context.desk()
    try:
        brought = bring_year(desk, name, file.file.read(MOST_BYTES + 1), year)
    except BadInput as error:
        return _import_page(site, request, viewer, name, year, problems=_told(error, viewer), status=422)
    return _import_page(site, request, viewer, name, year, brought=brought, base=desk.bundle)


@router.post("/import/publish")
def publish_import(
    request: Request,
    viewer: Configuring,
    base: Text,
    content: Text,
    name: Text,
    year: Annotated[int, Form()],
    reason: Text = "",
) -> Response:
    """Makes what was seen live, if nobody published meanwhile; the folder follows and the trail names the reason."""
    if not seen(reason):
        raise ReasonNeeded
    site = site_of(request)
    text = content.replace("\r\n", "\n")
    try:
        brought = brought_year(site.context.desk(), name, text, year)
    except BadInput as error:
        return _import_page(site, request, viewer, name, year, problems=_told(error, viewer), status=422)
    go_live(site, viewer, brought.files, reason.strip(), base, "ok")
    return to_list(request, "/calendar?" + urlencode({"name": name, "year": year}))


def _told(error: BadInput, viewer: Viewer) -> list[str]:
    """Each problem in the reader's language, at its place."""
    if isinstance(error, BadConfiguration) and error.problems:
        return [f"{one.file}:{one.line} {one.message(viewer.language)}" for one in error.problems]
    return [in_language(error.message, viewer.language) or error.message]


def _import_page(
    site: Site,
    request: Request,
    viewer: Viewer,
    name: str,
    year: int,
    *,
    brought: BroughtYear | None = None,
    base: str = "",
    problems: Sequence[str] = (),
    status: int = 200,
) -> HTMLResponse:
    return site.page(
        request, "calendar_import.html", viewer, status=status, name=name, year=year, brought=brought, base=base,
        problems=problems,
    )  # fmt: skip


def weeks(days: Sequence[CalendarDay]) -> Iterator[list[CalendarDay | None]]:
    """The days of a month in weeks from Monday to Sunday, with gaps before the first and after the last."""
    cells: list[CalendarDay | None] = [None] * days[0].day.weekday()
    cells.extend(days)
    cells.extend([None] * (-len(cells) % 7))
    for at in range(0, len(cells), 7):
        yield cells[at : at + 7]
