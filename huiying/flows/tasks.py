"""What people do with communication tasks 沟通任务: done, dropped, put off, given, approved, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from core.domain.errors import BadInput, NotFound, NotPermitted, ReasonNeeded, SecondPersonNeeded
from core.domain.mail import Address
from core.domain.people import Permission, Role, User
from core.domain.seen import seen
from core.domain.task import Task, TaskState
from core.text.mask import mask
from huiying.flows.account_manager import manager_of, require_manager
from huiying.flows.change import Done, ticket_named
from huiying.flows.context import Context
from huiying.flows.make_task import MOST_WORDS, NewTask, check_due, make_task, task_line
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried

APPROVING = (Role.LEAD, Role.ADMIN)
UNDONE = "task.undone"
_LOOKED_THROUGH = 100
"""Lines of a trail among which the last step of a task is looked for."""


def add_task(ctx: Context, who: str, user: User, new: NewTask) -> Task:
    """A person makes one, from a ticket or for the customer of a mail address; it is his own where nobody is named.
    Raises ``NotFound`` and what ``make_task`` raises."""
    _require_worker(user)

    def once() -> Task:
        with ctx.store.write() as tx:
            of = _about(tx, who, new)
            mine = of if of.owner or of.team else replace(of, owner=manager_of(tx, user.name))
            made = make_task(ctx, tx, user.name, mine)
        if made is None:
            raise BadInput("已有同样的任务 (there is such a task already)")
        return made

    return _told(ctx, retried(once))


def _about(tx: Transaction, who: str, new: NewTask) -> NewTask:
    if "@" not in who:
        return replace(new, ticket_id=ticket_named(tx, who.strip().lstrip("#＃")).id)
    customer = tx.tickets.customer_by_address(Address(address=who.strip()).key)
    if customer is None:
        raise NotFound("没有这个客户 (there is no such customer)")
    return replace(new, customer_id=customer.id)


def finish_task(ctx: Context, task_id: int, user: User) -> Task:
    """Raises ``NotFound``, ``NotPermitted``, and ``BadInput`` when it is over, or waits for a lead."""
    return _change(ctx, task_id, user, lambda tx, task: finish(ctx, tx, task, user.name))


def finish(ctx: Context, tx: Transaction, task: Task, actor: str) -> Task:
    """The same inside a transaction: for a call by which it was done."""
    if task.state is not TaskState.OPEN:
        raise BadInput(f"任务已是 {task.state.value} (the task is {task.state.value})")
    done = replace(task, state=TaskState.DONE, ended=ctx.now(), ended_by=actor, warn_at=None)
    tx.audit.add((task_line(ctx, actor, "task.done", task),))
    return tx.tasks.change(done)


def drop_task(ctx: Context, task_id: int, user: User, reason: str) -> Task:
    """No longer needed, or refused by the lead whose approval it waits for. Raises ``ReasonNeeded`` too."""
    words = _reason(reason)

    def act(tx: Transaction, task: Task) -> Task:
        _require_live(task)
        return drop(ctx, tx, task, user.name, words)

    return _change(ctx, task_id, user, act)


def drop(ctx: Context, tx: Transaction, task: Task, actor: str, reason: str) -> Task:
    """The same inside a transaction."""
    dropped = replace(task, state=TaskState.DROPPED, reason=reason, ended=ctx.now(), ended_by=actor, warn_at=None)
    tx.audit.add((task_line(ctx, actor, "task.dropped", task, {"before": task.state.value, "reason": reason}),))
    return tx.tasks.change(dropped)


def put_off_task(ctx: Context, task_id: int, user: User, due: datetime, reason: str) -> Task:
    """Another due time, later or earlier; whoever does it is told again when that is over. Raises as ``drop_task``."""
    words = _reason(reason)

    def act(tx: Transaction, task: Task) -> Task:
        _require_live(task)
        check_due(due, ctx.now())
        moved = {"due": due.isoformat(), "before": task.due.isoformat(), "reason": words}
        tx.audit.add((task_line(ctx, user.name, "task.moved", task, moved),))
        return tx.tasks.change(_due(task, due, ctx.now()))

    return _change(ctx, task_id, user, act)


def give_task(ctx: Context, task_id: int, user: User, to: str = "", team: str = "") -> Task:
    """To a colleague, or to a team, of whom one takes it; the team stays where only a colleague is named. Raises
    ``BadInput`` when neither is, or for somebody who works on no tickets."""

    def act(tx: Transaction, task: Task) -> Task:
        _require_live(task)
        owner, new_team = to.strip(), mask(seen(team)[:MOST_WORDS]) or task.team
        if not owner and not seen(team):
            raise BadInput("交给谁？(to whom?)")
        require_manager(tx, owner)
        given = {"to": owner, "team": new_team, "before": task.owner, "before-team": task.team}
        tx.audit.add((task_line(ctx, user.name, "task.given", task, given),))
        return tx.tasks.change(replace(task, owner=owner, team=new_team))

    return _change(ctx, task_id, user, act)


def approve_task(ctx: Context, task_id: int, user: User) -> Task:
    """Raises ``NotPermitted`` for who is no lead, ``SecondPersonNeeded`` for one's own task, ``BadInput`` for what
    waits for no approval."""
    if user.role not in APPROVING:
        raise NotPermitted

    def act(tx: Transaction, task: Task) -> Task:
        if task.state is not TaskState.ASKED:
            raise BadInput(f"任务已是 {task.state.value} (the task is {task.state.value})")
        if task.made_by == user.name:
            raise SecondPersonNeeded("赠礼须由另一个人批准 (somebody else has to approve it)")
        tx.audit.add((task_line(ctx, user.name, "task.approved", task),))
        return tx.tasks.change(_due(replace(task, state=TaskState.OPEN), task.due, ctx.now()))

    return _change(ctx, task_id, user, act)


def undo_task(ctx: Context, task_id: int, user: User) -> Task | None:
    """Takes back the user's own last step, as long as nobody has done another, or erased its customer, since; None when
    there is none."""

    def act(tx: Transaction, task: Task) -> Task | None:
        last = _last_step(tx, task)
        undo = _UNDO.get(last.get("action", ""))
        if undo is None or last.get("actor") != user.name or _is_erased(tx, task):
            return None
        tx.audit.add((task_line(ctx, user.name, UNDONE, task),))
        return tx.tasks.change(undo(task, last, ctx.now()))

    return _change(ctx, task_id, user, act)


def _is_erased(tx: Transaction, task: Task) -> bool:
    """Whether only the number and figures of its ticket are left: whatever was filed had a message."""
    return bool(task.ticket_id) and tx.tickets.first_message(task.ticket_id) is None


Undo = Callable[[Task, dict[str, str], datetime], Task]
"""From the task, the details of the step, and now."""


def _again(task: Task, last: dict[str, str], now: datetime) -> Task:
    state = TaskState(last.get("before", TaskState.OPEN))
    return _due(replace(task, state=state, ended=None, ended_by="", reason=""), task.due, now)


def _moved_back(task: Task, last: dict[str, str], now: datetime) -> Task:
    return _due(task, datetime.fromisoformat(last["before"]), now)


def _unmade(task: Task, last: dict[str, str], now: datetime) -> Task:
    ended = replace(task, state=TaskState.DROPPED, ended=now, ended_by=last["actor"], warn_at=None)
    return replace(ended, reason="撤销 · taken back")


_UNDO: dict[str, Undo] = {
    "task.made": _unmade,
    "task.done": _again,
    "task.dropped": _again,
    "task.moved": _moved_back,
    "task.given": lambda task, last, _: replace(task, owner=last.get("before", ""), team=last.get("before-team", "")),
    "task.approved": lambda task, *_: replace(task, state=TaskState.ASKED, warn_at=None),
}


def _due(task: Task, due: datetime, now: datetime) -> Task:
    """Nobody is told again of what was overdue before, nor of what waits for a lead."""
    warns = task.state is TaskState.OPEN and due > now
    return replace(task, due=due, warn_at=due if warns else None)


def _last_step(tx: Transaction, task: Task) -> dict[str, str]:
    """The details of its newest line in the trail, with who and what; empty without one."""
    for line in tx.views.audit(task.subject, "", _LOOKED_THROUGH).rows:
        details = dict(line.details)
        if details.get("task") == str(task.id) and line.action != "task.overdue":
            return {**details, "actor": line.actor, "action": line.action}
    return {}


# ── One change ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _change(ctx: Context, task_id: int, user: User, act: Callable[[Transaction, Task], Done]) -> Done:
    _require_worker(user)

    def once() -> Done:
        with ctx.store.write() as tx:
            return act(tx, task_named(tx, task_id))

    return _told(ctx, retried(once))


def task_named(tx: Transaction, task_id: int) -> Task:
    task = tx.tasks.get(task_id) if 0 < task_id < 1 << 63 else None
    if task is None:
        raise NotFound(f"没有任务 {task_id} (no such task)")
    return task


def _told(ctx: Context, done: Done) -> Done:
    ctx.wake.ring("changed")
    return done


def _require_worker(user: User) -> None:
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted


def _require_live(task: Task) -> None:
    if not task.is_live:
        raise BadInput(f"任务已是 {task.state.value} (the task is {task.state.value})")


def _reason(words: str) -> str:
    reason = mask(seen(words)[:MOST_WORDS])
    if not reason:
        raise ReasonNeeded
    return reason
