"""The same demand again within minutes: looked for under the lock, offered as 可能重复, never merged by itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from core.domain.filing import NearTicket
from core.domain.ticket import Ticket
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared
from ingest.near import nearest_copy

WITHIN = timedelta(minutes=30)


@dataclass(slots=True)
class MadeNow:
    """Tickets that this transaction has made, by scope: no look-up finds them yet."""

    by_scope: defaultdict[str, list[NearTicket]] = field(default_factory=lambda: defaultdict(list))

    def add(self, p: Prepared, ticket: Ticket) -> None:
        if p.near is not None:
            made = NearTicket(
                ticket_id=ticket.id,
                number=ticket.number,
                customer_id=ticket.customer_id,
                text=p.near.text,
                orders=p.near.orders,
            )
            self.by_scope[p.near.scope].append(made)


def find_copy(
    ctx: Context, tx: Transaction, p: Prepared, customer_id: int, now: MadeNow, *, first: bool
) -> tuple[int, str, bool]:
    """(ticket id, why, whether the same customer wrote it) of a demand of the last minutes that is nearly this one;
    (0, '', False) when there is none. A colleague who writes the same hears that it has arrived, too."""
    if p.near is None or p.stub:
        return 0, "", False
    # Whoever writes for the first time has written nothing like it, and with a colleague he shares order numbers only.
    nothing = first and not p.near.orders
    stored = () if nothing else tx.tickets.near(p.near.scope, customer_id, ctx.now() - WITHIN)
    recent = (*reversed(now.by_scope[p.near.scope]), *stored)
    found, because = nearest_copy(p.near, customer_id, recent)
    return (found.ticket_id, because, found.customer_id == customer_id) if found else (0, "", False)
