"""All commands, a file for each group of them."""

from __future__ import annotations

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


@cache
def program() -> TyperGroup:
    """The whole command line."""
    app = typer.Typer(
        name="huiying", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    app.callback()(_common)
    for group in (home, service, mail, learn, tickets, privacy, report, sheets):
        for command in group.COMMANDS:
            app.command(command.__name__.rstrip("_").replace("_", "-"))(command)
    app.add_typer(demo.app, name="demo")
    app.add_typer(mail.quarantine, name="quarantine")
    app.add_typer(mailbox.mailbox, name="mailbox")
    app.add_typer(handle.app, name="handle")
    app.add_typer(tasks.app, name="task")
    app.add_typer(customers.app, name="customer")
    app.add_typer(care.app, name="care")
    app.add_typer(rules.app, name="rules")
    app.add_typer(config.app, name="config")
    app.add_typer(models.app, name="models")
    app.add_typer(sla.app, name="sla")
    app.add_typer(calendar.app, name="calendar")
    app.add_typer(replies.app, name="replies")
    app.add_typer(outbox.app, name="outbox")
    app.add_typer(notices.app, name="notices")
    app.add_typer(users.app, name="user")
    app.add_typer(tokens.app, name="token")
    app.add_typer(keys.app, name="key")
    app.add_typer(knowledge.app, name="knowledge")
    app.add_typer(privacy.retention, name="retention")
    command = typer.main.get_command(app)
    if not isinstance(command, TyperGroup):
        raise TypeError("a program with commands is a group")
    return command
