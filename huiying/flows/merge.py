"""合并: two tickets are one demand. The one goes into the other, is read there, and comes back whole (DOMAIN 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.errors import BadInput, PartsOpen
from core.domain.people import User
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.ticket import OPEN_STATES, State, Ticket
from core.domain.timer import Timer, TimerKind
from huiying.flows.change import change, ticket_named, trace
from huiying.flows.context import Context
from huiying.flows.follow_on import follow_back, follow_on, main_again
from huiying.flows.parts import open_parts
from huiying.flows.ports import Transaction
from huiying.flows.promise import next_look
from huiying.flows.serve import desk_for
from huiying.flows.state import cap_of, require_move, set_state, timer

MERGED = "ticket.merged"


def merge(ctx: Context, number: str, into: str, user: User, *, sure: bool = False) -> Ticket:
    """Ticket ``number`` goes on in ticket ``into``. Raises ``NotFound``, ``MoveNotAllowed``, ``BadInput`` when that is
    the same ticket or is over, and ``PartsOpen`` unless ``sure``."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        return _merge(ctx, tx, ticket, ticket_named(tx, into), user, sure=sure)

    return change(ctx, number, act)


def unmerge(ctx: Context, number: str, user: User) -> Ticket:
    """取消合并: the ticket is what it was, its clocks as though it had never been away. What was said on the other one
    meanwhile stays there. Raises ``NotFound``, ``MoveNotAllowed``, and ``BadInput`` when it is not merged."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        return _unmerge(ctx, tx, ticket, user)

    return change(ctx, number, act)


def _merge(ctx: Context, tx: Transaction, ticket: Ticket, into: Ticket, user: User, *, sure: bool) -> Ticket:
    if ticket.id == into.id:
        raise BadInput("不能合并到自己 (a ticket cannot be merged into itself)")
    if ticket.state is State.MERGED:
        raise BadInput("工单已合并 (the ticket is merged already)")
    if into.state not in OPEN_STATES:
        raise BadInput("要并入的工单已办结 (the ticket to merge into is over)")
    require_move(desk_for(ctx, tx, ticket), user.role.value, ticket.state, State.MERGED)
    if not sure and (owed := open_parts(tx, ticket.id)):
        raise PartsOpen("、".join(part.department for part in owed))
    now = ctx.now()
    into = follow_on(ctx, tx, ticket, into, user)
    _hand_over_clocks(ctx, tx, ticket, into, now)
    # Who merges the other way round at the same moment meets this change, and there is no ring.
    if into.id < ticket.id:
        tx.tickets.update(into)
    because = f"merged: by {user.name}"
    merged = set_state(ctx, tx, ticket, State.MERGED, now, linked_to=into.id, linked_because=because)
    if into.id > ticket.id:
        tx.tickets.update(into)
    came = trace(
        ctx, user.name, MERGED, ticket.id, into=into.number, before=ticket.state.value, state=State.MERGED.value,
        linked=str(ticket.linked_to or ""), linked_because=ticket.linked_because,
    )  # fmt: skip
    tx.audit.add((came, trace(ctx, user.name, "ticket.merged-in", into.id, number=ticket.number)))
    return merged


def _hand_over_clocks(ctx: Context, tx: Transaction, ticket: Ticket, into: Ticket, at: datetime) -> None:
    """The clocks end without blame; what an agent promised in his own words is owed on the other ticket."""
    ended: list[Promise] = []
    owed: list[Promise] = []
    for promise in tx.promises.of_ticket(ticket.id):
        if promise.state not in LIVE:
            continue
        successor = 0
        if promise.clock is Clock.AGENT_PROMISE:
            successor = ctx.ids()
            cause = f"{_cause(ticket)}{promise.id}"
            owed.append(replace(promise, id=successor, ticket_id=into.id, cause=cause + f":{successor}", version=1))
        ended.append(replace(promise, state=PromiseState.SUPERSEDED, ended=at, warn_at=None, superseded_by=successor))
    if ended:
        tx.promises.change(ended)
    if owed:
        tx.promises.add(owed)


def _cause(ticket: Ticket) -> str:
    return f"merged:{ticket.id}:"


def _unmerge(ctx: Context, tx: Transaction, ticket: Ticket, user: User) -> Ticket:
    if ticket.state is not State.MERGED:
        raise BadInput("工单没有合并 (the ticket is not merged)")
    desk, now = desk_for(ctx, tx, ticket), ctx.now()
    require_move(desk, user.role.value, State.MERGED, State.OPEN)
    before = _before(tx, ticket)
    state = State(before.get("before", State.OPEN.value))
    cap = cap_of(desk, state, now)
    timers: tuple[Timer, ...] = (timer(ctx, ticket.id, TimerKind.RESUME, cap),) if cap is not None else ()
    main = tx.tickets.get(ticket.linked_to)
    linked_to, because = main_again(tx, ticket, int(before.get("linked", "0")), before.get("linked-because", ""))
    back = set_state(
        ctx, tx, ticket, state, now, timers, verified_by=ticket.verified_by,
        linked_to=linked_to, linked_because=because,
    )  # fmt: skip
    _take_clocks_back(ctx, tx, ticket, main, now)
    tx.audit.add((trace(ctx, user.name, "ticket.unmerged", ticket.id, state=state.value),))
    if main is not None:
        tx.tickets.update(follow_back(ctx, tx, back, main, user))
        tx.audit.add((trace(ctx, user.name, "ticket.unmerged-from", main.id, number=ticket.number),))
    return back


def _take_clocks_back(ctx: Context, tx: Transaction, ticket: Ticket, main: Ticket | None, at: datetime) -> None:
    """The customer has waited all the while: no due time moves. A promise that was kept on the other ticket is not
    owed again."""
    desk = desk_for(ctx, tx, ticket)
    others = tx.promises.of_ticket(main.id) if main else ()
    copies = {one.id: one for one in others if one.cause.startswith(_cause(ticket))}
    changed: list[Promise] = []
    for promise in tx.promises.of_ticket(ticket.id):
        if promise.state is not PromiseState.SUPERSEDED or promise.ended != ticket.closed:
            continue
        copy = copies.get(promise.superseded_by)
        if copy is not None and copy.state not in LIVE:
            continue
        if copy is not None:
            changed.append(replace(copy, state=PromiseState.SUPERSEDED, ended=at, warn_at=None))
        is_paused = bool(promise.pauses) and promise.pauses[-1][1] is None
        state = PromiseState.PAUSED if is_paused else PromiseState.RUNNING
        again = replace(promise, state=state, ended=None, superseded_by=0)
        changed.append(again if is_paused else replace(again, warn_at=next_look(desk, again)))
    if changed:
        tx.promises.change(changed)


def _before(tx: Transaction, ticket: Ticket) -> dict[str, str]:
    """What the ticket was when it was merged, as the trail says."""
    for line in tx.views.audit(f"ticket:{ticket.id}", "", 50).rows:
        if line.action == MERGED:
            return dict(line.details)
    return {}
