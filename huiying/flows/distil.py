"""The one line of a ticket 提炼: proposed from the text, written by an agent where that is not good enough."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import BadInput
from core.domain.people import User
from core.domain.said import LONGEST_GIST
from core.domain.ticket import Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction


def distil(ctx: Context, number: str, user: User, line: str) -> Ticket:
    """An empty line takes the proposal again. Raises ``BadInput`` for a longer one than ``LONGEST_GIST``."""
    written = mask(" ".join(line.split()))
    if len(written) > LONGEST_GIST:
        raise BadInput(f"提炼最多 {LONGEST_GIST} 个字 (at most {LONGEST_GIST} characters)")

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        first = tx.tickets.first_message(ticket.id)
        gist = written or (first.said.gist if first else "")
        tx.audit.add((trace(ctx, user.name, "ticket.distilled", ticket.id, proposed="" if written else "yes"),))
        return tx.tickets.update(replace(ticket, gist=gist, gist_by=user.name if written else ""))

    return change(ctx, number, act)


def not_a_copy(ctx: Context, number: str, user: User) -> Ticket:
    """What looked like the same demand again is one of its own."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        tx.audit.add((trace(ctx, user.name, "ticket.not-a-copy", ticket.id, of=str(ticket.maybe_copy_of)),))
        return tx.tickets.update(replace(ticket, maybe_copy_of=0, copy_because=""))

    return change(ctx, number, act)
