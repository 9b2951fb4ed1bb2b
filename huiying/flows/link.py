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
    """Links the ticket to ``main``, or to none when that is ``-``. Raises ``NotFound``, ``NotPermitted``, and
    ``BadInput`` when one of them is merged, both are the same, or the main ticket is linked to another itself."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        return _link(ctx, tx, ticket, None if main == NOTHING else ticket_named(tx, main), user)

    return change(ctx, number, act)


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
        raise BadInput("不能关联到自己 (a ticket cannot be linked to itself)")
    if main is not None and main.linked_to:
        raise BadInput("主单自己已关联到别的工单 (the main ticket is linked to another one itself)")
    before = tx.tickets.get(ticket.linked_to) if ticket.linked_to else None
    if (before.id if before else 0) == (main.id if main else 0):
        return ticket
    details = {"to": main.number if main else NOTHING, "before": before.number if before else ""}
    tx.audit.add((trace(ctx, user.name, "ticket.linked", ticket.id, **details),))
    because = f"linked: by {user.name}" if main else ""
    return tx.tickets.update(replace(ticket, linked_to=main.id if main else 0, linked_because=because))
