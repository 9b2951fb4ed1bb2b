"""Tells whoever is to do a communication task 沟通任务 that it is overdue, once (DOMAIN 7)."""

from __future__ import annotations

import logging
from dataclasses import replace

from core.domain.notice import Audience, NoticeEvent
from core.domain.people import Permission
from core.domain.task import Task
from huiying.flows.context import Context
from huiying.flows.make_task import task_line
from huiying.flows.ports import Transaction
from huiying.flows.retry import each_alone
from huiying.flows.tell import tell

SYSTEM = "system"
_log = logging.getLogger("huiying.tasks")


def tell_overdue(ctx: Context, limit: int) -> int:
    """How many; the cost grows with what has come due."""
    with ctx.store.read() as tx:
        due = tx.tasks.overdue(ctx.now(), limit)

    def act(task: Task) -> None:
        with ctx.store.write() as tx:
            known = tx.tasks.get(task.id)
            if known is not None and known.warn_at is not None and known.warn_at <= ctx.now():
                _tell(ctx, tx, known)

    def set_aside(task: Task) -> None:
        _log.exception("An overdue task could not be told of.", extra={"action": "task.failed", "task": task.id})
        with ctx.store.write() as tx:
            tx.tasks.change(replace(task, warn_at=None))

    return each_alone(due, act, set_aside)


def _tell(ctx: Context, tx: Transaction, task: Task) -> None:
    tx.tasks.change(replace(task, warn_at=None))
    tx.audit.add((task_line(ctx, SYSTEM, "task.overdue", task, {"due": task.due.isoformat()}),))
    tell(
        ctx, tx, NoticeEvent.TASK, f"task:{task.id}", once=task.due.isoformat(), ticket_id=task.ticket_id,
        details=(("kind", task.kind.value), ("due", task.due.isoformat())), to=_whom(ctx, tx, task),
    )  # fmt: skip


def _whom(ctx: Context, tx: Transaction, task: Task) -> tuple[str, ...]:
    """Its owner, while he works on tickets; else those of its team; else the lead."""
    users = {one.name: one for one in tx.people.users() if one.may(Permission.WORK_TICKETS)}
    if task.owner in users:
        return (f"@{task.owner}",)
    members = [one.name for one in ctx.desk().notify.people.values() if task.team and task.team in one.teams]
    return tuple(f"@{name}" for name in members if name in users) or (Audience.LEAD.value,)
