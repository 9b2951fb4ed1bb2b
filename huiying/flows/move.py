"""A person moves a ticket to another state: wait, hold with a reason and an end, resume, withdraw, close (DOMAIN 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.errors import BadInput, PartsOpen, ReasonNeeded
from core.domain.people import User
from core.domain.seen import seen
from core.domain.ticket import FINAL_STATES, OPEN_STATES, SPAM_TAG, State, Ticket
from core.domain.timer import Timer, TimerKind
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.parts import open_parts
from huiying.flows.pause import reopen
from huiying.flows.ports import Transaction
from huiying.flows.result import after_result, keep_result
from huiying.flows.second_treatment import begin_second_treatment
from huiying.flows.serve import desk_for
from huiying.flows.state import SECONDED, cap_of, require_move, set_state, timer, work_state

MOST_WORDS = 500
WITH_REASON = (State.ON_HOLD, State.WITHDRAWN, State.INVALID, State.RESOLVED, State.SECOND_TREATMENT)
"""Nobody moves a ticket there without saying why."""
BY_HAND = tuple(state for state in State if state not in (State.NEW, State.MERGED))
"""Where a ticket can be moved by itself; merging needs the other ticket."""
_TIMES = ("resolved", "closed")
"""What a ticket that is opened again loses, and gets back when that was a slip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """``until`` is when a hold ends by itself, at the cap unless given; ``sure`` closes what others still owe parts to;
    ``version`` is the ticket's when the person saw it, 0 for whatever it is; ``together`` is the same word for all that
    are moved at once."""

    to: State
    reason: str = ""
    until: datetime | None = None
    sure: bool = False
    version: int = 0
    together: str = ""


def move(ctx: Context, number: str, user: User, wanted: Move) -> Ticket:
    """Raises ``MoveNotAllowed`` unless the table of states has it for the user's role, ``ReasonNeeded``, ``PartsOpen``
    and ``BadInput`` for an end of a hold that is over or beyond its cap."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        return _move(ctx, tx, ticket, user, wanted)

    return change(ctx, number, act)


def targets(desk: Desk, user: User, ticket: Ticket) -> tuple[State, ...]:
    """Where this user may move it, in the order of a ticket's life; a merged one comes back by ``unmerge`` only."""
    if ticket.state is State.MERGED:
        return ()
    return tuple(s for s in BY_HAND if s is not ticket.state and desk.states.may_move(user.role.value, ticket.state, s))


def _move(ctx: Context, tx: Transaction, ticket: Ticket, user: User, wanted: Move) -> Ticket:
    desk, now, to = desk_for(ctx, tx, ticket), ctx.now(), wanted.to
    reason = mask(seen(wanted.reason)[:MOST_WORDS])
    if to is State.OPEN and ticket.state in SECONDED:
        to = work_state(tx, ticket)
    if to is ticket.state:
        return ticket
    if to not in BY_HAND:
        raise BadInput(f"{to.value}: {', '.join(BY_HAND)}")
    require_move(desk, user.role.value, ticket.state, to)
    if ticket.state is State.MERGED:
        raise BadInput("已合并的工单用取消合并退回 (a merged ticket comes back by unmerging it)")
    if to in WITH_REASON and not reason:
        raise ReasonNeeded
    if to not in OPEN_STATES and not wanted.sure and (owed := open_parts(tx, ticket.id)):
        raise PartsOpen("、".join(part.department for part in owed))
    # Who works on it says that it is no spam: the tag would tell everybody the contrary. Closed spam is still spam.
    untag = ticket.is_spam and to not in FINAL_STATES
    plain = replace(ticket, tags=tuple(tag for tag in ticket.tags if tag != SPAM_TAG)) if untag else ticket
    moved = _to(ctx, tx, plain, to, now, _timers(ctx, desk, ticket, wanted, to, reason, now))
    details = {"before": ticket.state.value, "state": to.value, "reason": reason, "together": wanted.together}
    details |= {name: at.isoformat() for name in _TIMES if (at := getattr(ticket, name)) is not None}
    if untag:
        details["untagged"] = SPAM_TAG
    tx.audit.add((trace(ctx, user.name, "ticket.moved", ticket.id, **details),))
    return moved


def _to(ctx: Context, tx: Transaction, ticket: Ticket, to: State, now: datetime, timers: tuple[Timer, ...]) -> Ticket:
    if to is State.SECOND_TREATMENT:
        return begin_second_treatment(ctx, tx, ticket, now)
    if to is State.RESOLVED and ticket.state in OPEN_STATES:
        keep_result(tx, ticket.id, now)
    moved = set_state(ctx, tx, ticket, to, now, timers)
    if to is State.OPEN and ticket.state not in OPEN_STATES:
        reopen(ctx, tx, ticket, f"moved:{ctx.ids()}", now)
    return moved


def _timers(
    ctx: Context, desk: Desk, ticket: Ticket, wanted: Move, to: State, reason: str, now: datetime
) -> tuple[Timer, ...]:
    if to is State.RESOLVED:
        return after_result(ctx, desk, ticket.id, now)
    cap = cap_of(desk, to, now)
    if wanted.until is not None and to in OPEN_STATES:
        if wanted.until <= now or (cap is not None and wanted.until > cap):
            latest = cap.astimezone(desk.calendar.tz).strftime("%Y-%m-%d %H:%M") if cap else ""
            raise BadInput(f"恢复时间须在现在之后、{latest} 之前 (the end lies after now and before {latest})")
        cap = wanted.until
    return (timer(ctx, ticket.id, TimerKind.RESUME, cap, reason),) if cap is not None else ()


def undo_move(ctx: Context, number: str, user: User) -> Ticket | None:
    """Takes back the user's own last move while the ticket stands where it led; None when there is none."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket | None:
        back = last_move(tx, ticket, user)
        if back is None:
            return None
        now, desk = ctx.now(), desk_for(ctx, tx, ticket)
        state = State(back["before"])
        timers = after_result(ctx, desk, ticket.id, now) if state is State.RESOLVED else ()
        cap = cap_of(desk, state, now)
        if cap is not None:
            timers = (timer(ctx, ticket.id, TimerKind.RESUME, cap),)
        tags = tuple(dict.fromkeys((*ticket.tags, back["untagged"]))) if "untagged" in back else ticket.tags
        times = {name: datetime.fromisoformat(back[name]) for name in _TIMES if name in back}
        moved = set_state(ctx, tx, ticket, state, now, timers, verified_by=ticket.verified_by, tags=tags, **times)
        if ticket.state in (State.RESOLVED, *FINAL_STATES) and state in OPEN_STATES:
            reopen(ctx, tx, ticket, f"moved:{ctx.ids()}", now, update=False)
        tx.audit.add((trace(ctx, user.name, "ticket.move-undone", ticket.id, state=state.value, undoes=back["line"]),))
        return moved

    return change(ctx, number, act)


def last_move(tx: Transaction, ticket: Ticket, user: User) -> dict[str, str] | None:
    """What the trail says of the user's own move, as long as the ticket stands where it led; ``line`` is its id."""
    page = tx.views.audit(f"ticket:{ticket.id}", "", 20)
    for line in page.rows:
        details = dict(line.details)
        if "state" in details and line.action.startswith("ticket."):
            mine = line.action == "ticket.moved" and line.actor == user.name
            return details | {"line": str(line.id)} if mine and details["state"] == ticket.state.value else None
    return None
