"""Commands about mails: parse, import, replay, fetch, reconcile, quarantine."""

from __future__ import annotations

import dataclasses
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from core.domain.channel import Channel
from core.domain.errors import BadInput, HuiyingError, NotFound, WrongUsage
from core.domain.ledger import HISTORY
from core.domain.sheet import Sheet
from core.domain.views import MOST_ROWS, LedgerRow
from huiying.app.bootstrap import App
from huiying.app.cli.actor import user_of
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_ID, path_of
from huiying.app.clock import now
from huiying.app.mailboxes import MailServers
from huiying.app.workers.heartbeat import kept_alive
from huiying.flows.bring_in import BroughtIn, bring_in
from huiying.flows.import_sheet import import_sheet
from huiying.flows.not_spam import not_spam
from huiying.flows.reconcile import Reconciled, mailbox_named
from huiying.flows.replay import replay as bring_back
from huiying.flows.replay import replay_all
from huiying.flows.sheet_reading import PastCase, read_sheet
from huiying.flows.sheets import sheet_named

quarantine = typer.Typer(help="隔离邮件与处理异常 · Mails that need a look.", no_args_is_help=True)


def parse(files: list[Path] = typer.Argument(..., metavar="FILE…")) -> int:
    """解析邮件，每封输出一个 JSON · One JSON object a mail; bad mail is no error, an unreadable path is.

    mbox 的每封邮件各一个，带 index；- 为标准输入 · Each mail of an mbox has one, with its index; - is stdin.
    """
    from ingest.sources.history import mails_in
    from ingest.wire import public
    from ingest.workers import ParseWorkers

    code = 0
    workers = ParseWorkers()
    try:
        for path in files:
            try:
                with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as opened:
                    for index, data in mails_in(opened, is_mbox=path.suffix.lower() == ".mbox"):
                        place = {} if index is None else {"index": index}
                        emit(public(workers.parse([data])[0], str(path)) | place)
            except BrokenPipeError:
                raise
            except OSError as error:
                say(f"huiying: {path}: {error.strerror}")
                code = 1
    finally:
        workers.close()
    return code


def import_(
    ctx: typer.Context,
    paths: list[Path] = typer.Argument(..., parser=path_of, metavar="PATH…", help=".eml, mbox, Maildir"),
    mailbox: str = typer.Option("", help="归入哪个邮箱，默认第一个 · whose history it is; default: the first mailbox"),
    sheet: str = typer.Option("", metavar="1|5|6", help="PATH 是填好的表格（CSV） · PATH is a sheet, CSV"),
) -> int:
    """导入历史邮件或表格：编号 H…，已关闭，不发信 · Old mail or sheets as closed history in the series H…; no letters.

    可重复执行，已有的不会重复 · May be repeated: what is here already is not doubled.
    """
    from ingest.sources.history import read_history

    call = call_of(ctx)
    with call.app(works=True) as app:
        app.desks.refresh()
        boxes = app.desks.active().mailboxes
        name = mailbox_named(app.context, mailbox).name if mailbox else (boxes[0].name if boxes else HISTORY)
        cases = _read_sheets(app, sheet_named(sheet), paths) if sheet else ()
        mails = (mail for path in paths for mail in read_history(path, mailbox=name))
        with kept_alive(app.context) as check:

            def progress(so_far: BroughtIn) -> None:
                check()
                _tell_progress(so_far.read)

            if sheet:
                done = import_sheet(app.context, cases, user_of(app, "", ""), name, progress)
            else:
                done = bring_in(app.context, mails, progress)
    if call.wants_json:
        emit(dataclasses.asdict(done))
    else:
        write_line(f"读取 read {done.read}  新收 kept {done.kept}  已有 known {done.known}")
    return 0


def _read_sheets(app: App, sheet: Sheet, paths: list[Path]) -> tuple[PastCase, ...]:
    """All rows of all files, before the first is brought in."""
    from huiying.console.words import read_catalogues

    said = [(words[f"channel.{one}"], one) for words in read_catalogues().values() for one in Channel]
    channels = {word.casefold(): one.value for word, one in (*said, *((one.value, one) for one in Channel))}
    desk = app.context.desk()
    return tuple(
        case for path in paths for case in read_sheet(desk, sheet, read_bytes(path), path.name, channels, now())
    )


def _tell_progress(read: int) -> None:
    if not read % 1_000:
        say(f"huiying: {read} …")


def replay(
    ctx: typer.Context,
    mail: int = typer.Argument(0, min=0, max=LAST_ID, metavar="[ID]"),
    all_: bool = typer.Option(False, "--all", help="全部隔离邮件和处理异常 · every quarantined or shunted mail"),
) -> None:
    """重新处理隔离的邮件 · File a quarantined mail once more: same ticket, no second letter."""
    if bool(mail) == all_:
        raise WrongUsage("写一个来信编号，或 --all (an ID or --all)")
    with call_of(ctx).app() as app:
        app.desks.refresh()
        if all_:
            count = replay_all(app.context, "command-line")
        else:
            bring_back(app.context, mail, "command-line")
            count = 1
    say(f"{count} 封已放回队列，运行中的服务会处理 (back in the queue; the running service files them)")
    call_of(ctx).answer({"mails": count})


