"""关联: one outage, many tickets. Each is linked to a main ticket and stays one of its own (DOMAIN 7)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Permission, User
from core.domain.ticket import State, Ticket
from huiying.flows.change import change, ticket_named, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

NOTHING = "-"


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
        return _link(ctx, tx, ticket, head_of(tx, named) if named else None, user)

    return change(ctx, number, act)


def head_of(tx: Transaction, ticket: Ticket) -> Ticket:
    """The main ticket of a trouble that this one belongs to: itself, or the one that it follows."""
    return (tx.tickets.get(ticket.linked_to) or ticket) if ticket.follows else ticket


def main_of(ctx: Context, number: str) -> str:
    """The number of the ticket that this one is linked to, empty without one."""
    with ctx.store.read() as tx:
        ticket = ticket_named(tx, number)
        main = tx.tickets.get(ticket.linked_to) if ticket.linked_to else None
    return main.number if main else ""


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
    done = {each.id: _moved(ctx, tx, each, main, user) if each in moved else tx.tickets.update(each) for each in both}
    return done[ticket.id]


def _moved(ctx: Context, tx: Transaction, ticket: Ticket, main: Ticket | None, user: User) -> Ticket:
    before = tx.tickets.get(ticket.linked_to) if ticket.linked_to else None
    details = {"to": main.number if main else NOTHING, "before": before.number if before else ""}
    tx.audit.add((trace(ctx, user.name, "ticket.linked", ticket.id, **details),))
    because = f"linked: by {user.name}" if main else ""
    return tx.tickets.update(replace(ticket, linked_to=main.id if main else 0, linked_because=because))
