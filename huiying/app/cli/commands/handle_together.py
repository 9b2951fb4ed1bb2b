"""Commands about where a ticket belongs: merged, split, linked, put off."""

from __future__ import annotations

from typing import Any

import typer

from core.domain.errors import BadInput
from core.domain.ticket import Ticket
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.console import emit
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_ID, instant_of
from huiying.flows.link import NOTHING
from huiying.flows.link import link as link_it
from huiying.flows.link_many import link_many, unlink_many
from huiying.flows.merge import merge as merge_it
from huiying.flows.merge import unmerge as unmerge_it
from huiying.flows.snooze import snooze as snooze_it
from huiying.flows.snooze import wake
from huiying.flows.split import Cut
from huiying.flows.split import split as split_it

NUMBER = typer.Argument(..., metavar="NUMBER", help="工单号 · the ticket")


def merge(
    ctx: typer.Context,
    number: str = NUMBER,
    into: str = typer.Argument(..., metavar="INTO", help="并入哪张工单 · the ticket that goes on"),
    sure: bool = typer.Option(False, "--sure", help="协办未完成也继续 · although parts are open"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """合并：客户以后的回信归到 INTO · One demand: later replies go to INTO."""
    with call_of(ctx).app() as opened:
        tell(merge_it(opened.context, number, into, user_of(opened, agent, password_env), sure=sure))


def unmerge(ctx: typer.Context, number: str = NUMBER, agent: str = AS, password_env: str = PASSWORD) -> None:
    """取消合并 · As it was before."""
    with call_of(ctx).app() as opened:
        tell(unmerge_it(opened.context, number, user_of(opened, agent, password_env)))


def snooze(
    ctx: typer.Context,
    number: str = NUMBER,
    until: str = typer.Option("", help="到何时（ISO 8601），默认一小时后 · by itself in an hour"),
    back: bool = typer.Option(False, "--wake", help="放回待办 · back in the queue"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """稍后处理：暂不出现在自己的待办里，须用 --as · Out of one's own queue; wants --as."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if not user.id:
            raise BadInput("须写明是谁：--as NAME (say who: --as NAME)")
        if back:
            emit({"number": number, "until": None, "woken": wake(opened.context, number, user)})
            return
        done = snooze_it(opened.context, number, user, instant_of(opened, until))
        emit({"number": number, "until": done.until.isoformat(), "earlier": done.earlier})


def split(
    ctx: typer.Context,
    number: str = NUMBER,
    text: str = typer.Argument("", metavar="[TEXT]", help="客户的原话，不填则整条 · his words; all of them without"),
    message: int = typer.Option(0, min=0, max=LAST_ID, help="哪条消息，默认最新 · which message, by itself his newest"),
    subject: str = typer.Option("", help="主题，默认取第一句 · by itself the first sentence"),
    file: list[str] = typer.Option([], metavar="PART", help="一并带去的附件，可多次 · a file that goes along"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """拆分：客户说的另一件事成为新工单 · A second matter becomes a ticket of its own."""
    with call_of(ctx).app() as opened:
        cut = Cut(message=message, text=text, subject=subject, files=tuple(file))
        done = split_it(opened.context, number, cut, user_of(opened, agent, password_env))
        emit({"number": done.row.number or None, "split_from": number, "again": done.again})


def link(
    ctx: typer.Context,
    numbers: list[str] = typer.Argument(..., metavar="NUMBER…", help="工单号，可多张 · the tickets"),
    main: str = typer.Argument(..., metavar="MAIN", help="主单，- 取消关联 · the main ticket, or -"),
    undo: bool = typer.Option(False, "--undo", help="撤销关联到 MAIN，恢复原状 · take the links to MAIN back"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """关联到主单，仍是单独的工单 · One outage: linked to a main ticket."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if undo or (len(numbers) > 1 and main != NOTHING):
            done = (unlink_many if undo else link_many)(opened.context, numbers, main, user)
            changed = {"parted" if undo else "linked": [*done.done, *done.already]}
            emit({"main": done.main, **changed, "left_out": list(done.left_out)})
            if not (done.done or done.already):
                raise typer.Exit(1)
            return
        for number in numbers:
            tell(link_it(opened.context, number, main, user))


def tell(ticket: Ticket, **more: Any) -> None:  # noqa: ANN401  what the answer says beside
    fields: dict[str, Any] = {"priority": ticket.fields.get("priority", ""), "team": ticket.fields.get("team", "")}
    emit({"number": ticket.number, "state": ticket.state.value, "assignee": ticket.assignee, **fields, **more})
