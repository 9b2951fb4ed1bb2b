"""Commands about mails: parse, replay, quarantine."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from core.domain.errors import BadInput, NotFound
from core.domain.views import MOST_ROWS, LedgerRow
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of
from huiying.flows.replay import replay as bring_back

quarantine = typer.Typer(help="隔离邮件与处理异常 · Mails that need a look.", no_args_is_help=True)


def parse(files: list[Path] = typer.Argument(..., metavar="FILE…")) -> int:
    """解析邮件，每封输出一个 JSON · One JSON object a mail; bad mail is no error, an unreadable path is."""
    from ingest.wire import public
    from ingest.workers import ParseWorkers

    code = 0
    workers = ParseWorkers()
    try:
        for path in files:
            try:
                data = path.read_bytes()
            except OSError as error:
                say(f"huiying: {path}: {error.strerror}")
                code = 1
                continue
            emit(public(workers.parse([data])[0], str(path)))
    finally:
        workers.close()
    return code


def replay(ctx: typer.Context, mail: int = typer.Argument(..., metavar="ID")) -> None:
    """重新处理一封隔离的邮件 · File a quarantined mail once more: same ticket, no second letter."""
    with call_of(ctx).app() as app:
        app.desks.refresh()
        bring_back(app.context, mail, "command-line")
    say("已放回队列，运行中的服务会处理它 (back in the queue; the running service files it)")


@quarantine.command("list")
def quarantine_list(ctx: typer.Context) -> None:
    """隔离邮件列表 · The list, newest first."""
    call = call_of(ctx)
    with call.app() as app, app.store.read() as tx:
        key = ""
        while True:
            page = tx.views.quarantine(key, MOST_ROWS)
            for row in page.rows:
                if call.wants_json:
                    emit(row_json(row))
                else:
                    write_line(f"{row.id}  {row.stage}  {row.number}  {row.subject}  {row.because}")
            key = page.next_key
            if not key:
                return


@quarantine.command("show")
def quarantine_show(ctx: typer.Context, mail: int = typer.Argument(..., metavar="ID")) -> None:
    """一封隔离邮件 · One of them."""
    with call_of(ctx).app() as app, app.store.read() as tx:
        row = tx.views.ledger_row(mail)
    if row is None:
        raise NotFound(f"没有这封邮件：{mail} (no such mail)")
    emit(row_json(row))


def row_json(row: LedgerRow) -> dict[str, Any]:
    """A ledger row as plain values; instants as ISO 8601 UTC."""
    values = dataclasses.asdict(row)
    return {k: _iso(v) if isinstance(v, datetime) else v for k, v in values.items()}


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_bytes(path: Path) -> bytes:
    """A file's bytes; ``BadInput`` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error


COMMANDS = (parse, replay)
