"""任务: what somebody is to do for a customer, whose and by when; done by one key, and taken back by another."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput, NotFound
from core.domain.people import Permission
from core.domain.task import Task, TaskFilter, TaskKind, TaskRow, TaskState
from core.domain.views import Page
from huiying.console.access import SIGNED_IN, Looking, RowId, Working, looking
from huiying.console.pages.handling import instant
from huiying.console.problems import in_language
from huiying.console.site import Site, Viewer, asks_for_fragment, site_of
from huiying.console.task_view import task_choices
from huiying.flows.make_task import NewTask
from huiying.flows.task_list import ASKED, WHEN, WHOSE, history_of, named_ticket, wanted, within
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

PAGE = 50
Text = Annotated[str, Form(max_length=4_000)]

router = APIRouter(include_in_schema=False, prefix="/tasks")


@router.get("")
def tasks_page(
    request: Request, viewer: Looking, whose: str = "", when: str = "", over: str = "", key: str = ""
) -> HTMLResponse:
    """Whoever sees tickets sees them; his own first, if he works on any."""
    site = site_of(request)
    whose = whose if whose in WHOSE else "mine" if viewer.may(Permission.WORK_TICKETS) else "all"
    when = when if when in WHEN and not over else ""
    context = site.context
    with context.store.read() as transaction:
        found = transaction.tasks.listed(wanted(context, viewer.user, whose, when, ended=bool(over)), key, PAGE)
        counts = {one: transaction.tasks.count(wanted(context, viewer.user, whose, one)) for one in WHEN}
        numbers = {row.task.id: named_ticket(transaction, row) for row in found.rows}
    return site.page(
        request, "tasks.html", viewer, page=_in_parts(site, found), numbers=numbers, whose=whose, when=when, over=over,
        key=key, counts=counts, whose_words=WHOSE, when_words=WHEN, **task_choices(context, viewer.user),
    )  # fmt: skip


@router.get("/new")
def new_task(
    request: Request, viewer: Annotated[Viewer, Depends(looking(Permission.WORK_TICKETS))], who: str = ""
) -> HTMLResponse:
    """A form for one that is made by hand, for a ticket or a customer."""
    return _form(request, viewer, {"who": who[:320]})


@router.get("/{task_id}", dependencies=[SIGNED_IN])
def task_page(request: Request, task_id: RowId) -> Response:
    """Where it is worked on: its ticket, else its customer's newest; in the list once it is over, or without one."""
    with site_of(request).context.store.read() as transaction:
        task = task_named(transaction, task_id)
        number = named_ticket(transaction, TaskRow(task=task)) if task.ticket_id or task.is_live else ""
    listed = f"/tasks?whose=all{'' if task.is_live else '&over=yes'}"
    return RedirectResponse(f"/tickets/{quote(number, safe='')}#tasks" if number else listed, 303)


@router.get("/{task_id}/history")
def task_history(request: Request, viewer: Looking, task_id: RowId) -> HTMLResponse:
    """What happened to it, opened from its line."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        lines = history_of(transaction, task_named(transaction, task_id))
    return site.page(request, "parts/task_history.html", viewer, lines=lines)


@router.post("")
def make_one(
    request: Request,
    viewer: Working,
    who: Text,
    kind: Text,
    words: Text = "",
    wording: Text = "",
    due: Text = "",
    owner: Text = "",
    team: Text = "",
) -> Response:
    """By hand, for a ticket's number or a customer's address."""
    if kind not in set(TaskKind):
        raise BadInput(kind)
    site = site_of(request)
    try:
        new = NewTask(
            kind=TaskKind(kind), words=words, wording=wording.replace("\r\n", "\n"), owner=owner, team=team,
            due=instant(site, due),
        )  # fmt: skip
        made = add_task(site.context, who, viewer.user, new)
    except (BadInput, NotFound) as error:
        if asks_for_fragment(request):
            raise
        given = {"who": who, "kind": kind, "words": words, "wording": wording, "due": due, "owner": owner, "team": team}
        return _form(request, viewer, given, in_language(error.message, viewer.language) or error.message)
    return _done(request, viewer, made, "made")


@router.post("/{task_id}/done")
def finish_one(request: Request, viewer: Working, task_id: RowId) -> Response:
    """已完成."""
    return _done(request, viewer, finish_task(site_of(request).context, task_id, viewer.user), "done")


@router.post("/{task_id}/drop")
def drop_one(request: Request, viewer: Working, task_id: RowId, reason: Text = "") -> Response:
    """不再需要, or not approved."""
    return _done(request, viewer, drop_task(site_of(request).context, task_id, viewer.user, reason), "dropped")


@router.post("/{task_id}/put-off")
def put_off_one(request: Request, viewer: Working, task_id: RowId, due: Text = "", reason: Text = "") -> Response:
    """改时限."""
    site = site_of(request)
    until: datetime | None = instant(site, due)
    if until is None:
        raise BadInput("请选新的时间 (choose the new time)")
    return _done(request, viewer, put_off_task(site.context, task_id, viewer.user, until, reason), "moved")


@router.post("/{task_id}/give")
def give_one(request: Request, viewer: Working, task_id: RowId, to: Text = "", team: Text = "") -> Response:
    """交给, or taken by whoever is named."""
    return _done(request, viewer, give_task(site_of(request).context, task_id, viewer.user, to, team), "given")


@router.post("/{task_id}/approve")
def approve_one(request: Request, viewer: Working, task_id: RowId) -> Response:
    """批准."""
    return _done(request, viewer, approve_task(site_of(request).context, task_id, viewer.user), "approved")


@router.post("/{task_id}/undo")
def undo_one(request: Request, viewer: Working, task_id: RowId) -> Response:
    """撤销: the viewer's own last step."""
    context = site_of(request).context
    done = undo_task(context, task_id, viewer.user)
    with context.store.read() as transaction:
        task = done or task_named(transaction, task_id)
    return _done(request, viewer, task, "undone" if done else "nothing", undo=False)


def _form(request: Request, viewer: Viewer, given: dict[str, str], problem: str = "") -> HTMLResponse:
    """With what was written so far, and what is wrong with it."""
    site = site_of(request)
    return site.page(
        request, "task_new.html", viewer, status=422 if problem else 200, given=given, problem=problem,
        **task_choices(site.context, viewer.user),
    )  # fmt: skip


def _in_parts(site: Site, page: Page[TaskRow]) -> Page[tuple[str, TaskRow]]:
    """Each row with the part of the time in which it is due, as its heading; first what waits for approval."""
    edges = [(when, within(site.context, TaskFilter(), when).before) for when in WHEN if when != ASKED]

    def part(row: TaskRow) -> str:
        asked = row.task.state is TaskState.ASKED
        return ASKED if asked else next(when for when, end in edges if end is None or row.task.due < end)

    rows = tuple(sorted(((part(row), row) for row in page.rows), key=lambda one: one[0] != ASKED))
    return Page(rows=rows, next_key=page.next_key)


def _done(request: Request, viewer: Viewer, task: Task, key: str, *, undo: bool = True) -> Response:
    """A toast that offers to undo, and the news that it changed; a redirect without scripts."""
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tasks/{task.id}", status_code=303)
    site = site_of(request)
    with site.context.store.read() as transaction:
        row = transaction.tasks.row(task.id)
    number = row.number if row else ""
    page = site.page(request, "parts/toast_task.html", viewer, task=task, key=key, undo=undo)
    events: dict[str, object] = {"task-changed": {}, "ticket-handled": {"key": key}}
    page.headers["HX-Trigger"] = json.dumps(events | ({"ticket-changed": {"number": number}} if number else {}))
    return page
