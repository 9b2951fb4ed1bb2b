"""Commands about personal data: erase, retention run."""

from __future__ import annotations

import sys
from dataclasses import asdict

import typer

from core.domain.erasure import Erasure
from core.domain.errors import WrongUsage
from huiying.app.cli.commands.users import operator
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.progress import Progress
from huiying.app.cli.state import call_of
from huiying.app.erasures import journal_of
from huiying.flows import erase as flow
from huiying.flows.remove_old import limits, remove_old, what_is_due

retention = typer.Typer(help="保存期限 · How long originals and the log are kept.", no_args_is_help=True)


@retention.command("run")
def retention_run(
    ctx: typer.Context,
    dry_run: bool = typer.Option(False, "--dry-run", help="只说会删什么 · only say what would go"),
) -> None:
    """删除到期的来信原件、信件原件、附件和日志；工单和统计数字保留 · Remove what was kept long enough.

    期限见 retention.yaml；服务每天夜里自动做 · As retention.yaml says; the service does it by itself each night.
    """
    call = call_of(ctx)
    with call.app() as app:
        app.desks.refresh()
        before = limits(app.context)
        done = what_is_due(app.context)
        if not dry_run and done.total:
            progress, total = Progress("retention run"), done.total
            done = remove_old(app.context, operator(), lambda so_far: progress(min(so_far, total), total))
    days = {"mail_before": before["mails"].date().isoformat(), "log_before": before["log"].date().isoformat()}
    if call.wants_json:
        emit({**asdict(done), **days, "removed": not dry_run})
        return
    write_line("会删除 (would go)" if dry_run else "已删除 (removed)")
    write_line(
        f"  来信原件 original mails {done.mails}  信件原件 letters {done.letters}  附件 files {done.files}"
        f"  （{days['mail_before']} 以前 before）"
    )
    write_line(f"  日志 log lines {done.log}  （{days['log_before']} 以前 before）")


def erase(
    ctx: typer.Context,
    customer: str = typer.Argument(..., metavar="CUSTOMER", help="邮箱地址或工单编号 · an address or a ticket number"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只说会删什么 · only say what would go"),
    yes: bool = typer.Option(False, "--yes", help="不再询问 · do not ask"),
) -> None:
    """删除一位客户的个人信息 · Erase a customer's personal data; ticket numbers and figures stay."""
    call = call_of(ctx)
    with call.app() as app:
        found = flow.find_customer(app.context, customer)
        there = flow.what_there_is(app.context, found)
        if not dry_run:
            _ask(there, yes=yes)
            there = flow.erase(app.context, found, operator(), journal_of(call.find_home()))
    emit({**asdict(there), "erased": not dry_run})
    if not dry_run:
        say("邮件服务器和以前的备份里的原件请另行删除。")
        say("Originals on the mail server and in older backups are yours to delete.")


def _ask(there: Erasure, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUsage("要删除请加 --yes，先看用 --dry-run (add --yes to erase, --dry-run to look first)")
    say(f"{there.customer}: 工单 {there.tickets}，来信 {there.mails}，发信 {there.letters}，标注 {there.labels}")
    say("(tickets, mails, letters, labels)")
    typer.confirm("不可恢复，确定删除？ This cannot be undone. Erase?", abort=True, err=True)


COMMANDS = (erase,)
