"""Commands about customers: one person with several addresses."""

from __future__ import annotations

import typer

from core.domain.ticket import Customer
from core.text.mask import mask_address
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.console import emit
from huiying.app.cli.state import call_of
from huiying.flows.merge_customers import merge_customers, unmerge_customer

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


def _tell(done: Customer) -> None:
    address = mask_address(done.address.address) if done.address else ""
    emit({"address": address, "name": done.name, "level": done.level, "merged": bool(done.merged_into)})
