"""Which communication tasks 沟通任务 a list shows, and how one is told to programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from core.domain.errors import BadInput
from core.domain.people import User
from core.domain.period import PeriodKind, period_of
from core.domain.task import TaskFilter, TaskRow
from huiying.flows.context import Context
from huiying.flows.desk import Desk

WHOSE = ("mine", "team", "all")
WHEN = ("overdue", "today", "week", "later")
NO_TEAM = "-"
"""No team is called so: who is in no team has no team's tasks."""


def teams_of(desk: Desk, user: User) -> tuple[str, ...]:
    """The teams in which ``notify.yaml`` names the user."""
    known = desk.notify.people.get(user.name)
    return known.teams if known else ()


def wanted(ctx: Context, user: User, whose: str, when: str = "", *, ended: bool = False) -> TaskFilter:
    """``whose`` and ``when`` are words of the lists above; '' is all. Raises ``BadInput`` for others."""
    if whose not in ("", *WHOSE) or when not in ("", *WHEN):
        raise BadInput(f"{', '.join(WHOSE)}; {', '.join(WHEN)}")
    every = within(ctx, TaskFilter(ended=ended), when)
    if whose == "mine":
        return replace(every, owner=user.name)
    return replace(every, teams=teams_of(ctx.desk(), user) or (NO_TEAM,)) if whose == "team" else every


def within(ctx: Context, which: TaskFilter, when: str) -> TaskFilter:
    """Due before now, until tonight, until the week's end, or after it."""
    now, zone = ctx.now(), ctx.desk().calendar.tz
    day = now.astimezone(zone).date()
    tonight, sunday = period_of(PeriodKind.DAY, day).end(zone), period_of(PeriodKind.WEEK, day).end(zone)
    spans = {"overdue": (None, now), "today": (now, tonight), "week": (tonight, sunday), "later": (sunday, None)}
    since, before = spans.get(when, (None, None))
    return replace(which, since=since, before=before)


def task_json(row: TaskRow, now: datetime) -> dict[str, Any]:
    """As ``task`` and the API tell it."""
    task = row.task
    return {
        "id": str(task.id),
        "kind": task.kind.value,
        "state": task.state.value,
        "due": _instant(task.due),
        "overdue": task.is_live and task.due <= now,
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
