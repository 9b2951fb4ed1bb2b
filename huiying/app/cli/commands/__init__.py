"""All commands, a file for each group of them."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from functools import cache

import typer
from typer.core import TyperGroup

from huiying import __version__
from huiying.app.cli.commands import (
    calendar,
    care,
    config,
    customers,
    demo,
    handle,
    home,
    keys,
    knowledge,
    learn,
    mail,
    mailbox,
    models,
    notices,
    outbox,
    privacy,
    replies,
    report,
    rules,
    service,
    sheets,
    sla,
    tasks,
    tickets,
    tokens,
    users,
)

_GROUPS = {
    "demo": demo.app,
    "quarantine": mail.quarantine,
    "mailbox": mailbox.mailbox,
    "handle": handle.app,
    "task": tasks.app,
    "customer": customers.app,
    "care": care.app,
    "rules": rules.app,
    "config": config.app,
    "models": models.app,
    "sla": sla.app,
    "calendar": calendar.app,
    "replies": replies.app,
    "outbox": outbox.app,
    "notices": notices.app,
    "user": users.app,
    "token": tokens.app,
    "key": keys.app,
    "knowledge": knowledge.app,
    "retention": privacy.retention,
}

HELP = """Huiying 回应: customers' mail becomes tickets, acknowledged at once and followed up in time.

来信自动成为工单，立即回执，按时跟进。

Common options, before or after the command: --home DIR (or HUIYING_HOME), --json.
"""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"huiying {__version__}")
        raise typer.Exit


def _common(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="版本 · the version"),
) -> None:
    """Options that stand before a command."""


class Group(TyperGroup):
    """Without a sub-command its help goes to stderr: it is no answer."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            with redirect_stdout(sys.stderr):
                ctx.get_help()
            raise typer.Exit(2)
        return super().parse_args(ctx, args)


@cache
def program() -> TyperGroup:
    """The whole command line."""
    app = typer.Typer(
        name="huiying", cls=Group, help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(_common)
    for group in (home, service, mail, learn, tickets, privacy, report, sheets):
        for command in group.COMMANDS:
            app.command(command.__name__.rstrip("_").replace("_", "-"))(command)
    for name, group_app in _GROUPS.items():
        app.add_typer(group_app, name=name, cls=Group)
    command = typer.main.get_command(app)
    if not isinstance(command, TyperGroup):
        raise TypeError("a program with commands is a group")
    return command
