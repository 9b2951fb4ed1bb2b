"""One change that a person makes to a ticket: found, written with its trace, tried again when somebody was quicker."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from core.domain.errors import NotFound
from core.domain.filing import AuditEntry
from core.domain.ticket import Ticket
from core.domain.views import MOST_ROWS, AuditRow
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried

Done = TypeVar("Done")


def change(ctx: Context, number: str, act: Callable[[Transaction, Ticket], Done]) -> Done:
    """Runs ``act`` on the ticket in one transaction. Raises ``NotFound``."""

    def once() -> Done:
        with ctx.store.write() as tx:
            return act(tx, ticket_named(tx, number))

    done = retried(once)
    ctx.wake.ring("changed")
    return done


def ticket_named(tx: Transaction, number: str) -> Ticket:
    ticket = tx.tickets.by_number(number)
    if ticket is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    return ticket


def last_line(tx: Transaction, ticket: Ticket, actions: Collection[str] = (), detail: str = "") -> AuditRow | None:
    """The last line of the ticket's trail that is one of those actions, or has that detail; however much followed."""
    key = ""
    while True:
        page = tx.views.audit(f"ticket:{ticket.id}", key, MOST_ROWS)
        for line in page.rows:
            if line.action in actions or (
                detail and line.action.startswith("ticket.") and detail in dict(line.details)
            ):
                return line
        key = page.next_key
        if not key:
            return None


def trace(ctx: Context, actor: str, action: str, ticket_id: int, **details: str) -> AuditEntry:
    """A line of the trail; ``details`` that are empty are left out."""
    return AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor=actor,
        action=action,
        subject=f"ticket:{ticket_id}",
        details=tuple((name.replace("_", "-"), value) for name, value in details.items() if value),
    )
