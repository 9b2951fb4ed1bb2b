"""Which communication tasks 沟通任务 a list shows, and how one is told to programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.errors import BadInput
from core.domain.people import User
from core.domain.period import PeriodKind, period_of
from core.domain.task import Task, TaskFilter, TaskRow, TaskState
from core.domain.ticket import Ticket
from core.domain.views import MOST_ROWS, AuditRow
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.link import living
from huiying.flows.ports import Transaction

WHOSE = ("mine", "team", "all")
WHEN = ("overdue", "today", "week", "later", "asked")
ASKED = WHEN[-1]
MOST_OVER = 5
NO_TEAM = "-"
"""No team is called so: who is in no team has no team's tasks."""


def teams_of(desk: Desk, user: User) -> tuple[str, ...]:
    """The teams in which ``notify.yaml`` names the user."""
    known = desk.notify.people.get(user.name)
    return known.teams if known else ()


def wanted(ctx: Context, user: User, whose: str, when: str = "", *, ended: bool = False) -> TaskFilter:
    """``whose`` and ``when`` are words of the lists above; any other is all."""
    every = within(ctx, TaskFilter(ended=ended), when)
    if whose == "mine":
        return replace(every, owner=user.name)
    return replace(every, teams=teams_of(ctx.desk(), user) or (NO_TEAM,)) if whose == "team" else every


def within(ctx: Context, which: TaskFilter, when: str) -> TaskFilter:
    """Due before now, until tonight, until the week's end, or after it; what waits for a lead's approval is nobody's to
    do, and a list of its own. Raises ``BadInput`` for a list of what is over: that goes by the end."""
    if when and which.ended:
        raise BadInput("已结束的任务不按时限筛选 (what is over is not listed by its due time)")
    now, zone = ctx.now(), ctx.desk().calendar.tz
    day = now.astimezone(zone).date()
    tonight, sunday = period_of(PeriodKind.DAY, day).end(zone), period_of(PeriodKind.WEEK, day).end(zone)
    spans = {"overdue": (None, now), "today": (now, tonight), "week": (tonight, sunday), "later": (sunday, None)}
    since, before = spans.get(when, (None, None))
    state = TaskState.ASKED if when == ASKED else TaskState.OPEN if when in spans else None
    return replace(which, since=since, before=before, state=state)


def named_ticket(tx: Transaction, row: TaskRow) -> str:
    """The ticket on which a call for it is logged: its own, or the one in which that goes on, else its customer's
    newest; '' without one."""
    task = row.task
    if task.ticket_id:
        ticket = tx.tickets.get(task.ticket_id)
    else:
        ticket = tx.tickets.newest_ticket(task.customer_id) if task.customer_id else None
    return living(tx, ticket).number if ticket else ""


def tasks_about(tx: Transaction, ticket: Ticket) -> tuple[TaskRow, ...]:
    """All that is to be done on the ticket or for its customer, whatever address he wrote from, the next due first;
    then what was done on the ticket lately."""
    rows = {row.task.id: row for row in tx.tasks.of_ticket(ticket.id)}
    over = [row for row in rows.values() if not row.task.is_live][:MOST_OVER]
    customer = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    if customer is not None:
        head = customer.merged_into or customer.id
        every = {customer.id, head, *tx.tickets.merged_customers(head)}
        rows |= {row.task.id: row for row in tx.tasks.of_customers(every)}
    live = sorted((row for row in rows.values() if row.task.is_live), key=lambda row: (row.task.due, row.task.id))
    return (*live, *over)


def history_of(tx: Transaction, task: Task) -> tuple[AuditRow, ...]:
    """What happened to it, step by step, from the trail of its ticket or customer."""
    found: list[AuditRow] = []
    key = ""
    while True:
        page = tx.views.audit(task.subject, key, MOST_ROWS)
        found += [line for line in page.rows if ("task", str(task.id)) in line.details]
        key = page.next_key
        if not key or any(line.action == "task.made" for line in found):
            return tuple(reversed(found))


def history_json(lines: Sequence[AuditRow]) -> list[dict[str, Any]]:
    return [
        {"at": _instant(line.at), "actor": line.actor, "action": line.action, "details": dict(line.details)}
        for line in lines
    ]


def task_json(row: TaskRow, now: datetime) -> dict[str, Any]:
    """As ``task`` and the API tell it."""
    task = row.task
    return {
        "id": str(task.id),
        "kind": task.kind.value,
        "state": task.state.value,
        "due": _instant(task.due),
        "overdue": task.state is TaskState.OPEN and task.due <= now,
        "customer": row.customer or None,
        "ticket": row.number or None,
        "owner": task.owner or None,
        "team": task.team or None,
        "words": task.words,
        "wording": task.wording,
        "made_by": task.made_by,
        "because": task.because,
        "made": _instant(task.at),
        "ended": _instant(task.ended) if task.ended else None,
        "ended_by": task.ended_by or None,
        "reason": task.reason or None,
    }


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
