"""The REST API's part about communication tasks, and the calls that make them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from core.domain.errors import BadInput
from core.domain.task import Task, TaskFilter, TaskKind, TaskRow, TaskState
from core.domain.views import MOST_ROWS
from huiying.console.access import RowId, row_id
from huiying.console.api.access import KNOWN, SCHEMES, ApiViewer, ApiWorking
from huiying.console.api.body import JsonRoute
from huiying.console.api.v1 import PROBLEMS
from huiying.console.site import site_of
from huiying.flows.answer import log_call
from huiying.flows.change import ticket_named
from huiying.flows.context import Context
from huiying.flows.make_task import NewTask
from huiying.flows.next_step import next_step
from huiying.flows.task_list import history_json, history_of, task_json, tasks_about, within
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

router = APIRouter(prefix="/api/v1", tags=["tasks"], dependencies=SCHEMES, route_class=JsonRoute)
Words = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(max_length=320)]


class TaskOut(BaseModel):
    """``because`` is ``call:ID`` (of a message), ``mail:ID``, ``plan:NAME`` or ``person``; ``wording`` is prepared for
    the customer, ``reason`` is why it was dropped. ``ticket`` is a number."""

    id: str
    kind: TaskKind
    state: TaskState
    due: datetime
    overdue: bool
    customer: str | None
    ticket: str | None
    owner: str | None
    team: str | None
    words: str
    wording: str
    made_by: str
    because: str
    made: datetime
    ended: datetime | None
    ended_by: str | None
    reason: str | None


class TaskStep(BaseModel):
    at: datetime
    actor: str
    action: str
    details: dict[str, str]


class TaskHistory(TaskOut):
    """With every step since it was made, the first first."""

    history: list[TaskStep]


class TaskPage(BaseModel):
    """``next`` is the key of the next page, empty at the end."""

    tasks: list[TaskOut]
    next: str


class TaskIn(BaseModel):
    """``who`` is a ticket's number or a customer's mail address. What is left out follows from the kind and the
    ticket."""

    who: Name
    kind: TaskKind
    words: Words = ""
    wording: Annotated[str, Field(max_length=4_000)] = ""
    due: AwareDatetime | None = None
    owner: Annotated[str, Field(max_length=64)] = ""
    team: Words = ""


class TaskStepIn(BaseModel):
    """``drop`` and ``put-off`` want a ``reason``, ``put-off`` a ``due``, ``give`` a person (``to``), a ``team`` or
    both; ``approve`` a lead; ``undo`` takes one's own last step back."""

    do: Literal["done", "drop", "put-off", "give", "approve", "undo"]
    reason: Words = ""
    due: AwareDatetime | None = None
    to: Annotated[str, Field(max_length=64)] = ""
    team: Words = ""


class CallIn(BaseModel):
    """``keeps`` are ids of own promises that it keeps, ``task`` that of the task that it was; ``next`` makes a task: a
    ``hand_over`` names its ``team``."""

    outcome: Literal["reached", "not-reached", "rescheduled"]
    words: Annotated[str, Field(max_length=20_000)] = ""
    keeps: Annotated[list[str], Field(max_length=100)] = []
    next: Literal["", "follow_up", "hand_over", "call_back"] = ""
    team: Words = ""
    due: AwareDatetime | None = None
    todo: Words = ""
    task: str = ""


class CallOut(BaseModel):
    id: str
    at: datetime


@router.get("/tasks", responses=PROBLEMS, dependencies=[KNOWN])
def list_tasks(
    request: Request,
    owner: Annotated[str, Query(max_length=64)] = "",
    team: Annotated[str, Query(max_length=500)] = "",
    when: Literal["", "overdue", "today", "week", "later", "asked"] = "",
    over: bool = False,
    key: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 50,
) -> TaskPage:
    """What is to be done, the next due first; with ``over`` what is over, the latest first."""
    context = site_of(request).context
    named = TaskFilter(owner=owner, teams=(team,) if team else (), ended=over)
    with context.store.read() as tx:
        page = tx.tasks.listed(within(context, named, when), key, limit)
    return TaskPage(tasks=[_shown(context, row) for row in page.rows], next=page.next_key)


@router.get("/tickets/{number}/tasks", responses=PROBLEMS, dependencies=[KNOWN])
def list_of_ticket(request: Request, number: str) -> list[TaskOut]:
    """What is to be done on the ticket or for its customer, the next due first; then what was done on it lately."""
    context = site_of(request).context
    with context.store.read() as tx:
        rows = tasks_about(tx, ticket_named(tx, number))
    return [_shown(context, row) for row in rows]


@router.get("/tasks/{task_id}", responses=PROBLEMS, dependencies=[KNOWN])
def show_task(request: Request, task_id: RowId) -> TaskHistory:
    """One task, and what happened to it."""
    context = site_of(request).context
    with context.store.read() as tx:
        task = task_named(tx, task_id)
        row, lines = tx.tasks.row(task.id), history_of(tx, task)
    told = task_json(row or TaskRow(task=task), context.now())
    return TaskHistory(**told, history=[TaskStep(**line) for line in history_json(lines)])


@router.post("/tasks", status_code=201, responses=PROBLEMS)
def make_one(request: Request, viewer: ApiWorking, body: TaskIn) -> TaskOut:
    """From a ticket, or for a customer."""
    context = site_of(request).context
    new = NewTask(
        kind=body.kind, words=body.words, wording=body.wording, due=body.due, owner=body.owner, team=body.team
    )
    return _task_out(context, add_task(context, body.who, viewer.user, new))


@router.post("/tasks/{task_id}", responses=PROBLEMS)
def change_task(request: Request, viewer: ApiWorking, task_id: RowId, body: TaskStepIn) -> TaskOut:
    """One step of it."""
    context = site_of(request).context
    return _task_out(context, _step(context, viewer, task_id, body))


@router.post("/tickets/{number}/calls", status_code=201, responses=PROBLEMS)
def add_call(request: Request, viewer: ApiWorking, number: str, body: CallIn) -> CallOut:
    """记一次通话或拜访: a customer who was reached has had his first response; the next step is made with it."""
    step = next_step(body.next, body.team, body.due, body.todo, row_id(body.task) if body.task else 0)
    keeps = [row_id(one) for one in body.keeps]
    done = log_call(site_of(request).context, number, viewer.user, body.outcome, body.words, keeps, step)
    return CallOut(id=str(done.id), at=done.at)


def _step(context: Context, viewer: ApiViewer, task_id: int, body: TaskStepIn) -> Task:
    user = viewer.user
    match body.do:
        case "done":
            return finish_task(context, task_id, user)
        case "drop":
            return drop_task(context, task_id, user, body.reason)
        case "give":
            return give_task(context, task_id, user, body.to, body.team)
        case "approve":
            return approve_task(context, task_id, user)
        case "put-off" if body.due is not None:
            return put_off_task(context, task_id, user, body.due, body.reason)
        case "put-off":
            raise BadInput("due")
    taken_back = undo_task(context, task_id, user)
    if taken_back is None:
        raise BadInput("没有可撤销的 (nothing to take back)")
    return taken_back


def _task_out(context: Context, task: Task) -> TaskOut:
    with context.store.read() as tx:
        row = tx.tasks.row(task.id)
    return _shown(context, row or TaskRow(task=task))


def _shown(context: Context, row: TaskRow) -> TaskOut:
    return TaskOut(**task_json(row, context.now()))
