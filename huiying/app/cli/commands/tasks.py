"""Commands about communication tasks: list, add, done, drop, put off, give, approve, undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import typer

from core.domain.errors import BadInput
from core.domain.task import Task, TaskFilter, TaskKind, TaskRow
from core.domain.views import MOST_ROWS
from huiying.app.bootstrap import App
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import Call, call_of
from huiying.app.cli.values import LAST_ID, instant_of
from huiying.flows.change import ticket_named
from huiying.flows.make_task import NewTask
from huiying.flows.task_list import WHEN, history_json, history_of, task_json, tasks_about, within
from huiying.flows.tasks import (
    add_task,
    approve_task,
    drop_task,
    finish_task,
    give_task,
    put_off_task,
    task_named,
    undo_task,
)

app = typer.Typer(help="沟通任务 · Communication tasks.", no_args_is_help=True)
_ID = typer.Argument(..., min=0, max=LAST_ID, metavar="ID", help="哪一项，见 task list · which one")
_REASON = typer.Option("", help="理由 · why")
_DUE = typer.Option("", help="时限（ISO 8601） · by when")


@app.command("list")
def list_(
    ctx: typer.Context,
    owner: str = typer.Option("", help="负责人 · whose"),
    team: str = typer.Option("", help="部门 · of which team"),
    when: str = typer.Option("", help=" | ".join(WHEN)),
    ticket: str = typer.Option("", help="某张工单和它的客户的 · of a ticket and its customer"),
    over: bool = typer.Option(False, "--over", help="已完成和不再需要的 · what is over, the latest first"),
    limit: int = typer.Option(50, min=1, help="最多几行 · at most"),
) -> None:
    """待办任务，按时限排序 · Tasks by their due time."""
    if when not in ("", *WHEN):
        raise BadInput(f"{when}：应为 (expected) {', '.join(WHEN)}")
    call = call_of(ctx)
    with call.app() as opened:
        opened.desks.refresh()
        if ticket:
            with opened.store.read() as tx:
                _print(call, opened, tasks_about(tx, ticket_named(tx, ticket)))
            return
        named = TaskFilter(owner=owner, teams=(team,) if team else (), ended=over)
        _print(call, opened, _rows(opened, within(opened.context, named, when), limit))


@app.command()
def show(ctx: typer.Context, task_id: int = _ID) -> None:
    """一项任务和它的经过 · One task, and what happened to it."""
    with call_of(ctx).app() as opened, opened.store.read() as tx:
        task = task_named(tx, task_id)
        row, history = tx.tasks.row(task.id), history_of(tx, task)
        emit(task_json(row or TaskRow(task=task), opened.context.now()) | {"history": history_json(history)})


@app.command()
def add(
    ctx: typer.Context,
    who: str = typer.Argument(
        ..., metavar="TICKET|ADDRESS", help="工单号或客户邮箱 · a ticket, or a customer's address"
    ),
    kind: TaskKind = typer.Argument(..., help="做什么 · what kind"),
    words: str = typer.Option("", help="要做什么 · what to do"),
    wording: str = typer.Option("", help="对客户说什么，省略则用准备好的 · what is said; as prepared where left out"),
    due: str = _DUE,
    owner: str = typer.Option("", help="负责人 · whose"),
    team: str = typer.Option("", help="部门 · of which team"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """新建任务 · Make one."""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        new = NewTask(kind=kind, words=words, wording=wording, owner=owner, team=team)
        made = add_task(opened.context, who, user, replace(new, due=instant_of(opened, due)))
        _tell(opened, made)


@app.command()
def done(ctx: typer.Context, task_id: int = _ID, agent: str = AS, password_env: str = PASSWORD) -> None:
    """已完成 · It was done."""
    with call_of(ctx).app() as opened:
        _tell(opened, finish_task(opened.context, task_id, user_of(opened, agent, password_env)))


@app.command()
def drop(
    ctx: typer.Context, task_id: int = _ID, reason: str = _REASON, agent: str = AS, password_env: str = PASSWORD
) -> None:
    """不再需要，或不批准，写明理由 · No longer needed, or refused; with the reason."""
    with call_of(ctx).app() as opened:
        _tell(opened, drop_task(opened.context, task_id, user_of(opened, agent, password_env), reason))


@app.command()
def put_off(
    ctx: typer.Context,
    task_id: int = _ID,
    due: str = _DUE,
    reason: str = _REASON,
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """改时限，写明理由 · Another due time, with the reason."""
    with call_of(ctx).app() as opened:
        user, new = user_of(opened, agent, password_env), instant_of(opened, due)
        if new is None:
            raise BadInput("缺少新的时限：--due 2026-03-05T10:00 (the new due time is missing)")
        _tell(opened, put_off_task(opened.context, task_id, user, new, reason))


@app.command()
def give(
    ctx: typer.Context,
    task_id: int = _ID,
    to: str = typer.Option("", help="交给谁 · to whom"),
    team: str = typer.Option("", help="交给哪个部门 · to which team"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """交给同事或部门 · To a colleague, or a team."""
    with call_of(ctx).app() as opened:
        _tell(opened, give_task(opened.context, task_id, user_of(opened, agent, password_env), to, team))


@app.command()
def approve(ctx: typer.Context, task_id: int = _ID, agent: str = AS, password_env: str = PASSWORD) -> None:
    """批准赠礼 · A lead lets a gift be given."""
    with call_of(ctx).app() as opened:
        _tell(opened, approve_task(opened.context, task_id, user_of(opened, agent, password_env)))


@app.command()
def undo(ctx: typer.Context, task_id: int = _ID, agent: str = AS, password_env: str = PASSWORD) -> None:
    """撤销自己刚做的一步 · Take one's own last step back."""
    with call_of(ctx).app() as opened:
        taken_back = undo_task(opened.context, task_id, user_of(opened, agent, password_env))
        if taken_back is None:
            raise BadInput(f"{task_id}: 没有可撤销的 (nothing to take back)")
        _tell(opened, taken_back)


def _rows(opened: App, which: TaskFilter, limit: int) -> Iterator[TaskRow]:
    key, left = "", limit
    while left > 0:
        with opened.store.read() as tx:
            page = tx.tasks.listed(which, key, min(left, MOST_ROWS))
        yield from page.rows
        key, left = page.next_key, left - len(page.rows)
        if not key:
            return


def _print(call: Call, opened: App, rows: Iterable[TaskRow]) -> None:
    for row in rows:
        if call.wants_json:
            emit(task_json(row, opened.context.now()))
        else:
            write_line(_line(row))


def _line(row: TaskRow) -> str:
    task = row.task
    due = task.due.astimezone().strftime("%m-%d %H:%M")
    about = " ".join(word for word in (f"#{row.number}" if row.number else "", row.customer) if word)
    return f"{task.id}  {task.state:8} {due}  {task.kind}  {task.owner or task.team or '-'}  {about}  {task.words}"


def _tell(opened: App, task: Task) -> None:
    with opened.store.read() as tx:
        row = tx.tasks.row(task.id)
    emit(task_json(row or TaskRow(task=task), opened.context.now()))
