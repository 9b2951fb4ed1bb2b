"""The command that tries rules on past mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer

from core.domain.errors import BadInput
from core.domain.views import DecidedMail
from core.settings.folder import read_folder
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App
from huiying.app.cli.commands.backtest_words import backtest_lines
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.progress import Progress
from huiying.app.cli.state import Call, call_of, compiled
from huiying.app.clock import now
from huiying.flows.backtest import Backtest, try_mails
from huiying.flows.classify import decided_mail
from huiying.flows.desk import Desk
from rules.replaying import Change


def backtest(
    ctx: typer.Context,
    days: int = typer.Option(30, min=1, max=3650, help="最近多少天的来信 · mail of so many days"),
    from_: Path | None = typer.Option(None, "--from", help="要试的配置目录，默认工作目录的 config/ · what to try"),
    mails: Path | None = typer.Option(None, help="改用这个目录里的 .eml · mails of a folder instead of stored ones"),
) -> None:
    """历史试跑：新规则与生效规则对照，不改动任何数据 · Try rules on past mail beside the live ones; changes nothing."""
    call = call_of(ctx)
    with call.app() as opened:
        folder = from_ or opened.home.config
        other = compiled(read_folder(folder))
        live = opened.desks.active()
        if mails is not None:
            found = try_mails(live, other, _mails_of(opened, live, mails))
        else:
            until = now()
            since = until - timedelta(days=days)
            found = run_backtest(opened, other, since, until, Progress("历史试跑 backtest"))
    _tell(call, found, live, other, days)


def _mails_of(opened: App, desk: Desk, folder: Path) -> Iterator[DecidedMail]:
    """The mails of a folder as they would be decided if they arrived now; one that cannot be parsed is left out."""
    suggester, at = opened.context.suggester(), now()
    paths = sorted(folder.rglob("*.eml"))
    if not paths:
        raise BadInput(f"{folder}: 没有 .eml 文件 (no .eml files there)")
    for path in paths:
        parsed = opened.parser.parse([path.read_bytes()])[0]
        if parsed.mail is None:
            say(f"huiying: {path}: 无法解析，跳过 (cannot be parsed, left out)")
            continue
        yield decided_mail(desk, suggester, parsed.mail, at, path.relative_to(folder).as_posix())


def _tell(call: Call, found: Backtest, live: Desk, other: Desk, days: int) -> None:
    changes = sorted(found.changes, key=lambda one: (one.rule, one.field, one.before, one.after, one.number))
    total = {"days": days, "live": live.bundle, "tried": other.bundle, **found.as_json(other.book)}
    if call.wants_json:
        for change in changes:
            emit(_change(change))
        emit(total)
        return
    for line in backtest_lines(found, other):
        write_line(line)


def _change(change: Change) -> dict[str, Any]:
    return {
        "number": change.number,
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "rule": change.rule or None,
        "agent": change.agent or None,
        "agrees": change.agent == change.after if change.agent else None,
    }
