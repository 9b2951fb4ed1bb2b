"""The command that gives out the sheets which people fill in today."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO

import typer

from core.domain.errors import BadInput, WrongUsage
from core.domain.people import Permission
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.console import emit, say
from huiying.app.cli.files import new_file
from huiying.app.cli.state import call_of
from huiying.flows.export import FORMATS, Export, csv_lines
from huiying.flows.export import export as give_out
from huiying.flows.sheets import FORMS, Row, sheet_named

_SHEETS = "1–8、表名或英文名 · 1 to 8, a title or a name: " + ", ".join(f"{one.number} {one.value}" for one in FORMS)
_TOLD = 1_000


def export(
    ctx: typer.Context,
    sheet: str = typer.Argument(..., metavar="SHEET", help=_SHEETS),
    file: Path | None = typer.Argument(None, metavar="[FILE]", help="新文件；不写则输出 CSV · a new file; else stdout"),
    from_: str = typer.Option("", "--from", metavar="DATE", help="接收日期从哪天起 · received from that day on"),
    to: str = typer.Option("", metavar="DATE", help="到哪天为止（含） · to that day, included"),
    format_: str = typer.Option("", "--format", help="csv | xlsx，默认看文件名 · default: by the file's ending"),
    lang: str = typer.Option("zh-CN", help="表头和内容的语言 · zh-CN | en"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """导出表格，联系方式脱敏 · A sheet of all tickets, or of a time; contact data masked."""
    from huiying.console.words import LANGUAGES, read_catalogues

    if lang not in LANGUAGES:
        raise WrongUsage(f"--lang {lang}: {', '.join(LANGUAGES)}")
    ending = file.suffix.lstrip(".").lower() if file else ""
    kind = format_ or (ending if ending in FORMATS else "csv")
    if kind == "xlsx" and file is None:
        raise WrongUsage("xlsx 要写进文件 (xlsx wants a FILE)")
    wanted = Export(sheet=sheet_named(sheet), format=kind, first=_day(from_), last=_day(to), language=lang)
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env, Permission.EXPORT_SHEETS)
        headings, rows = give_out(opened.context, wanted, user, read_catalogues()[lang], _progress)
        counted = _Counted(rows)
        if file is None:
            _write_csv(sys.stdout.buffer, headings, counted)
            return
        with new_file(file) as out:
            _write(out, wanted, headings, counted)
    emit({"file": str(file), "sheet": wanted.sheet.value, "format": kind, "rows": counted.count})


class _Counted:
    """Rows, and how many of them have been taken."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _write(out: IO[bytes], wanted: Export, headings: Row, rows: Iterable[Row]) -> None:
    if wanted.format == "xlsx":
        from huiying.console.workbook import write_workbook

        title = FORMS[wanted.sheet].title
        write_workbook(out, title[1 if wanted.language == "en" else 0], headings, rows)
    else:
        _write_csv(out, headings, rows)


def _write_csv(out: IO[bytes], headings: Row, rows: Iterable[Row]) -> None:
    """Spreadsheets know UTF-8 by its mark."""
    out.write(codecs.BOM_UTF8)
    for line in csv_lines(headings, rows):
        out.write(line.encode())
    out.flush()


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if word else None
    except ValueError as error:
        raise BadInput(f"{word[:40]}：应为日期，如 (expected a day such as) 2026-03-05") from error


def _progress(tickets: int) -> None:
    if tickets and not tickets % _TOLD:
        say(f"huiying: {tickets} …")


COMMANDS = (export,)
