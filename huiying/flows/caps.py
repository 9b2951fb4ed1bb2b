"""How many automatic letters are enough: for an address in an hour and a day, for a ticket in a day (DOMAIN 9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.domain.address_mark import Mark
from core.domain.mail import Address
from core.domain.ticket import Ticket
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from responder.guard import over_caps

UPDATES_A_DAY = 2
"""Automatic progress letters a ticket and twenty-four hours at most."""
DAY = timedelta(days=1)


def over_any_cap(ctx: Context, tx: Transaction, ticket: Ticket, address: Address, leaves: datetime) -> str:
    """The code of the reason why no progress letter may leave then, or the empty string."""
    if tx.addresses.why(address.key, Mark.BOUNCED) is not None:
        return "address-bounced"
    if tx.outbox.progress_since(ticket.id, leaves - DAY) >= UPDATES_A_DAY:
        return "cap-day"
    now = ctx.now()
    day = tx.outbox.sent_count(address.key, now - DAY)
    hour = tx.outbox.sent_count(address.key, now - timedelta(hours=1)) if day else 0
    return over_caps(hour, day)
