"""Commands about mailboxes: list, test, login."""

from __future__ import annotations

import dataclasses
import sys
from datetime import datetime

import typer

from core.domain.settings import MailboxSettings
from core.domain.tokens import DeviceCode
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of
from huiying.app.doctor import Finding, examine_mailbox
from huiying.flows.reconcile import mailbox_named
from huiying.flows.sign_in_mailbox import oauth_of, sign_in_by_code, sign_in_by_token

mailbox = typer.Typer(help="邮箱 · Mailboxes.", no_args_is_help=True)


@mailbox.command("list")
def list_(ctx: typer.Context) -> None:
    """邮箱一览 · Every mailbox with its servers, how it signs in and its state."""
    call = call_of(ctx)
    with call.app() as app:
        app.desks.refresh()
        with app.store.read() as tx:
            states = {name: (state, silent) for name, state, silent in tx.views.health().mailboxes}
            tokens = {box.name: tx.tokens.of(box.name) for box in app.desks.active().mailboxes}
        for box in app.desks.active().mailboxes:
            state, silent = states.get(box.name, ("", 0.0))
            token = tokens[box.name]
            row = _row(box) | {"state": state, "silent_s": round(silent)}
            row |= {
                "token_until": _iso(token.refresh_until) if token else None,
                "trouble": token.trouble if token else "",
            }
            if call.wants_json:
                emit(row)
            else:
                write_line(f"{box.name}  {box.address}  {row['imap']}  {row['sign_in']}  {state or '-'}")


@mailbox.command("test")
def try_out(ctx: typer.Context, name: str = typer.Argument("", metavar="[NAME]")) -> int:
    """试登录收发服务器 · Try both servers; exit 1 when one of them refuses."""
    call = call_of(ctx)
    findings: list[Finding] = []
    with call.app() as app:
        app.desks.refresh()
        boxes = (mailbox_named(app.context, name),) if name else app.desks.active().mailboxes
        for box in boxes:
            findings += examine_mailbox(app, box)
    for finding in findings:
        if call.wants_json:
            emit(dataclasses.asdict(finding))
        else:
            write_line(f"{'✓' if finding.ok else '✗'} {finding.check}  {finding.message(call.language)}")
    return 0 if all(finding.ok for finding in findings) else 1


@mailbox.command("login")
def login(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME"),
    refresh_token: str = typer.Option(
        "", help="不用设备码，从标准输入读取 refresh token（写 -） · '-' reads a refresh token from stdin"
    ),
    forget: bool = typer.Option(False, "--forget", help="删除已保存的令牌 · Drop the stored tokens."),
) -> None:
    """用浏览器登录（OAuth 设备码） · Sign in by a code that is typed in a browser (RFC 8628)."""
    call = call_of(ctx)
    with call.app() as app:
        app.desks.refresh()
        box = mailbox_named(app.context, name)
        oauth_of(box)
        if forget:
            with app.store.write() as tx:
                tx.tokens.forget(box.name)
        elif refresh_token:
            given = sys.stdin.readline() if refresh_token == "-" else refresh_token
            sign_in_by_token(app.context, box, app.endpoint, given, "command-line")
        else:
            sign_in_by_code(app.context, box, app.endpoint, _show, "command-line")
        done = {"mailbox": box.name, "signed_in": not forget}
    if call.wants_json:
        emit(done)
    else:
        write_line(f"{box.name}  {'已删除令牌 (tokens dropped)' if forget else '已登录 (signed in)'}")


def _show(code: DeviceCode) -> None:
    say(f"在浏览器打开 (open) {code.uri}")
    say(f"输入代码 (enter) {code.user_code}    （{code.seconds // 60} 分钟内有效 · good for that many minutes）")
    if code.uri_complete:
        say(f"或直接打开 (or open) {code.uri_complete}")
    say("等待登录…… Waiting …")


def _row(box: MailboxSettings) -> dict[str, object]:
    kind = "oauth" if box.oauth else "password"
    return {
        "name": box.name,
        "address": box.address,
        "provider": box.provider,
        "imap": f"{box.imap.host}:{box.imap.port}" if box.is_polled else "lmtp",
        "smtp": f"{box.smtp.host}:{box.smtp.port}",
        "sign_in": kind,
        "letters": box.letters.value,
    }


def _iso(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
