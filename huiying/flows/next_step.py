"""下一步 of a logged call or visit: the task that it makes, and the one that it was (DOMAIN 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.domain.errors import BadInput
from core.domain.people import User
from core.domain.seen import seen
from core.domain.task import Task, TaskKind, TaskState
from core.domain.ticket import Ticket
from huiying.flows.account_manager import manager_of
from huiying.flows.context import Context
from huiying.flows.make_task import NewTask, make_task
from huiying.flows.ports import Transaction
from huiying.flows.tasks import finish, task_named

NEXT_STEPS = (TaskKind.FOLLOW_UP, TaskKind.HAND_OVER, TaskKind.CALL_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """``kind`` None makes no task; ``team`` takes over by a hand-over. ``done`` is the task that the call was."""

    kind: TaskKind | None = None
    team: str = ""
    due: datetime | None = None
    words: str = ""
    done: int = 0


NO_STEP = NextStep()


def next_step(kind: str, team: str = "", due: datetime | None = None, words: str = "", done: int = 0) -> NextStep:
    """As a form has it. Raises ``BadInput`` for what is no next step, and for a hand-over to nobody."""
    known = {one.value: one for one in NEXT_STEPS}
    if kind and kind not in known:
        raise BadInput(f"下一步：{kind[:30]}，应为 (next step, expected) {', '.join(known)}")
    if known.get(kind) is TaskKind.HAND_OVER and not seen(team):
        raise BadInput("转给哪个部门？(to which department?)")
    return NextStep(kind=known.get(kind), team=team, due=due, words=words, done=done)


def take_step(ctx: Context, tx: Transaction, ticket: Ticket, agent: User, because: str, step: NextStep) -> Task | None:
    """Inside the transaction of the call; ``because`` names it. Once for each call: saying it again makes no second."""
    done = task_named(tx, step.done) if step.done else None
    if done is not None and done.state is TaskState.OPEN:  # what a colleague has ticked off meanwhile stops no call
        finish(ctx, tx, done, agent.name)
    if step.kind is None:
        return None
    owner = "" if step.kind is TaskKind.HAND_OVER else manager_of(tx, ticket.assignee) or manager_of(tx, agent.name)
    new = NewTask(
        kind=step.kind, ticket_id=ticket.id, owner=owner, team=step.team, due=step.due, words=step.words,
        because=because, occasion=f"{because}:{step.kind.value}",
    )  # fmt: skip
    return make_task(ctx, tx, agent.name, new)
