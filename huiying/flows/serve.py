"""The desk as it serves one ticket: the policy and calendar that ``sla/policy.yaml`` chooses for it."""

from __future__ import annotations

from core.domain.ticket import Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction


def desk_for(ctx: Context, tx: Transaction, ticket: Ticket | int) -> Desk:
    """Looks up the ticket, unless it is at hand, and only what a choice asks about."""
    desk = ctx.desk()
    found = tx.tickets.get(ticket) if isinstance(ticket, int) else ticket
    if found is None:
        return desk
    level = ""
    if found.customer_id and any("level" in choice.when for choice in desk.choices):
        customer = tx.tickets.customer(found.customer_id)
        level = customer.level if customer else ""
    return desk.serving({**found.fields, "mailbox": found.mailbox, "level": level or "普通"})
