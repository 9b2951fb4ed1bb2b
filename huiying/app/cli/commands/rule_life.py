"""Commands of a rule's life: backtest, publish and rollback."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from core.domain.bundle import BundleRecord
from core.domain.views import DecidedMail
from core.settings.folder import read_folder, write_folder
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App
from huiying.app.cli.commands.config import print_difference, record_json
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.progress import Progress
from huiying.app.cli.state import Call, call_of, compiled
from huiying.app.clock import now
from huiying.flows.backtest import Backtest, try_mails
from huiying.flows.classify import decided_mail, message_of
from huiying.flows.desk import Desk
from huiying.flows.difference import FileDifference, differences
from huiying.flows.publish import publish as make_active
from huiying.flows.publish import rollback_rules as back_to_rules
from rules.replaying import Change
from rules.testing import test_local_rules

_SHOWN = 8
"""Ticket numbers of one change that a person sees; --json lists all."""


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
    for path in sorted(folder.rglob("*.eml")):
        parsed = opened.parser.parse([path.read_bytes()])[0]
        if parsed.mail is None:
            say(f"huiying: {path}: 无法解析，跳过 (cannot be parsed, left out)")
            continue
        message = message_of(parsed.mail, at)
        yield decided_mail(desk, suggester, message, path.relative_to(folder).as_posix())


def _tell(call: Call, found: Backtest, live: Desk, other: Desk, days: int) -> None:
    changes = sorted(found.changes, key=lambda one: (one.rule, one.field, one.before, one.after, one.number))
    total = {"days": days, "live": live.bundle, "tried": other.bundle, **found.as_json(other.book)}
    if call.wants_json:
        for change in changes:
            emit(_change(change))
        emit(total)
        return
    write_line(f"{found.mails} 封来信，会改变 {found.changed} 封 ({found.mails} mails, {found.changed} would change)")
    for (rule, field, before, after), group in groupby(
        changes, key=lambda one: (one.rule, one.field, one.before, one.after)
    ):
        same = list(group)
        said = [one for one in same if one.agent]
        agreed = sum(one.agent == one.after for one in said)
        numbers = " ".join(one.number for one in same[:_SHOWN]) + (" …" if len(same) > _SHOWN else "")
        words = (
            f"，客服已定 {len(said)} 封，同意 {agreed} 封 (agents agree with {agreed} of {len(said)})" if said else ""
        )
        write_line(f"  {rule or '–'}: {field} {before or '–'} → {after or '–'} ×{len(same)}{words}: {numbers}")
    for line in total["rules"]:
        if line["hits"] or line["errors"]:
            write_line(_rule_line(line))


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


def _rule_line(line: dict[str, Any]) -> str:
    covered = line["coverage"] or {"share": 0.0}
    parts = [f"{line['rule']} ({line['status']}): {line['hits']} 封 {covered['share']:.1%}"]
    for one in line["fields"]:
        sure = one["precision"]
        agreed = (
            f"，客服同意 {one['agreed']}/{one['decided']} = {sure['share']:.0%} ({sure['low']:.0%}–{sure['high']:.0%})"
            if sure
            else ""
        )
        moved = f"，会改变 {one['changed']}" if one["changed"] else ""
        parts.append(f"{one['field']} {one['sets']}{moved}{agreed}")
    if line["errors"]:
        parts.append(f"出错 {line['errors']} errors")
    return "  ".join(parts)


def publish(
    ctx: typer.Context,
    reason: str = typer.Option(..., help="原因，记入发布历史 · why; kept in the history"),
    from_: Path | None = typer.Option(
        None, "--from", help="要发布的配置目录，默认工作目录的 config/ · what to publish"
    ),
    days: int = typer.Option(7, min=1, max=3650, help="先用最近多少天的来信试跑 · tried first on mail of so many days"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只看差别和试跑，不发布 · show, do not publish"),
) -> None:
    """检查、运行例子、历史试跑、显示差别，然后生效 · Check, test, backtest, show the difference, and go live."""
    call = call_of(ctx)
    with call.app() as opened:
        files = read_folder(from_ or opened.home.config)
        other = compiled(files)
        live = opened.desks.active()
        changed = differences(live.files, files)
        tested = test_local_rules(other.book)
        until = now()
        found = run_backtest(opened, other, until - timedelta(days=days), until, Progress("历史试跑 backtest"))
        check = f"examples {tested.local.examples} ok; {days} d: {found.changed} of {found.mails} mails change"
        record = None
        if not dry_run:
            # A bundle that somebody publishes while this one is tried is not overwritten.
            record, _ = make_active(
                opened.context, files, author=getpass.getuser(), reason=reason, check=check, base=live.bundle
            )
            if from_ is not None:
                write_folder(opened.home.config, files)
    _tell_published(call, record, changed, found, other, check)


def _tell_published(
    call: Call,
    record: BundleRecord | None,
    changed: tuple[FileDifference, ...],
    found: Backtest,
    other: Desk,
    check: str,
) -> None:
    if call.wants_json:
        emit(
            {
                "published": record_json(record) if record else None,
                "check": check,
                "diff": [one.as_json() for one in changed],
                "backtest": found.as_json(other.book),
            }
        )
        return
    for one in changed:
        print_difference(one)
    write_line(check)
    if record is not None:
        write_line(f"已生效：第 {record.serial} 版 {record.id} (live: no. {record.serial}, {record.id})")


def rollback(
    ctx: typer.Context,
    bundle: str = typer.Argument("", metavar="BUNDLE", help="默认上一版规则 · default: the rules before these"),
    reason: str = typer.Option("rollback", help="原因 · why"),
) -> None:
    """规则和词表回到以前的版本，其他配置不变 · Rules and word lists of an older bundle; all else stays."""
    call = call_of(ctx)
    with call.app() as opened:
        record, desk = back_to_rules(opened.context, bundle, author=getpass.getuser(), reason=reason)
        write_folder(opened.home.config, desk.files)
    if call.wants_json:
        emit(record_json(record))
    else:
        write_line(f"已生效：第 {record.serial} 版 {record.id} (live: no. {record.serial}, {record.id})")
