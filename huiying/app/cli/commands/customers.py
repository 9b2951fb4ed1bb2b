"""Commands about customers: one person with several addresses, and all of them as a sheet."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

import typer

from core.domain.ticket import Customer
from core.text.mask import mask_address
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.console import emit
from huiying.app.cli.files import new_file
from huiying.app.cli.progress import Progress
from huiying.app.cli.state import call_of
from huiying.flows.customer_sheet import export_customers, import_customers
from huiying.flows.merge_customers import merge_customers, unmerge_customer
from huiying.flows.send_care import Round, look_at_care, send_care
from responder.guard import silence_words

app = typer.Typer(help="客户 · Customers.", no_args_is_help=True)
_WHO = typer.Argument(..., metavar="WHO", help="邮箱地址或工单号 · an address, or a ticket of his")


@app.callback()
def _group() -> None:
    """客户 · Customers."""


@app.command()
def merge(
    ctx: typer.Context,
    who: str = _WHO,
    into: str = typer.Argument(..., metavar="INTO", help="并入哪个客户（邮箱地址或工单号） · the customer who he is"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """合并客户：WHO 是 INTO 的另一个邮箱地址 · WHO is one more address of INTO."""
    with call_of(ctx).app() as opened:
        _tell(merge_customers(opened.context, who, into, user_of(opened, agent, password_env)))


@app.command()
def unmerge(ctx: typer.Context, who: str = _WHO, agent: str = AS, password_env: str = PASSWORD) -> None:
    """取消合并客户，恢复原样 · As it was before."""
    with call_of(ctx).app() as opened:
        _tell(unmerge_customer(opened.context, who, user_of(opened, agent, password_env)))


@app.command(name="import")
def import_(
    ctx: typer.Context,
    file: Path = typer.Argument(..., metavar="FILE.csv", help="UTF-8 或 GB18030 · a CSV file with headings"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """从 CSV 导入客户资料：全部导入，或一行也不导入 · Customers from a CSV file: all of its lines or none."""
    data = read_bytes(file)
    with call_of(ctx).app() as opened:
        user, told = user_of(opened, agent, password_env), Progress("customer import")
        done = import_customers(opened.context, data, user, told)
    emit({"read": done.read, "new": done.new, "changed": done.changed, "same": done.same})


@app.command()
def export(
    ctx: typer.Context,
    file: Path = typer.Argument(..., metavar="FILE.csv", help="新文件，只有自己能读 · a new file, yours alone"),
    unmasked: str = typer.Option("", "--unmasked", metavar="REASON", help="不脱敏，理由记入日志 · whole contact data"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """把客户资料导出为 CSV，联系方式脱敏 · All customers as CSV, contact data masked."""
    call = call_of(ctx)
    with call.app() as opened:
        user = user_of(opened, agent, password_env)
        with new_file(file) as out:
            rows = 0
            out.write(codecs.BOM_UTF8)  # by which spreadsheets know UTF-8
            for line in export_customers(opened.context, user, call.language, reason=unmasked):
                out.write(line.encode())
                rows += 1
    emit({"file": str(file), "customers": rows - 1, "masked": not unmasked})


@app.command()
def care(
    ctx: typer.Context,
    letter: str = typer.Argument(
        ..., metavar="LETTER", help="care-call-back, care-greeting, care-quiet, care-satisfaction, …"
    ),
    who: list[str] = typer.Argument(..., metavar="WHO…", help="邮箱地址或工单号；- 从标准输入读 · or - for stdin"),
    note: str = typer.Option("", "--note", metavar="TEXT", help="放在信的中间 · stands in the middle of the letter"),
    term: str = typer.Option("", help="care-satisfaction 问哪一期：2026H2 | 2026Q4 · of which period it asks"),
    sure: bool = typer.Option(False, "--sure", help="有措辞提示也发 · although the wording check warns"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只看谁会收到 · only tells who would get it"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """给选定的客户发关怀信，不发的逐个说明原因 · A letter of care to chosen customers; tells who gets none and why."""
    names = [name for word in who for name in (sys.stdin.read().split() if word == "-" else [word])]
    with call_of(ctx).app() as opened:
        user, wanted = (
            user_of(opened, agent, password_env),
            Round(letter=letter, who=tuple(names), note=note, sure=sure, term=term),
        )
        done = look_at_care(opened.context, wanted, user)[0] if dry_run else send_care(opened.context, wanted, user)
        language = call_of(ctx).language
    for one in done:
        why = silence_words(one.because, language)
        emit({"who": one.who, "ticket": one.number, "sent": not one.because, "because": one.because, "words": why})
    if all(one.because for one in done):
        raise typer.Exit(1)


def _tell(done: Customer) -> None:
    address = mask_address(done.address.address) if done.address else ""
    emit({"address": address, "name": done.name, "level": done.level, "merged": bool(done.merged_into)})
