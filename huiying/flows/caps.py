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
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def over_any_cap(ctx: Context, tx: Transaction, ticket: Ticket, address: Address, leaves: datetime) -> str:
    """The code of the reason why no progress letter may leave then, or the empty string."""
    if tx.addresses.why(address.key, Mark.BOUNCED) is not None:
        return "address-bounced"
    if tx.outbox.progress_since(ticket.id, leaves - DAY) >= UPDATES_A_DAY:
        return "cap-day"
    return over_customer_cap(ctx, tx, ticket.customer_id, address)


def over_customer_cap(ctx: Context, tx: Transaction, customer_id: int, address: Address) -> str:
    """The code of the reason why no automatic letter may go to a customer now, or the empty string. What went to his
    other addresses counts too: a Reply-To, or a mailbox that he wrote from before."""
    day, hour = sent_lately(ctx, tx, customer_id, address)
    return over_caps(hour, day)


def sent_lately(ctx: Context, tx: Transaction, customer_id: int, address: Address) -> tuple[int, int]:
    """Automatic letters to that address or to that customer (0: nobody's) within a day, and within an hour."""
    since = (ctx.now() - DAY, ctx.now() - HOUR)
    day, hour = tx.outbox.sent_to_address(address.key, *since)
    his_day, his_hour = tx.outbox.sent_to_customer(customer_id, *since) if customer_id else (0, 0)
    return max(day, his_day), max(hour, his_hour)
