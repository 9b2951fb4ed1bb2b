"""关联: one outage, many tickets. Each is linked to a main ticket and stays one of its own (DOMAIN 7)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import BadInput, Conflict, NotPermitted
from core.domain.people import Permission, User
from core.domain.ticket import State, Ticket
from huiying.flows.change import change, last_line, ticket_named, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

NOTHING = "-"
MOST_MERGES = 10
LINKED, UNDONE = "ticket.linked", "ticket.link-undone"


def link(ctx: Context, number: str, main: str, user: User) -> Ticket:
    """Links the ticket to ``main``, or to none when that is ``-``. There is one main ticket of a trouble: who names one
    that follows another means that other, and whatever followed this ticket goes along. Raises ``NotFound``,
    ``NotPermitted``, and ``BadInput`` when one of them is merged or both are the same."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        named = None if main == NOTHING else ticket_named(tx, main)
        if named is not None and named.id == ticket.id:
            raise BadInput("不能关联到自己 (a ticket cannot be linked to itself)")
        return _link(ctx, tx, ticket, hold_head(tx, named, ticket.id) if named else None, user)

    return change(ctx, number, act)


def head_of(tx: Transaction, ticket: Ticket) -> Ticket:
    """The main ticket of a trouble that this one belongs to: itself, or the one that it follows."""
    return (tx.tickets.get(ticket.linked_to) or ticket) if ticket.follows else ticket


def living(tx: Transaction, ticket: Ticket) -> Ticket:
    """The ticket, or the one in which it goes on."""
    for _ in range(MOST_MERGES):
        if ticket.state is not State.MERGED:
            break
        ticket = tx.tickets.get(ticket.linked_to) or ticket
    return ticket


def hold_head(tx: Transaction, named: Ticket, follower: int) -> Ticket:
    """The same, held with the ticket that is to follow it until the commit: what follows either of them now is all
    that does. Raises ``Conflict`` when it has come to follow another one meanwhile."""
    head = head_of(tx, named)
    held = next((one for one in tx.tickets.hold({head.id, follower}) if one.id == head.id), head)
    if held.follows:
        raise Conflict(f"Ticket {held.number} was linked meanwhile.")
    return held


def undo_link(ctx: Context, number: str, user: User, main: str = "") -> Ticket | None:
    """The ticket, and whatever went along with it, linked as before the last link that a person made of it; None when
    that is not how it is linked now, or not to ``main`` where that is given. Raises ``NotFound``, ``NotPermitted``."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Ticket | None:
        leader = tx.tickets.get(ticket.linked_to) if ticket.linked_to else None
        if main and (leader is None or leader.number != main):
            return None
        return _undo(ctx, tx, ticket, leader, user)

    return change(ctx, number, act)


def _link(ctx: Context, tx: Transaction, ticket: Ticket, main: Ticket | None, user: User) -> Ticket:
    if State.MERGED in (ticket.state, main.state if main else ticket.state):
        raise BadInput("已合并的工单不能关联 (a merged ticket cannot be linked)")
    if main is not None and main.id == ticket.id:
        raise BadInput("那张工单关联到这一张 (that ticket is linked to this one)")
    if (main.id if main else 0) == ticket.linked_to:
        return ticket
    moved = [ticket, *(tx.tickets.followers(ticket.id) if main else ())]
    # Who links the other way round at the same moment meets the change of the main ticket, and there is no ring.
    both = sorted([*moved, *([main] if main else [])], key=lambda each: each.id)
    done = {
        each.id: _moved(ctx, tx, each, main, user, ticket) if each in moved else tx.tickets.update(each)
        for each in both
    }
    return done[ticket.id]


def _moved(ctx: Context, tx: Transaction, ticket: Ticket, main: Ticket | None, user: User, first: Ticket) -> Ticket:
    """``first`` is the ticket that was linked: whatever followed it went along."""
    before = tx.tickets.get(ticket.linked_to) if ticket.linked_to else None
    line = trace(
        ctx, user.name, LINKED, ticket.id, to=main.number if main else NOTHING,
        before=before.number if before else "", because=ticket.linked_because,
        along=first.number if ticket.id != first.id else "",
    )  # fmt: skip
    tx.audit.add((line,))
    because = f"linked: by {user.name}" if main else ""
    return tx.tickets.update(replace(ticket, linked_to=main.id if main else 0, linked_because=because))


def _undo(ctx: Context, tx: Transaction, ticket: Ticket, leader: Ticket | None, user: User) -> Ticket | None:
    said = _said(tx, ticket, leader)
    if said is None or "along" in said:
        return None
    was = tx.tickets.by_number(said["before"]) if "before" in said else None
    named = living(tx, was) if was else None
    # It may have been merged since, into this one, too, or follow another one; and others may follow this one.
    main = hold_head(tx, named, ticket.id) if named else None
    if named and main and (ticket.id in (named.id, main.id) or tx.tickets.followers(ticket.id)):
        return None
    back = {ticket.id: (ticket, main, said)}
    for other in tx.tickets.followers(leader.id) if leader else ():
        word = _said(tx, other, leader)
        if word is not None and word.get("along") == ticket.number:
            back[other.id] = (other, ticket, word)
    done = {id_: _as_before(ctx, tx, *back[id_], user) for id_ in sorted(back)}
    return done[ticket.id]


def _said(tx: Transaction, ticket: Ticket, leader: Ticket | None) -> dict[str, str] | None:
    """How the ticket came to be linked as it is, by the last word on it."""
    line = last_line(tx, ticket, (LINKED, UNDONE))
    if ticket.state is State.MERGED or line is None or line.action != LINKED:
        return None
    said = dict(line.details)
    return said if said["to"] == (leader.number if leader else NOTHING) else None


def _as_before(
    ctx: Context, tx: Transaction, ticket: Ticket, main: Ticket | None, said: dict[str, str], user: User
) -> Ticket:
    tx.audit.add((trace(ctx, user.name, UNDONE, ticket.id, to=main.number if main else NOTHING),))
    because = said.get("because", "") if main else ""
    return tx.tickets.update(replace(ticket, linked_to=main.id if main else 0, linked_because=because))
