"""Commands about programs that ask the REST API: token add, list, remove."""

from __future__ import annotations

import os
from datetime import datetime

import typer

from core.domain.api_token import SECRET_OCTETS, ApiScope, ApiToken
from huiying.app.cli.commands.users import operator
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of
from huiying.flows.admit_program import add_token, remove_token, tokens_with_makers

app = typer.Typer(help="接口令牌 · Tokens of the REST API.", no_args_is_help=True)
_NAME = typer.Argument(..., metavar="NAME", help="哪个程序 · which program")


@app.command()
def add(
    ctx: typer.Context,
    name: str = _NAME,
    may: ApiScope = typer.Option(..., help="能做什么 · only bring messages, only look, or handle as an agent"),
    until: str = typer.Option("", metavar="DATE", help="最后一天，如 2027-12-31 · its last day"),
) -> None:
    """新建令牌，只显示这一次 · Make a token; it is told this once."""
    call = call_of(ctx)
    with call.app() as opened:
        opened.desks.refresh()
        by = operator()
        token, secret = add_token(opened.context, name, may, until, by, os.urandom(SECRET_OCTETS))
    if call.json:
        emit({**_row(token, by), "token": secret})
    else:
        write_line(secret)
        say("请现在保存，以后不再显示。")
        say("Keep it now: it is not shown again.")


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """令牌列表，不含令牌本身 · All tokens, by name; never the token itself."""
    call = call_of(ctx)
    with call.app() as opened:
        tokens = tokens_with_makers(opened.context)
    for token, maker in tokens:
        row = _row(token, maker)
        if call.wants_json:
            emit(row)
        else:
            write_line(
                f"{token.name}  {token.may}  {row['created']} {maker}  {row['until'] or '-'}  {row['last_used'] or '-'}"
            )


@app.command()
def remove(ctx: typer.Context, name: str = _NAME) -> None:
    """删除令牌，立即失效 · Remove a token; it is refused at once."""
    with call_of(ctx).app() as opened:
        remove_token(opened.context, name, operator())
    emit({"name": name, "removed": True})


def _row(token: ApiToken, maker: str) -> dict[str, object]:
    return {
        "name": token.name,
        "may": token.may.value,
        "created": token.created.isoformat(),
        "by": maker,
        "until": _iso(token.until),
        "last_used": _iso(token.last_used),
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
