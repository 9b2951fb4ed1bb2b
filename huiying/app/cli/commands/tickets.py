"""Commands about tickets: list, search, show, explain, correct."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import typer

from core.domain.errors import WrongUsage
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import State
from core.domain.views import MOST_ROWS, QueueFilter, QueueRow
from huiying.app.bootstrap import App
from huiying.app.cli.actor import AS, PASSWORD, actor_of
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of
from huiying.app.cli.values import values_of
from huiying.flows.correct import correct as set_fields
from huiying.flows.explain import explain as whole_trail
from huiying.flows.show import show as whole_ticket


def list_(
    ctx: typer.Context,
    state: str = typer.Option("open", help="open 未结 | all 全部 | 一个状态名 · or one state"),
    type_: str = typer.Option("", "--type", help="需求类型 · type"),
    urgency: str = typer.Option("", help="紧急程度 · urgency"),
    assignee: str = typer.Option("", help="处理人，- 为无人领取 · whose; - is nobody's"),
    text: str = typer.Option("", help="工单号或文字 · number or words"),
    limit: int = typer.Option(50, min=1, help="最多几行 · at most"),
) -> None:
    """待办工单，按时限排序 · Tickets by their next due time."""
    call = call_of(ctx)
    _check_state(state)
    with call.app() as app:
        taxonomy = app.context.desk().taxonomy
        named, urgent = taxonomy.find("type", type_), taxonomy.find("urgency", urgency)
        which = QueueFilter(
            state="" if state == "all" else state,
            type=named.key if named else type_,
            type_was=named.formerly if named else (),
            urgency=urgent.key if urgent else urgency,
            text=text,
            assignee=assignee,
        )
        found = False
        for row in _rows(app, which, limit):
            found = True
            emit(row_json(row)) if call.wants_json else write_line(_line(row))
        if not found:
            say("没有工单 (no tickets)")
            _tell_unknown(taxonomy, type=type_, urgency=urgency)


def _check_state(state: str) -> None:
    known = ("open", "all", *State)
    if state not in known:
        raise WrongUsage(f"--state {state[:40]}：应为 (expected) {', '.join(dict.fromkeys(known))}")


def _tell_unknown(taxonomy: Taxonomy, **given: str) -> None:
    """An old ticket may still have a value that the taxonomy no longer knows: it is told only when nothing has it."""
    for field, value in given.items():
        if value and taxonomy.find(field, value) is None:
            keys = ", ".join(one.key for one in taxonomy.values(field))
            say(f"        → --{field}：没有 {value[:40]} (no such value: {keys})")


def row_json(row: QueueRow) -> dict[str, Any]:
    """A row of the list as plain values."""
    return {
        "number": row.number,
        "state": row.state,
        "subject": row.subject,
        "gist": row.gist,
        "customer": row.customer,
        "level": row.level,
        "received": row.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **{name: value for name, value in row.fields if name in ("type", "urgency", "priority", "team")},
        "next_due": row.next_due.strftime("%Y-%m-%dT%H:%M:%SZ") if row.next_due else None,
        "next_clock": row.next_clock or None,
        "assignee": row.assignee or None,
        "messages": row.messages,
        "confirmed": row.confirmed,
        "stub": row.stub,
    }


def _line(row: QueueRow) -> str:
    fields = dict(row.fields)
    due = row.next_due.astimezone().strftime("%m-%d %H:%M") if row.next_due else "-"
    return f"{row.number}  {fields.get('urgency', ''):4} {fields.get('type', ''):6} {due}  {row.subject}"


def search(
    ctx: typer.Context,
    words: list[str] = typer.Argument(..., metavar="WORDS…"),
    state: str = typer.Option("all", help="all 全部 | open 未结 | 一个状态名 · or one state"),
    limit: int = typer.Option(20, min=1, help="最多几行 · at most"),
) -> None:
    """搜索工单与往来内容，最新的在前 · Tickets whose number, customer or messages have these words, newest first."""
    call = call_of(ctx)
    _check_state(state)
    which = QueueFilter(state="" if state == "all" else state, text=" ".join(words))
    with call.app() as app:
        found = False
        for row in _rows(app, which, limit):
            found = True
            excerpt = "".join(piece for piece, _ in row.excerpt)
            if call.wants_json:
                emit(row_json(row) | {"excerpt": excerpt})
            else:
                write_line(f"{_line(row)}\n    {excerpt or row.snippet}")
        if not found:
            say("没有找到 (nothing found)")


def _rows(app: App, which: QueueFilter, limit: int) -> Iterator[QueueRow]:
    taxonomy, key, left = app.context.desk().taxonomy, "", limit
    while left > 0:
        with app.store.read() as tx:
            page = tx.views.queue(which, key, min(left, MOST_ROWS))
        for row in page.rows:
            yield replace(row, fields=tuple(taxonomy.today(dict(row.fields)).items()))
        key, left = page.next_key, left - len(page.rows)
        if not key:
            return


def show(ctx: typer.Context, number: str = typer.Argument(..., metavar="NUMBER")) -> None:
    """一张工单 · One ticket."""
    with call_of(ctx).app() as app:
        emit(whole_ticket(app.context, number))


def explain(ctx: typer.Context, number: str = typer.Argument(..., metavar="NUMBER")) -> None:
    """判定依据与来信轨迹 · The whole trail: what happened, who decided, why."""
    call = call_of(ctx)
    with call.app() as app:
        emit(whole_trail(app.context, number, call.language))


def correct(
    ctx: typer.Context,
    number: str = typer.Argument(..., metavar="NUMBER"),
    changes: list[str] = typer.Argument(..., metavar="FIELD=VALUE…"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """修正分类 · An agent's correction: it binds, and teaches the model."""
    values = values_of(changes)
    with call_of(ctx).app() as app:
        app.desks.refresh()
        done = set_fields(app.context, number, values, actor_of(app, agent, password_env).signature)
    emit({"number": number, "correction": done.id, "before": dict(done.before), "after": dict(done.after)})


COMMANDS = (list_, search, show, explain, correct)
