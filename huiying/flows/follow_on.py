"""What followed a ticket that is merged follows the one in which it goes on, and comes back with it (DOMAIN 5, 7)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.people import User
from core.domain.ticket import State, Ticket
from huiying.flows.change import last_line, trace
from huiying.flows.context import Context
from huiying.flows.link import LINKED, NOTHING, UNDONE, head_of, hold_head, living
from huiying.flows.ports import Transaction


def follow_on(ctx: Context, tx: Transaction, ticket: Ticket, into: Ticket, user: User) -> Ticket:
    """Whatever follows ``ticket`` follows ``into`` from now on, or the main ticket that it has; ``into`` follows
    nobody any more if it followed ``ticket``. Answers ``into`` as it is to be written."""
    held = {one.id: one for one in tx.tickets.hold({ticket.id, into.id})}
    into = held.get(into.id, into)
    leads = into.follows and into.linked_to == ticket.id
    head = into if leads else hold_head(tx, into, ticket.id)
    for follower in sorted(tx.tickets.followers(ticket.id), key=lambda one: one.id):
        main = None if follower.id == head.id else head
        line = trace(
            ctx, user.name, LINKED, follower.id, to=main.number if main else NOTHING, before=ticket.number,
            because=follower.linked_because, along=ticket.number, merged="yes",
        )  # fmt: skip
        tx.audit.add((line,))
        if main is not None:
            tx.tickets.update(replace(follower, linked_to=main.id, linked_because=f"linked: by {user.name}"))
    return replace(into, linked_to=0, linked_because="") if leads else into


def follow_back(ctx: Context, tx: Transaction, ticket: Ticket, into: Ticket, user: User) -> Ticket:
    """Whatever went along with ``ticket`` follows it again, now that it is unmerged; what has been linked otherwise
    since stays. Answers ``into`` as it is to be written."""
    main = head_of(tx, ticket)
    for follower in sorted(tx.tickets.followers(head_of(tx, into).id), key=lambda one: one.id):
        because = _because_before(tx, follower, ticket)
        if because and follower.id not in (ticket.id, main.id):
            tx.tickets.update(replace(follower, linked_to=main.id, linked_because=because))
            tx.audit.add((trace(ctx, user.name, UNDONE, follower.id, to=main.number),))
    because = _because_before(tx, into, ticket)
    if not because or into.id == main.id or tx.tickets.followers(into.id):
        return into
    tx.audit.add((trace(ctx, user.name, UNDONE, into.id, to=main.number),))
    return replace(into, linked_to=main.id, linked_because=because)


def main_again(tx: Transaction, ticket: Ticket, main_id: int, because: str) -> tuple[int, str]:
    """Whom a ticket follows that is unmerged, and why: what it was linked to before, or the main ticket that goes on
    for it; nobody when that would be itself."""
    was = tx.tickets.get(main_id) if main_id else None
    if was is None or not replace(ticket, state=State.OPEN, linked_to=main_id, linked_because=because).follows:
        return main_id, because
    main = hold_head(tx, living(tx, was), ticket.id)
    return (0, "") if main.id == ticket.id else (main.id, because)


def _because_before(tx: Transaction, follower: Ticket, ticket: Ticket) -> str:
    """Why it followed ``ticket`` before that was merged; '' when the last word on its link is another one."""
    line = last_line(tx, follower, (LINKED, UNDONE))
    said = dict(line.details) if line is not None and line.action == LINKED else {}
    leader = tx.tickets.get(follower.linked_to) if follower.linked_to else None
    stands = said.get("to") == (leader.number if leader is not None else NOTHING)
    return said.get("because", "") if stands and said.get("merged") and said.get("along") == ticket.number else ""