def fetch(ctx: typer.Context, mail: int = typer.Argument(..., min=0, max=LAST_ID, metavar="ID")) -> None:
    """从服务器取回过大的来信全文 · Fetch the whole of a mail that was too large, and file it on its ticket."""
    with call_of(ctx).app() as app:
        app.desks.refresh()
        size = MailServers(app).fetch(mail, "command-line")
    say(f"已取回 {size} 字节，运行中的服务会归入原工单 (fetched; the running service files it on its ticket)")
    call_of(ctx).answer({"mail": mail, "size": size})


def reconcile(
    ctx: typer.Context,
    mailbox: str = typer.Argument("", metavar="[MAILBOX]", help="邮箱名，默认全部 · a mailbox by name; default: all"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只比较，不补收 · compare only, keep nothing"),
) -> int:
    """核对服务器与收信台账，补收遗漏的来信 · Compare the server's mails with the ledger and keep what is missing.

    每个文件夹一行；仍有未能收下的来信时退出码为 1，有邮箱连不上时为 3 · One line a folder; exit 1
    when a mail is still not ours, 3 when a mailbox could not be asked; the others are looked at all the same.
    """
    call = call_of(ctx)
    complete = True
    failed: list[HuiyingError] = []
    with call.app() as app:
        app.desks.refresh()
        boxes = (mailbox_named(app.context, mailbox),) if mailbox else app.desks.active().mailboxes
        for box in (box for box in boxes if box.is_polled):
            try:
                for done in MailServers(app).reconcile(box, repair=not dry_run):
                    complete = complete and done.is_complete
                    if call.wants_json:
                        emit(dataclasses.asdict(done) | {"complete": done.is_complete})
                    else:
                        write_line(_reconciled_words(done))
            except HuiyingError as error:
                # One mailbox's trouble keeps no other from being looked at.
                failed.append(error)
    for earlier in failed[:-1]:
        say(f"huiying: {earlier.message}")
    if failed:
        raise failed[-1]
    return 0 if complete else 1


def _reconciled_words(done: Reconciled) -> str:
    """One line for a person."""
    if not done.began:
        return f"{done.mailbox} {done.folder}  还没有读取过 (was never read)"
    numbers = (
        ("服务器 on server", done.on_server),
        ("已保存 stored", done.stored),
        ("遗漏 missing", done.missing),
        ("补收 kept now", done.kept),
        ("待读取 waiting", done.waiting),
        ("未能收下 refused", done.refused),
        ("服务器已无 gone there", done.gone),
    )
    return "  ".join([f"{done.mailbox} {done.folder}", *(f"{words} {count}" for words, count in numbers)])


@quarantine.command("list")
def quarantine_list(
    ctx: typer.Context,
    spam: bool = typer.Option(False, "--spam", help="列出被判为垃圾的来信 · those taken for spam instead"),
    silent: bool = typer.Option(False, "--silent", help="列出没有回信的来信及原因 · those without a letter, and why"),
) -> None:
    """隔离邮件列表 · The list, newest first."""
    call = call_of(ctx)
    with call.app() as app, app.store.read() as tx:
        read = tx.views.silent if silent else tx.views.spam if spam else tx.views.quarantine
        key = ""
        while True:
            page = read(key, MOST_ROWS)
            for row in page.rows:
                if call.wants_json:
                    emit(row_json(row))
                else:
                    write_line(
                        f"{row.id}  {row.stage}  {row.number}  {row.subject}  {row.silent_because or row.because}"
                    )
            key = page.next_key
            if not key:
                return


@quarantine.command("not-spam")
def quarantine_not_spam(ctx: typer.Context, mail: int = typer.Argument(..., min=0, max=LAST_ID, metavar="ID")) -> None:
    """不是垃圾或自动邮件：照常建单、发回执 · No spam and no machine's: a ticket is made of it and acknowledged."""
    with call_of(ctx).app() as app:
        app.desks.refresh()
        not_spam(app.context, mail, "command-line")
    say("已放回队列，运行中的服务会处理 (back in the queue; the running service files it)")
    call_of(ctx).answer({"mail": mail})


@quarantine.command("show")
def quarantine_show(ctx: typer.Context, mail: int = typer.Argument(..., min=0, max=LAST_ID, metavar="ID")) -> None:
    """一封隔离邮件 · One of them."""
    with call_of(ctx).app() as app, app.store.read() as tx:
        row = tx.views.ledger_row(mail)
    if row is None:
        raise NotFound(f"没有这封邮件：{mail} (no such mail)")
    emit(row_json(row))


def row_json(row: LedgerRow) -> dict[str, Any]:
    """A ledger row as plain values; instants as ISO 8601 UTC."""
    values = dataclasses.asdict(row)
    return {k: _iso(v) if isinstance(v, datetime) else v for k, v in values.items()}


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_bytes(path: Path) -> bytes:
    """A file's bytes; ``BadInput`` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error


COMMANDS = (parse, import_, replay, fetch, reconcile)
