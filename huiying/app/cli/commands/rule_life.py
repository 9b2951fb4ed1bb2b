"""Commands of a rule's life: publish, rollback and suggest."""

from __future__ import annotations

import getpass
import sys
from datetime import timedelta
from pathlib import Path

import typer

from core.domain.bundle import BundleRecord
from core.domain.errors import NotFound, ReasonNeeded
from core.settings.folder import read_folder, write_folder
from core.text.segment import Segmenter
from huiying.app.backtesting import run_backtest
from huiying.app.bootstrap import App
from huiying.app.cli.commands.backtest_words import backtest_lines
from huiying.app.cli.commands.config import FORCE, print_difference, record_json, spare_draft
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.progress import Progress
from huiying.app.cli.state import Call, call_of, compiled
from huiying.app.clock import now
from huiying.flows.backtest import Backtest, in_short
from huiying.flows.desk import Desk
from huiying.flows.difference import FileDifference, differences
from huiying.flows.publish import publish as make_active
from huiying.flows.publish import rollback_rules as back_to_rules
from huiying.flows.suggest_rules import accept as take_up
from huiying.flows.suggest_rules import as_json, suggest_rules
from rules.drafting import Draft
from rules.testing import test_local_rules


def publish(
    ctx: typer.Context,
    reason: str = typer.Option(..., help="原因，记入发布历史 · why; kept in the history"),
    from_: Path | None = typer.Option(
        None, "--from", help="要发布的配置目录，默认工作目录的 config/ · what to publish"
    ),
    days: int = typer.Option(7, min=1, max=3650, help="先用最近多少天的来信试跑 · tried first on mail of so many days"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只看差别和试跑，不发布 · show, do not publish"),
    force: bool = FORCE,
    yes: bool = typer.Option(False, "--yes", help="不再询问 · do not ask on a terminal"),
) -> int:
    """检查、运行例子、历史试跑、显示差别，然后生效 · Check, test, backtest, show the difference, and go live."""
    call = call_of(ctx)
    if not reason.strip():
        raise ReasonNeeded
    with call.app() as opened:
        files = read_folder(from_ or opened.home.config)
        if from_ is not None and not dry_run:
            spare_draft(opened, files, force=force)
        other = compiled(files)
        live = opened.desks.active()
        changed = differences(live.files, files)
        tested = test_local_rules(other.book)
        until = now()
        found = run_backtest(opened, other, until - timedelta(days=days), until, Progress("历史试跑 backtest"))
        check = f"examples {tested.local.examples} ok; {days} d: {in_short(found.as_json(other.book))}"
        record = None
        _tell_tried(call, changed, found, other, check)
        if not dry_run and not _wanted(call, yes=yes):
            say("没有发布 (nothing was published)")
            return 1
        if not dry_run:
            # A bundle that somebody publishes while this one is tried is not overwritten.
            record, _ = make_active(
                opened.context, files, author=getpass.getuser(), reason=reason, check=check, base=live.bundle
            )
            if from_ is not None:
                write_folder(opened.home.config, files)
    if call.wants_json:
        emit(
            {
                "published": record_json(record) if record else None,
                "check": check,
                "diff": [one.as_json() for one in changed],
                "backtest": found.as_json(other.book),
            }
        )
    elif record is not None:
        write_line(_is_live(record))
    return 0


def _tell_tried(call: Call, changed: tuple[FileDifference, ...], found: Backtest, other: Desk, check: str) -> None:
    """What publishing would change, before it does."""
    if call.wants_json:
        return
    for one in changed:
        print_difference(one)
    for line in backtest_lines(found, other):
        write_line(line)
    write_line(check)


def _is_live(record: BundleRecord) -> str:
    return f"已生效：第 {record.serial} 版 {record.id} (live: no. {record.serial}, {record.id})"


def _wanted(call: Call, *, yes: bool) -> bool:
    """On a terminal a person is asked; a script has said so by calling."""
    if yes or call.wants_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return typer.confirm("现在生效？ Go live?", err=True)


def rollback(
    ctx: typer.Context,
    bundle: str = typer.Argument("", metavar="BUNDLE", help="默认上一版规则 · default: the rules before these"),
    reason: str = typer.Option("rollback", help="原因 · why"),
    force: bool = FORCE,
) -> None:
    """规则和词表回到以前的版本，其他配置不变 · Rules and word lists of an older bundle; all else stays."""
    call = call_of(ctx)
    with call.app() as opened:
        spare_draft(opened, force=force)
        record, desk = back_to_rules(opened.context, bundle, author=getpass.getuser(), reason=reason)
        write_folder(opened.home.config, desk.files)
    if call.wants_json:
        emit(record_json(record))
    else:
        write_line(_is_live(record))


def suggest(
    ctx: typer.Context,
    days: int = typer.Option(180, min=1, max=3650, help="最近多少天的来信 · mail of so many days"),
    accept: str = typer.Option("", metavar="ID", help="把这条建议加为试运行规则 · add this one on trial"),
) -> None:
    """从客服的修正中找出可能的规则 · Rules that agents' corrections propose; none from noise."""
    call = call_of(ctx)
    with call.app() as opened:
        live, until = opened.desks.active(), now()
        progress = Progress("读取来信 reading")
        drafts = suggest_rules(
            opened.store, live, until - timedelta(days=days), until, Segmenter(), on_progress=progress
        )
        if accept:
            chosen = next((one for one in drafts if one.id == accept), None)
            if chosen is None:
                raise NotFound(f"没有这条建议：{accept} (no such suggestion)", hint="huiying rules suggest")
            _accept(opened, chosen)
            drafts = (chosen,)
    for one in drafts:
        if call.wants_json:
            emit(as_json(one))
        else:
            finding = one.finding
            before = " ".join(f"{value or '–'} ×{count}" for value, count in finding.instead)
            write_line(
                f"{one.id}: {finding.field} {before} → {finding.value}  {finding.agreed}/{finding.mails} 封 mails"
            )
            write_line(one.entry)


def _accept(opened: App, chosen: Draft) -> None:
    """Into the folder, from where it goes live as any edit does; the file is refused if it changed meanwhile."""
    files = read_folder(opened.home.config)
    record, desk = make_active(
        opened.context,
        take_up(files, chosen),
        author=getpass.getuser(),
        reason=f"采纳建议，试运行 (a suggestion on trial): {chosen.id}",
        base=files.id,
    )
    write_folder(opened.home.config, desk.files)
    say(f"已加为试运行：第 {record.serial} 版 (on trial: no. {record.serial})")
