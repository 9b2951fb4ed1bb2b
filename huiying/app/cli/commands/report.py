"""The command that tells the figures of a period, and the tickets behind one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from unicodedata import east_asian_width

import typer

from core.domain.errors import WrongUsage
from core.domain.period import Period, PeriodKind, period_of
from core.domain.views import MOST_ROWS
from huiying.app.bootstrap import App
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import Call, call_of
from huiying.flows.figure_kinds import BY_KEY
from huiying.flows.report import Figure, Report, behind
from huiying.flows.report import report as figures_of
from huiying.flows.report_words import (
    breach_words,
    clock_words,
    figure_words,
    report_json,
    ticket_json,
    value_words,
)

_COLUMNS = (
    "received", "closed", "response_on_time", "resolution_rate", "satisfaction", "tasks_on_time", "overdue", "backlog",
)  # fmt: skip
"""What stands in the tables of teams and agents."""


def report(
    ctx: typer.Context,
    day: bool = typer.Option(False, "--day", help="一天 · a day"),
    week: bool = typer.Option(False, "--week", help="一周（默认） · a week, which is what it tells otherwise"),
    month: bool = typer.Option(False, "--month", help="一个月 · a month"),
    quarter: bool = typer.Option(False, "--quarter", help="一个季度 · a quarter"),
    year: bool = typer.Option(False, "--year", help="一年 · a year"),
    date_: str = typer.Argument("", metavar="[DATE]", help="其中的一天，默认今天 · a day within it, today otherwise"),
    tickets: str = typer.Option("", "--tickets", metavar="FIGURE", help="指标背后的工单 · those behind a figure"),
    team: str | None = typer.Option(None, "--team", help="其中一个团队的 · those of a team"),
    agent: str | None = typer.Option(None, "--agent", help="其中一位客服的 · those of an agent"),
) -> None:
    """一段时间的各项指标：`report --week 2026-11-23` · The figures of the period in which a day lies."""
    chosen = {"day": day, "week": week, "month": month, "quarter": quarter, "year": year}
    kinds = [PeriodKind(name) for name, wanted in chosen.items() if wanted] or [PeriodKind.WEEK]
    if len(kinds) > 1:
        raise WrongUsage("--day, --week, --month, --quarter, --year: 只选一个 (one of them)")
    if tickets and tickets not in BY_KEY:
        raise WrongUsage(f"--tickets {tickets[:40]}: {', '.join(BY_KEY)}")
    having = {name: value for name, value in (("team", team), ("agent", agent)) if value is not None}
    if having and not tickets:
        raise WrongUsage("--team, --agent: 只与 --tickets 一起用 (with --tickets only)")
    call = call_of(ctx)
    with call.app() as app:
        period = period_of(kinds[0], _day(date_, app))
        if tickets:
            _tell_tickets(app, period, tickets, having, call)
        elif call.wants_json:
            emit(report_json(figures_of(app.context, period), app.desks.active(), call.language))
        else:
            for line in _lines(figures_of(app.context, period), app, call.language):
                write_line(line)


def _day(word: str, app: App) -> date:
    if not word:
        return app.context.now().astimezone(app.desks.active().calendar.tz).date()
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise WrongUsage(f"{word[:40]}: 日期写作 2026-11-23 (a date is written so)") from None


def _tell_tickets(app: App, period: Period, figure: str, having: dict[str, str], call: Call) -> None:
    key = ""
    while True:
        page = behind(app.context, period, figure, having=having, page=key, limit=MOST_ROWS)
        for row in page.rows:
            if call.wants_json:
                emit(ticket_json(row))
            else:
                write_line(f"{row.number}  {row.counted:>8.10g}  {row.team}  {row.agent or '–'}  {row.subject}")
        key = page.next_key
        if not key:
            break
    if not page.rows and not call.wants_json:
        say("没有工单 (no tickets)")


def _lines(told: Report, app: App, language: str) -> Iterator[str]:
    desk, english = app.desks.active(), language.startswith("en")
    yield f"{told.period.first} – {told.period.last}  ({told.period.kind.value}, {desk.calendar.zone})"
    for figure in told.figures:
        yield f"  {_wide(figure.kind.label(language), 30)} {figure_words(figure, language)}"
    for who, rows in (("Teams" if english else "团队", told.teams), ("Agents" if english else "客服", told.agents)):
        if rows:
            yield ""
            yield from _table(who, rows, language)
    for facet, values in told.volumes.items():
        if any(value for value, _ in values):
            words = (f"{value_words(facet, value, desk, language) or '–'} {count}" for value, count in values)
            yield ""
            yield f"{_FACETS[facet][english]}: {', '.join(words)}"
    if told.overdue:
        yield ""
        yield "Overdue" if english else "已超时"
        for one in told.overdue:
            reason = breach_words(one.breach, desk, language) or ("no reason given" if english else "未填原因")
            yield f"  {_wide(clock_words(one.clock, language), 20)} {_wide(reason, 24)} {one.count}"
    if told.ages:
        older, days = ("older", "d") if english else ("更久", "天")
        ages = (f"{f'≤ {limit} {days}' if limit else older}: {count}" for limit, count in told.ages)
        yield ""
        yield f"{'Open now' if english else '现在未结'}  {', '.join(ages)}"


_FACETS = {
    "type": ("需求类型", "Type"),
    "topic": ("主题", "Topic"),
    "channel": ("渠道", "Channel"),
    "level": ("客户等级", "Level"),
    "urgency": ("紧急程度", "Urgency"),
    "cause": ("根本原因", "Root cause"),
}


def _table(who: str, rows: tuple[tuple[str, tuple[Figure, ...]], ...], language: str) -> Iterator[str]:
    heads = [BY_KEY[key].label(language) for key in _COLUMNS]
    lines = [[who, *heads]]
    for name, figures in rows:
        by_key = {figure.kind.key: figure for figure in figures}
        lines.append([name or "–", *(figure_words(by_key[key], language) for key in _COLUMNS)])
    widths = [max(_width(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(_wide(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _wide(text: str, columns: int) -> str:
    return text + " " * (columns - _width(text))


COMMANDS = (report,)
