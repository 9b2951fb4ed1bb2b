"""Gives a sheet of DOMAIN 12 out, row by row; who took which one of which time stands in the trail before the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.domain.errors import BadInput, NotPermitted
from core.domain.filing import AuditEntry
from core.domain.people import Permission, User
from core.domain.sheet import Sheet, SheetCase
from huiying.flows.context import Context
from huiying.flows.csv_cells import csv_line
from huiying.flows.sheet_words import Cell, SheetWords
from huiying.flows.sheets import FORMS, Row, appraisal_row

BATCH = 100
FORMATS = ("csv", "xlsx")
FIRST_YEAR, LAST_YEAR = 1970, 9998


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Tickets received from the day ``first`` to the day ``last``, both included, by the desk's calendar; None is
    without an end. ``language`` is that of headings and values."""

    sheet: Sheet
    format: str
    first: date | None = None
    last: date | None = None
    language: str = "zh-CN"


def export(
    ctx: Context, wanted: Export, user: User, say: Mapping[str, str], tell: Callable[[int], object] = lambda cases: None
) -> tuple[Row, Iterator[Row]]:
    """The headings, and the rows as they are read: nothing is held, and no transaction is longer than a batch. ``say``
    are the console's words, ``tell`` hears how many tickets are done. Raises ``NotPermitted`` and ``BadInput``."""
    if not user.may(Permission.EXPORT_SHEETS):
        raise NotPermitted
    if wanted.format not in FORMATS:
        raise BadInput(f"没有格式 {wanted.format[:20]} (no such format: {', '.join(FORMATS)})")
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise BadInput("开始日期在结束日期之后 (the first day comes after the last)")
    if any(day and not FIRST_YEAR <= day.year <= LAST_YEAR for day in (wanted.first, wanted.last)):
        raise BadInput(f"日期须在 {FIRST_YEAR} 与 {LAST_YEAR} 年之间 (a day of these years)")
    with ctx.store.read() as tx:
        people = {one.name: one.display for one in tx.people.users()}
    words = SheetWords(desk=ctx.desk(), language=wanted.language, say=say, people=people)
    _trace(ctx, wanted, user, "sheet.asked")
    headings = tuple(words.pick(each) for each in FORMS[wanted.sheet].headings)
    return headings, _traced(ctx, wanted, user, words, tell)


def csv_lines(headings: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield csv_line([_plain(cell) for cell in headings])
    yield from (csv_line([_plain(cell) for cell in row]) for row in rows)


def _traced(
    ctx: Context, wanted: Export, user: User, words: SheetWords, tell: Callable[[int], object]
) -> Iterator[Row]:
    """How many rows went out stands in the trail when all of them have."""
    count = 0
    for row in _rows(ctx, wanted, words, tell):
        yield row
        count += 1
    _trace(ctx, wanted, user, "sheet.exported", ("rows", str(count)))


def _rows(ctx: Context, wanted: Export, words: SheetWords, tell: Callable[[int], object]) -> Iterator[Row]:
    tz = words.desk.calendar.tz
    since = datetime.combine(wanted.first, time(), tz) if wanted.first else None
    before = datetime.combine(wanted.last + timedelta(days=1), time(), tz) if wanted.last else None
    if wanted.sheet is Sheet.SATISFACTION:
        yield from _appraised(ctx, words, since, before)
    last, done = 0, 0
    while True:
        with ctx.store.read() as tx:
            cases = tx.views.cases(since, before, last, BATCH)
        for case in cases:
            yield from FORMS[wanted.sheet].rows(case, words)
        done += len(cases)
        tell(done)
        if len(cases) < BATCH:
            return
        last = cases[-1].ticket.id


def _appraised(ctx: Context, words: SheetWords, since: datetime | None, before: datetime | None) -> Iterator[Row]:
    """Periodic appraisals, by the day on which they were given."""
    last = 0
    while True:
        with ctx.store.read() as tx:
            found = tx.appraisals.given(since, before, last, BATCH)
            tickets = [tx.tickets.get(one.ticket_id) for one in found]
            customers = [tx.tickets.customer(one.customer_id) for one in found]
        for one, ticket, customer in zip(found, tickets, customers, strict=True):
            if ticket is not None:
                yield appraisal_row(one, SheetCase(ticket=ticket, customer=customer), words)
        if len(found) < BATCH:
            return
        last = found[-1].id


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return str(cell)


def _trace(ctx: Context, wanted: Export, user: User, action: str, *more: tuple[str, str]) -> None:
    days = [(name, day.isoformat()) for name, day in (("from", wanted.first), ("to", wanted.last)) if day]
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=user.name, action=action, subject=f"sheet:{wanted.sheet.number}",
        details=(("sheet", wanted.sheet.value), ("format", wanted.format), *days, *more),
    )  # fmt: skip
    with ctx.store.write() as tx:
        tx.audit.add((entry,))
