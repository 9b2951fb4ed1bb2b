"""The demo: all of Huiying on this machine, with mails coming in; and one's own mail into it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from core.domain.errors import BadInput
from huiying.app.cli.console import emit, say
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_PORT
from huiying.app.clock import now

app = typer.Typer(help="在本机演示全部功能 · All of it on this machine, with sample mails arriving.")


@app.callback(invoke_without_command=True)
def demo(
    ctx: typer.Context,
    once: bool = typer.Option(False, "--once", help="处理完所有示例来信后退出并报告 · drain, report and exit"),
    port: int = typer.Option(
        0, min=0, max=LAST_PORT, help="控制台端口，0 为任意空闲端口 · console port, 0: any free one"
    ),
) -> int:
    """在本机演示全部功能 · Needs nothing: embedded IMAP and SMTP, a temporary home, sample mails."""
    if ctx.invoked_subcommand is not None:
        return 0
    from huiying.app.demo import run_demo, run_once  # the embedded servers: only the demo needs them

    home = call_of(ctx).home
    folder = Path(home).absolute() if home else None
    return run_once(folder, os.environ) if once else run_demo(folder, os.environ, port)


@app.command()
def send(
    ctx: typer.Context,
    body: str = typer.Argument("", help="正文，- 为标准输入 · the text, - for standard input"),
    subject: str = typer.Option("", help="主题 · the subject"),
    sender: str = typer.Option("", "--from", help="发件人 · the sender"),
    eml: Path | None = typer.Option(None, help="整封邮件 · a whole mail as a file"),
) -> None:
    """给正在运行的演示发一封信 · Send your own mail into the running demo."""
    from huiying.demo.running import find_running
    from huiying.demo.send import BODY, SENDER, SUBJECT, own_mail, send_own_mail

    call = call_of(ctx)
    running = find_running(Path(call.home) if call.home else None, os.environ)
    if eml is not None:
        data = _read(eml)
    else:
        text = sys.stdin.read() if body == "-" else body
        data = own_mail(
            sender=sender or SENDER, subject=subject or SUBJECT, body=text or BODY, to=running.address, now=now()
        )
    sent = send_own_mail(running, data)
    say(f"已寄出，请看 {running.console} (sent; look there)")
    emit({"message_id": sent.message_id, "from": sent.sender, "to": sent.recipient, "answer": sent.answer})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
