"""What pages show of communication tasks, and what their forms offer."""

from __future__ import annotations

from typing import Any

from core.domain.calendar import MINUTES_A_DAY
from core.domain.duration import Duration
from core.domain.people import Permission, User
from core.domain.task import TaskKind
from core.domain.ticket import Ticket
from huiying.flows.context import Context
from huiying.flows.next_step import NEXT_STEPS
from huiying.flows.task_list import tasks_about
from huiying.flows.tasks import APPROVING

LETTERS = {
    TaskKind.CALL_BACK: "care-call-back",
    TaskKind.SATISFACTION_ROUND: "care-satisfaction",
    TaskKind.KEY_DATE: "care-greeting",
    TaskKind.GONE_QUIET: "care-quiet",
}
"""The letter of care that does a task of that kind, too."""


def tasks_of(ctx: Context, ticket: Ticket, user: User) -> dict[str, Any]:
    """Those of a ticket's page, with what can be done with them."""
    with ctx.store.read() as tx:
        rows = tasks_about(tx, ticket)
    return {"tasks": rows, "numbers": {row.task.id: ticket.number for row in rows}, **task_choices(ctx, user)}


def task_choices(ctx: Context, user: User) -> dict[str, Any]:
    """Kinds, next steps with the time within which they are due, colleagues and teams to choose from, and whether the
    user approves."""
    desk = ctx.desk()
    with ctx.store.read() as tx:
        people = tuple(one for one in tx.people.users() if one.may(Permission.WORK_TICKETS))
    return {
        "task_kinds": tuple(TaskKind),
        "task_letters": LETTERS,
        "next_steps": {kind: within_words(desk.tasks.within(kind), user.language) for kind in NEXT_STEPS},
        "task_people": people,
        "task_teams": tuple(dict.fromkeys(value.team for value in desk.taxonomy.values("type") if value.team)),
        "approves": user.role in APPROVING,
    }


def within_words(within: Duration, language: str) -> str:
    """As people say it: 30 天, not 720 小时."""
    days, rest = divmod(within.minutes, MINUTES_A_DAY)
    if within.working or rest or not days:
        return within.words(language)
    return f"{days} day{'' if days == 1 else 's'}" if language.startswith("en") else f"{days} 天"
