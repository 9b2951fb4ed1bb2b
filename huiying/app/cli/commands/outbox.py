"""Commands about letters that wait, went or failed: outbox list, retry, hold, release and cancel."""

from __future__ import annotations

from typing import Any

import typer

from core.domain.errors import BadInput, NotFound
from core.domain.letter import LetterState
from core.domain.views import MOST_ROWS, LetterRow
from huiying.app.cli.actor import AS, PASSWORD, actor_of
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_ID
from huiying.flows.held import change_all
from huiying.flows.outbox import ACTIONS, change_letter

app = typer.Typer(help="发件箱 · The outbox.", no_args_is_help=True)
_ID = typer.Argument(..., min=0, max=LAST_ID, metavar="ID", help="信件编号 · the letter's id")
_ID_OR_ALL = typer.Argument(0, min=0, max=LAST_ID, metavar="ID", help="信件编号 · the letter's id", show_default=False)
_ALL = typer.Option(
    False,
    "--all",
    help="发信开关（letters: hold、off）拦下、现已恢复 live 的全部信件 · all that letters: hold or off kept back, "
    "where letters are live again",
)


@app.callback()
def _group() -> None:
    """发件箱 · The outbox."""


@app.command(name="list")
def list_(
    ctx: typer.Context,
    state: str = typer.Option("", help=" | ".join(LetterState)),
    limit: int = typer.Option(50, min=1, help="最多几行 · at most"),
) -> None:
    """信件及服务器的答复，新的在前 · Letters with the server's answer, newest first."""
    call = call_of(ctx)
    if state and state not in set(LetterState):
        raise typer.BadParameter(f"{state} ({', '.join(LetterState)})")
    with call.app() as opened:
        key, left = "", limit
        while left > 0:
            with opened.store.read() as tx:
                page = tx.views.letters(state, key, min(left, MOST_ROWS))
            for row in page.rows:
                emit(letter_json(row)) if call.wants_json else write_line(_line(row))
            key, left = page.next_key, left - len(page.rows)
            if not key:
                return


def letter_json(row: LetterRow) -> dict[str, Any]:
    """A letter as plain values; the recipient is masked."""
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "state": row.state,
        "mailbox": row.mailbox,
        "language": row.language,
        "subject": row.subject,
        "recipient": row.recipient_masked,
        "message_id": row.message_id,
        "created": row.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_before": row.not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attempts": row.attempts,
        "sent": row.sent.strftime("%Y-%m-%dT%H:%M:%SZ") if row.sent else None,
        "code": row.code,
        "answer": row.answer,
        "resends": row.resends,
        "next_try": row.due.strftime("%Y-%m-%dT%H:%M:%SZ") if row.due and row.state == LetterState.DEFERRED else None,
    }


def _line(row: LetterRow) -> str:
    answer = f"  {row.answer}" if row.answer else ""
    return f"{row.id}  {row.state:9} {row.kind:15} {row.number}  {row.recipient_masked}  {row.subject}{answer}"


@app.command()
def retry(ctx: typer.Context, letter: int = _ID, agent: str = AS, password_env: str = PASSWORD) -> None:
    """失败的信件再发一次 · Send a failed letter again, with the same bytes."""
    _change(ctx, letter, "retry", agent, password_env)


@app.command()
def hold(ctx: typer.Context, letter: int = _ID, agent: str = AS, password_env: str = PASSWORD) -> None:
    """暂缓 · Let a queued letter wait for a person."""
    _change(ctx, letter, "hold", agent, password_env)


@app.command()
def release(
    ctx: typer.Context, letter: int = _ID_OR_ALL, all_: bool = _ALL, agent: str = AS, password_env: str = PASSWORD
) -> None:
    """放行 · Let a held letter go, or all that a switch kept back."""
    _change_one_or_all(ctx, letter, all_, "release", agent, password_env)


@app.command()
def cancel(
    ctx: typer.Context, letter: int = _ID_OR_ALL, all_: bool = _ALL, agent: str = AS, password_env: str = PASSWORD
) -> None:
    """取消 · Cancel a letter that has not left, or all that a switch kept back."""
    _change_one_or_all(ctx, letter, all_, "cancel", agent, password_env)


def _change_one_or_all(ctx: typer.Context, letter: int, all_: bool, action: str, agent: str, password_env: str) -> None:
    if bool(letter) == all_:
        raise typer.BadParameter("ID | --all")
    if all_:
        with call_of(ctx).app() as opened:
            emit({"letters": change_all(opened.context, action, actor_of(opened, agent, password_env))})
    else:
        _change(ctx, letter, action, agent, password_env)


def _change(ctx: typer.Context, letter: int, action: str, agent: str, password_env: str) -> None:
    with call_of(ctx).app() as opened:
        with opened.store.read() as tx:
            row = tx.views.letter(letter)
        if row is None:
            raise NotFound(f"没有信件 {letter} (no such letter)")
        if not change_letter(opened.context, letter, action, actor_of(opened, agent, password_env)):
            states = "、".join(ACTIONS[action][1])
            raise BadInput(
                f"信件 {letter} 现在是 {row.state}，只有 {states} 可以 (only from {', '.join(ACTIONS[action][1])})"
            )
        with opened.store.read() as tx:
            row = tx.views.letter(letter)
    if row is not None:
        emit(letter_json(row))
