"""稍后处理: out of one's own queue until an hour that one names, or until anything happens on the ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.calendar import BusinessCalendar, CalendarExhausted
from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Permission, User
from core.domain.promise import Promise, PromiseState
from core.domain.snooze import Snooze
from core.domain.ticket import OPEN_STATES, Ticket
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=60)
_SOON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """``earlier`` says that it comes back before the hour that was named, since then somebody has to be told of a due
    time; ``others`` are the other hours that a page offers."""

    until: datetime
    earlier: bool
    others: tuple[datetime, ...]


def snooze(ctx: Context, number: str, user: User, until: datetime | None = None) -> Snoozed:
    """For an hour where none is named. Clocks run on and nobody else's queue changes. Raises ``NotFound``,
    ``NotPermitted``, and ``BadInput`` for a ticket that is over or overdue, and for a time that is past or far off."""
    _require_agent(user)
    now = ctx.now()
    wanted = until or now + HOUR
    if not now < wanted <= now + LONGEST:
        raise BadInput(f"须在 {LONGEST.days} 天之内 (within {LONGEST.days} days)")

    def act(tx: Transaction, ticket: Ticket) -> Snoozed:
        if ticket.state not in OPEN_STATES:
            raise BadInput("工单已办结 (the ticket is over)")
        limit = _limit(tx.promises.of_ticket(ticket.id), now)
        ends = min(wanted, limit or wanted)
        tx.snoozes.put(Snooze(person=user.name, ticket_id=ticket.id, until=ends, version=ticket.version), now)
        tx.audit.add((trace(ctx, user.name, "ticket.snoozed", ticket.id, until=ends.isoformat()),))
        offered = (min(one, limit or one) for one in _choices(ctx.desk().calendar, now))
        others = tuple(dict.fromkeys(one for one in offered if abs(one - ends) >= _SOON))
        return Snoozed(until=ends, earlier=ends < wanted, others=others)

    return change(ctx, number, act)


def wake(ctx: Context, number: str, user: User) -> bool:
    """Back in the queue now; False when it was there. Raises ``NotFound``, ``NotPermitted``."""
    _require_agent(user)

    def act(tx: Transaction, ticket: Ticket) -> bool:
        was = snoozed_until(tx, ticket, user, ctx.now())
        tx.snoozes.take(user.name, ticket.id)
        if was is not None:
            tx.audit.add((trace(ctx, user.name, "ticket.woken", ticket.id),))
        return was is not None

    return change(ctx, number, act)


def snoozed_until(tx: Transaction, ticket: Ticket, user: User, now: datetime) -> datetime | None:
    """Until when the ticket stays out of that user's queue; None when it does not."""
    found = tx.snoozes.of(user.name, ticket.id)
    return found.until if found and found.until > now and found.version == ticket.version else None


def _require_agent(user: User) -> None:
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted


def _limit(promises: Sequence[Promise], now: datetime) -> datetime | None:
    """When somebody has to be told of a due time next: no ticket is out of sight then."""
    running = [one for one in promises if one.state is PromiseState.RUNNING]
    if any(one.due <= now for one in running):
        raise BadInput("工单已超时，不能稍后处理 (the ticket is overdue)")
    return min((max(one.warn_at, now + _SOON) if one.warn_at else one.due for one in running), default=None)


def _choices(calendar: BusinessCalendar, now: datetime) -> tuple[datetime, ...]:
    """In an hour, tomorrow morning and on Monday morning, as far as the calendar knows them."""
    day = now.astimezone(calendar.tz).replace(hour=0, minute=0, second=0, microsecond=0)
    mornings = (day + timedelta(days=1), day + timedelta(days=7 - day.weekday()))
    try:
        return (now + HOUR, *(calendar.next_working(one) for one in mornings))
    except CalendarExhausted:
        return (now + HOUR,)
