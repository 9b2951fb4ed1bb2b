"""The result of a ticket: checked inside where that is required, kept clocks, and what silence leads to (DOMAIN 8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.errors import CheckNeeded, SecondPersonNeeded
from core.domain.people import User
from core.domain.promise import LIVE, Clock
from core.domain.ticket import OPEN_STATES, Ticket
from core.domain.timer import Timer, TimerKind
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.pause import after
from huiying.flows.ports import Transaction
from huiying.flows.promise import ended_promise
from huiying.flows.state import timer

KEPT = (Clock.FIRST_RESPONSE, Clock.URGE, Clock.NEXT_UPDATE, Clock.RESOLUTION, Clock.SECOND_TREATMENT)
"""What the result keeps."""


def after_result(ctx: Context, desk: Desk, ticket_id: int, at: datetime) -> tuple[Timer, ...]:
    """The reminder, and the closing by silence."""
    policy = desk.policy
    return (
        timer(ctx, ticket_id, TimerKind.REMIND, after(desk, at, policy.remind_after)),
        timer(ctx, ticket_id, TimerKind.CLOSE, after(desk, at, policy.close_after)),
    )


def keep_result(tx: Transaction, ticket_id: int, at: datetime) -> None:
    """Ends the clocks that the result keeps."""
    ended = [ended_promise(p, at) for p in tx.promises.of_ticket(ticket_id) if p.clock in KEPT and p.state in LIVE]
    if ended:
        tx.promises.change(ended)


def needs_check(desk: Desk, ticket: Ticket) -> bool:
    """Whether the result must be checked inside before it goes out, and has not been."""
    policy = desk.policy
    grave = ticket.fields.get("gravity", "") in policy.checked_gravities
    return not ticket.verified_by and (grave or ticket.fields.get("type", "") in policy.checked_types)


def require_check(desk: Desk, ticket: Ticket, user: User) -> None:
    """Raises ``CheckNeeded``, and ``SecondPersonNeeded`` when the one who sends the result checked it himself."""
    if needs_check(desk, ticket):
        raise CheckNeeded
    if ticket.verified_by and ticket.verified_by == user.name and needs_check(desk, replace(ticket, verified_by="")):
        raise SecondPersonNeeded("结果须由另一个人验证 (somebody else has to check the result)")


def verify(ctx: Context, number: str, user: User, *, passed: bool = True) -> Ticket:
    """结果验证: ``user`` has checked the result; with ``passed`` false the check is taken back. Who handles the ticket
    does not check himself."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        if passed and user.name == ticket.assignee:
            raise SecondPersonNeeded("结果须由另一个人验证 (somebody else has to check the result)")
        if ticket.state not in OPEN_STATES:
            return ticket
        action = "result.verified" if passed else "result.unverified"
        tx.audit.add((trace(ctx, user.name, action, ticket.id),))
        return tx.tickets.update(replace(ticket, verified_by=user.name if passed else ""))

    return change(ctx, number, act)
