"""The same demand again within minutes: looked for under the lock, offered as 可能重复, never merged by itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from core.domain.filing import NearTicket
from core.domain.ticket import Customer, Ticket
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared
from ingest.near import nearest_copy

WITHIN = timedelta(minutes=30)


@dataclass(slots=True)
class MadeNow:
    """Tickets that this transaction has made, by scope and by customer: no look-up finds them yet."""

    by_scope: defaultdict[str, list[NearTicket]] = field(default_factory=lambda: defaultdict(list))
    by_person: defaultdict[int, list[NearTicket]] = field(default_factory=lambda: defaultdict(list))

    def add(self, p: Prepared, ticket: Ticket, customer: Customer | None) -> None:
        if p.near is not None:
            person = person_of(customer)
            made = NearTicket(
                ticket_id=ticket.id, number=ticket.number, customer_id=person, text=p.near.text, orders=p.near.orders
            )
            self.by_scope[p.near.scope].append(made)
            self.by_person[person].append(made)

    def like(self, scope: str, person: int) -> list[NearTicket]:
        """What was made for that scope or that customer, the newest first."""
        found = {one.ticket_id: one for one in (*self.by_scope[scope], *self.by_person[person])}
        return [found[id_] for id_ in sorted(found, reverse=True)]


def person_of(customer: Customer | None) -> int:
    """The id of the customer who he is, whichever address he writes from; 0 for nobody."""
    return customer.merged_into or customer.id if customer else 0


def find_copy(
    ctx: Context, tx: Transaction, p: Prepared, customer: Customer | None, now: MadeNow, *, first: bool, many: bool
) -> tuple[int, str, bool]:
    """(ticket id, why, whether the same customer wrote it) of a demand of the last minutes that is nearly this one;
    (0, '', False) when there is none. A colleague who writes the same hears that it has arrived, too. ``many``: he has
    other addresses."""
    if p.near is None or p.stub:
        return 0, "", False
    person = person_of(customer)
    near, since = p.near, ctx.now() - WITHIN
    # Whoever writes for the first time has written nothing like it.
    stored = tx.tickets.near(near.scope, 0 if first else person, since, near.orders, many=many)
    found, because = nearest_copy(near, person, (*now.like(near.scope, person), *stored))
    return (found.ticket_id, because, found.customer_id == person) if found else (0, "", False)
