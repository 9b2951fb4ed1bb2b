"""报表: the figures of a day, week, month, quarter or year, each with the tickets behind it, for whoever leads."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.errors import BadInput
from core.domain.period import Period, PeriodKind, period_of
from core.domain.report import TicketSet
from huiying.console.access import SeeingReports
from huiying.console.plots import bars_plot, curve_plot
from huiying.console.report_view import (
    address,
    age_words,
    column_labels,
    counted_words,
    period_words,
    shown,
    shown_row,
    step_words,
    tickets_address,
)
from huiying.console.site import Site, site_of
from huiying.console.words import Words
from huiying.flows.csv_cells import csv_line
from huiying.flows.figure_kinds import BY_KEY, FACETS, Unit
from huiying.flows.report import Figure, Report, Step, behind, headline, report, steps
from huiying.flows.report_words import breach_words, value_words

PAGE = 50
_NARROWED_BY = ("team", "agent", "clock", "breach", "state", *FACETS)

router = APIRouter(include_in_schema=False, prefix="/reports")


@router.get("")
def reports(request: Request, viewer: SeeingReports, kind: PeriodKind = PeriodKind.WEEK, day: str = "") -> HTMLResponse:
    """This week, unless another period is chosen."""
    site = site_of(request)
    period, words, desk = _period(site, kind, day), site.words(viewer.language), site.context.desk()
    told = report(site.context, period)
    running = period_of(kind, _today(site))
    before = _comparable(headline(site.context, period.earlier), is_over=period != running)
    with site.context.store.read() as transaction:
        names = {one.name: one.display or one.name for one in transaction.people.users()}
    course = steps(site.context, period) if kind is not PeriodKind.DAY else ()
    return site.page(
        request,
        "reports.html",
        viewer,
        words=words,
        told=told,
        period=period,
        kinds=PeriodKind,
        now_in=running,
        address=address,
        tickets_address=tickets_address,
        period_words=period_words,
        tiles=[shown(words, one, period, before=before.get(one.kind.key)) for one in told.figures],
        columns=column_labels(words),
        teams=[(name, name, shown_row(words, of, period, {"team": name})) for name, of in told.teams],
        agents=[
            (name, names.get(name, name), shown_row(words, of, period, {"agent": name})) for name, of in told.agents
        ],
        course=course,
        counts=[(step_words(period, step), step.received, step.closed) for step in course],
        shares=[(step_words(period, step), _on_time(step)) for step in course],
        bars_plot=bars_plot,
        curve_plot=curve_plot,
        open_now=_open_now(words, told),
        value_words=lambda facet, value: value_words(facet, value, desk, viewer.language),
        breach_words=lambda breach: breach_words(breach, desk, viewer.language),
    )


@router.get("/tickets")
def tickets(
    request: Request,
    viewer: SeeingReports,
    figure: str,
    kind: PeriodKind = PeriodKind.WEEK,
    day: str = "",
    key: str = "",
    age: Annotated[int | None, Query(ge=0, le=10_000)] = None,
) -> HTMLResponse:
    """What is behind a figure; an empty team is nobody's."""
    site = site_of(request)
    period, query = _period(site, kind, day), request.query_params
    # No database has a NUL in its words, and PostgreSQL takes none to look for.
    narrowed = {name: query[name].replace("\0", "\ufffd") for name in _NARROWED_BY if name in query}
    having: dict[str, str | int] = {**narrowed} if age is None else {**narrowed, "age": age}
    page = behind(site.context, period, figure, having=having, page=key, limit=PAGE)
    more = {name: str(value) for name, value in having.items()}
    words = site.words(viewer.language)
    return site.page(
        request,
        "report_tickets.html",
        viewer,
        page=page,
        key=key,
        figure=BY_KEY[figure],
        period=period,
        narrowed=[*_narrowed(site, narrowed, viewer.language), *([] if age is None else [age_words(words, age)])],
        back=address(period),
        again=tickets_address(period, figure, more),
        period_words=period_words,
        counted_words=counted_words,
    )


@router.get("/csv")
def sheet(request: Request, viewer: SeeingReports, kind: PeriodKind = PeriodKind.WEEK, day: str = "") -> Response:
    """All figures of the desk, each team and each agent as a sheet."""
    site = site_of(request)
    period = _period(site, kind, day)
    lines = "".join(csv_line(row) for row in _rows(site, report(site.context, period), viewer.language))
    words = site.words(viewer.language)
    name = quote(f"{words('report.title')} {period_words(words, period)}.csv", safe="")
    return Response(
        # Spreadsheets know UTF-8 by its mark.
        codecs.BOM_UTF8 + lines.encode("utf-8", "replace"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=utf-8''{name}"},
    )


def _rows(site: Site, told: Report, language: str) -> Iterator[list[str]]:
    t = site.words(language)
    keys = ("period", "team", "agent", "figure", "key", "value", "whole", "share", "extended")
    yield [t(f"report.column.{key}") for key in keys]
    first = f"{told.period.first} – {told.period.last}"
    groups: list[tuple[str, str, tuple[Figure, ...]]] = [("", "", told.figures)]
    groups += [(name or t("report.nobody"), "", figures) for name, figures in told.teams]
    groups += [("", name or t("report.nobody"), figures) for name, figures in told.agents]
    for team, agent, figures in groups:
        for one in figures:
            numbers = (one.value, one.of, one.share, one.extended)
            yield [first, team, agent, one.kind.label(language), one.kind.key, *map(_number, numbers)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _narrowed(site: Site, having: dict[str, str], language: str) -> list[str]:
    """To what the list is narrowed, in words."""
    t, desk = site.words(language), site.context.desk()

    def said(name: str, value: str) -> str:
        if name == "clock":
            return t.code("clock", value)
        if name == "breach":
            return breach_words(value, desk, language) or t("report.no-reason")
        if name == "state":
            return t.code("state", value)
        return value_words(name, value, desk, language) or t("report.nobody")

    return [said(name, value) for name, value in having.items()]


def _open_now(t: Words, told: Report) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """By age and by state: (what it is called, the address of its tickets, how many)."""

    def row(label: str, count: int, **having: str) -> tuple[str, str, int]:
        return label, tickets_address(told.period, "backlog", having), count

    ages = [row(age_words(t, days), count, age=str(days)) for days, count in told.ages]
    states = [row(t(f"state.{state}"), count, state=state) for state, count in told.states]
    return [(t("report.age"), ages), (t("report.state"), states)] if ages else []


def _comparable(figures: Iterable[Figure], *, is_over: bool) -> dict[str, Figure]:
    """By key; half a week has had fewer tickets than a whole one, and what is open now was not counted then."""
    return {
        one.kind.key: one
        for one in figures
        if one.kind.which is not TicketSet.OPEN and (is_over or one.kind.unit is not Unit.COUNT)
    }


def _on_time(step: Step) -> float | None:
    return step.on_time / step.due if step.due else None


def _today(site: Site) -> date:
    return site.context.now().astimezone(site.context.desk().calendar.tz).date()


def _period(site: Site, kind: PeriodKind, day: str) -> Period:
    try:
        return period_of(kind, date.fromisoformat(day) if day else _today(site))
    except ValueError:
        raise BadInput(f"{day[:40]}: 2026-03-05") from None
