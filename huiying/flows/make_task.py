"""Makes a communication task 沟通任务 within what asks for it, once for each occasion (DOMAIN 7 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.calendar import BusinessCalendar
from core.domain.duration import Duration
from core.domain.errors import BadInput
from core.domain.filing import AuditEntry
from core.domain.notice import NoticeEvent
from core.domain.seen import seen
from core.domain.task import TO_APPROVE, Task, TaskKind, TaskState
from core.domain.ticket import Customer, Ticket
from core.text.mask import mask
from huiying.flows.account_manager import manager_of, require_manager
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.promise import LONGEST
from huiying.flows.tell import tell
from responder.letters import letter_language

MOST_WORDS, MOST_WORDING = 500, 4_000
BY_PERSON, BY_PLAN = "person", "plan:"
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """What is to be done. Without ``occasion`` it is one of its own, without ``due`` it is due as its kind is, without
    ``owner`` and ``team`` it is whose its ticket or customer is, without ``wording`` that of its kind is prepared, in
    the customer's language. ``because`` is as in ``Task``."""

    kind: TaskKind
    customer_id: int = 0
    ticket_id: int = 0
    owner: str = ""
    team: str = ""
    due: datetime | None = None
    words: str = ""
    wording: str = ""
    because: str = BY_PERSON
    occasion: str = ""


def make_task(ctx: Context, tx: Transaction, by: str, new: NewTask) -> Task | None:
    """None when one was made for that occasion already. ``by`` is a person's sign-in name, or ``system``. Raises
    ``BadInput`` for a due time that is over or too far, an owner who works on no tickets, and a task about nobody."""
    id_, now, desk = ctx.ids(), ctx.now(), ctx.desk()
    ticket = tx.tickets.get(new.ticket_id) if new.ticket_id else None
    customer_id = new.customer_id or (ticket.customer_id if ticket else 0)
    if ticket is None and not customer_id:
        raise BadInput("任务须有客户或工单 (a task is about a customer or a ticket)")
    if new.due is not None:
        check_due(new.due, now)
    require_manager(tx, new.owner)
    customer = tx.tickets.customer(customer_id) if customer_id else None
    due = new.due or due_after(desk.tasks.within(new.kind), desk.calendar, now)
    team = mask(seen(new.team)[:MOST_WORDS])
    waits = new.kind in TO_APPROVE
    made = Task(
        id=id_,
        kind=new.kind,
        occasion=new.occasion or f"task:{id_}",
        due=due,
        at=now,
        customer_id=customer_id,
        ticket_id=new.ticket_id if ticket else 0,
        owner=new.owner or ("" if team else _whose(tx, ticket, customer)),
        team=team or (ticket.fields.get("team", "") if ticket else ""),
        words=mask(seen(new.words)[:MOST_WORDS]),
        wording=mask((seen(new.wording) or _prepared(desk, new.kind, ticket, customer))[:MOST_WORDING]),
        state=TaskState.ASKED if waits else TaskState.OPEN,
        made_by=by,
        because=new.because,
        warn_at=None if waits else due,
    )
    if not tx.tasks.add(made):
        return None
    tx.audit.add((task_line(ctx, by, "task.made", made, {"due": made.due.isoformat()}),))
    if waits:
        details = (("kind", made.kind.value), ("due", made.due.isoformat()), ("author", by))
        tell(ctx, tx, NoticeEvent.GIFT, f"task:{made.id}", ticket_id=made.ticket_id, details=details)
    return made


def check_due(due: datetime, now: datetime) -> None:
    """Raises ``BadInput`` for one that is over, or so far away that somebody has mistyped its year."""
    if due <= now:
        raise BadInput("任务的时限已经过去 (the task's due time is over)")
    if due - now > LONGEST:
        raise BadInput(f"任务的时限太远，最多 {LONGEST.days} 天 (the task's due time is too far: {LONGEST.days} days)")


def due_after(within: Duration, calendar: BusinessCalendar, now: datetime) -> datetime:
    """So long after now; never at a time at which nobody works."""
    minutes = within.in_minutes(calendar.minutes_per_day)
    if within.working:
        return calendar.add_working(now, minutes)
    return calendar.next_working(now + timedelta(minutes=minutes))


def _whose(tx: Transaction, ticket: Ticket | None, customer: Customer | None) -> str:
    """Who works on the ticket, else the customer's account manager."""
    assignee = manager_of(tx, ticket.assignee) if ticket else ""
    return assignee or (manager_of(tx, customer.manager) if customer else "")


def _prepared(desk: Desk, kind: TaskKind, ticket: Ticket | None, customer: Customer | None) -> str:
    """In the language of the ticket, else in the one in which the customer writes."""
    spoken = ticket.language if ticket else customer.language if customer else ""
    name, form = (customer.name, customer.form) if customer else ("", "")
    return desk.tasks.wording(kind, letter_language(spoken), name, form)


def task_line(ctx: Context, actor: str, action: str, task: Task, details: Mapping[str, str] = NOTHING) -> AuditEntry:
    """A line of the trail of its ticket or customer; ``details`` that are empty are left out."""
    named = {"task": str(task.id), "kind": task.kind.value, **details}
    return AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=actor, action=action, subject=task.subject,
        details=tuple((name, value) for name, value in named.items() if value),
    )  # fmt: skip
