"""Commands about what people of the desk are told: notices list, again and test."""

from __future__ import annotations

from typing import Any

import typer

from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from core.domain.notice import PERSONAL, CopyState
from core.domain.views import MOST_ROWS, NoticeRow
from huiying.app.cli.actor import actor_of
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_ID
from huiying.app.clock import now
from huiying.flows.notify import try_channel

app = typer.Typer(help="通知 · What people of the desk are told.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """通知 · What people of the desk are told."""


@app.command(name="list")
def list_(
    ctx: typer.Context,
    state: str = typer.Option("", help="queued | sent | failed | dropped"),
    limit: int = typer.Option(50, min=1, help="最多几行 · at most"),
) -> None:
    """经控制台以外的渠道送出的通知，新的在前 · Notices by other channels than the console, newest first."""
    call = call_of(ctx)
    if state and state not in set(CopyState):
        raise typer.BadParameter(f"{state} ({', '.join(CopyState)})")
    with call.app() as opened:
        key, left = "", limit
        while left > 0:
            with opened.store.read() as tx:
                page = tx.notices.sent(state, key, min(left, MOST_ROWS))
            for row in page.rows:
                emit(notice_json(row)) if call.wants_json else write_line(_line(row))
            key, left = page.next_key, left - len(page.rows)
            if not key:
                return


def notice_json(row: NoticeRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "event": row.event,
        "at": row.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": row.subject,
        "number": row.number,
        "channel": row.channel,
        "person": row.person,
        "state": row.state,
        "due": row.due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attempts": row.attempts,
        "code": row.code,
        "answer": row.answer,
        "details": dict(row.details),
    }


def _line(row: NoticeRow) -> str:
    to = f"{row.channel}:{row.person}" if row.person else row.channel
    return f"{row.id}  {row.state:8} {row.event:18} {row.number or '-'}  {to}  {row.answer}".rstrip()


@app.command()
def again(ctx: typer.Context, notice: int = typer.Argument(..., min=0, max=LAST_ID, metavar="ID")) -> None:
    """未送达的通知再试一次 · Try a notice that was given up again."""
    with call_of(ctx).app() as opened:
        context, actor = opened.context, actor_of(opened, "", "")
        entry = AuditEntry(
            id=context.ids(), at=now(), actor=actor.name, action="notice.again", subject=f"notice:{notice}"
        )
        with opened.store.write() as tx:
            if not tx.notices.again(notice, now()):
                raise BadInput(f"通知 {notice} 不是未送达的 (not one that failed)")
            tx.audit.add((entry,))
    emit({"id": notice, "state": CopyState.QUEUED.value})


@app.command("test")
def try_(
    ctx: typer.Context,
    channel: str = typer.Argument(..., metavar="CHANNEL"),
    to: str = typer.Option("", metavar="NAME", help="给谁（mail）· to whom (mail)"),
) -> None:
    """试发一条通知 · Send one notice by a channel of notify.yaml, and say what the other side answered."""
    with call_of(ctx).app() as opened:
        known = opened.context.desk().notify.channels
        if channel not in known or channel == "console":
            raise NotFound(f"notify.yaml 没有渠道 {channel} (no such channel)", hint=", ".join(known))
        if known[channel].kind in PERSONAL and not to:
            raise BadInput(f"{channel} 要写 --to NAME (needs --to NAME)")
        answer = try_channel(opened.context, channel, to)
    emit({"channel": channel, "outcome": answer.outcome.value, "code": answer.code, "answer": answer.text})
    if answer.outcome.value != "sent":
        raise typer.Exit(1)
