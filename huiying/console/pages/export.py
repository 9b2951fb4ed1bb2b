"""导出: leads, admins and auditors take a sheet of DOMAIN 12 as a file, for a time that they choose."""

from __future__ import annotations

import codecs
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from core.domain.errors import BadInput, HuiyingError
from core.domain.people import Permission
from huiying.console.access import acting, looking
from huiying.console.site import Site, Viewer, site_of
from huiying.console.words import LANGUAGES
from huiying.console.workbook import write_workbook
from huiying.flows.export import FORMATS, Export, csv_lines, export
from huiying.flows.sheets import FORMS, Row, sheet_named

router = APIRouter(include_in_schema=False, prefix="/export")
Line = Annotated[str, Form(max_length=60)]
_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_CHUNK = 1 << 16


@router.get("")
def form(request: Request, viewer: Annotated[Viewer, Depends(looking(Permission.EXPORT_SHEETS))]) -> HTMLResponse:
    """This month so far, unless another time is chosen."""
    site = site_of(request)
    today = site.context.now().astimezone(site.context.desk().calendar.tz).date()
    return _page(site, request, viewer, {"from": today.replace(day=1).isoformat(), "to": today.isoformat()})


@router.post("")
def take(
    request: Request,
    viewer: Annotated[Viewer, Depends(acting(Permission.EXPORT_SHEETS))],
    sheet: Line = "",
    from_: Annotated[str, Form(alias="from", max_length=60)] = "",
    to: Line = "",
    format_: Annotated[str, Form(alias="format", max_length=60)] = "xlsx",
    lang: Line = LANGUAGES[0],
) -> Response:
    """The file, as it is read."""
    site = site_of(request)
    given = {"sheet": sheet, "from": from_, "to": to, "format": format_, "lang": lang}
    try:
        wanted = Export(
            sheet=sheet_named(sheet), format=format_, first=_day(from_), last=_day(to),
            language=lang if lang in LANGUAGES else LANGUAGES[0],
        )  # fmt: skip
        headings, rows = export(site.context, wanted, viewer.user, site.catalogues[wanted.language])
    except BadInput as error:
        return _page(site, request, viewer, given, problem=error, status=422)
    title = FORMS[wanted.sheet].title[LANGUAGES.index(wanted.language)]
    content = _csv(headings, rows) if wanted.format == "csv" else _workbook(title, headings, rows)
    days = "".join(f" {day}" for day in (wanted.first, wanted.last) if day)
    name = quote(f"{title}{days}.{wanted.format}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    return StreamingResponse(content, media_type=_TYPES[wanted.format], headers=headers)


def _csv(headings: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Spreadsheets know UTF-8 by its mark. Handing each line over by itself would take longer than making it."""
    gathered = codecs.BOM_UTF8
    for line in csv_lines(headings, rows):
        gathered += line.encode("utf-8", "replace")
        if len(gathered) > _CHUNK:
            yield gathered
            gathered = b""
    yield gathered


def _workbook(title: str, headings: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Its beginning can be written when all rows are known: it lies on the disk until then."""
    with tempfile.TemporaryFile() as file:
        write_workbook(file, title, headings, rows)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _day(word: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(word) if word else None
    raise BadInput(f"{word[:40]}: 2026-03-05")


def _page(
    site: Site,
    request: Request,
    viewer: Viewer,
    given: dict[str, str],
    *,
    problem: HuiyingError | None = None,
    status: int = 200,
) -> HTMLResponse:
    language = LANGUAGES.index(viewer.language)
    sheets = [(sheet.value, f"{sheet.number} {form.title[language]}") for sheet, form in FORMS.items()]
    return site.page(
        request, "export.html", viewer, given=given, problem=problem, status=status, sheets=sheets, formats=FORMATS,
        languages=LANGUAGES,
    )  # fmt: skip
