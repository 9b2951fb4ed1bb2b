"""超时原因: why a promise was not kept, from the desk's list (DOMAIN 6)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import BadInput, NotFound
from core.domain.people import User
from core.domain.promise import Promise, PromiseState
from core.domain.ticket import Ticket
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction


def is_late(promise: Promise, ctx: Context) -> bool:
    """Missed, or running beyond what is owed."""
    running = promise.state is PromiseState.RUNNING and promise.owed < ctx.now()
    return running or promise.state is PromiseState.MISSED


def set_breach(ctx: Context, number: str, user: User, promise_id: int, reason: str) -> Promise:
    """``reason`` is a key of the desk's list, empty to take it away. Raises ``BadInput`` for another word or a promise
    that is not late, ``NotFound``."""
    known = ctx.desk().reasons.breach
    if reason and reason not in known:
        raise BadInput(f"{reason}: {', '.join(known)}")

    def act(tx: Transaction, ticket: Ticket) -> Promise:
        promise = next((p for p in tx.promises.of_ticket(ticket.id) if p.id == promise_id), None)
        if promise is None:
            raise NotFound(f"没有时限 {promise_id} (no promise {promise_id})")
        if not is_late(promise, ctx):
            raise BadInput("这个时限没有超时 (this promise is not late)")
        tx.promises.change((replace(promise, breach=reason),))
        details = {"promise": str(promise.id), "clock": promise.clock.value, "reason": reason}
        tx.audit.add((trace(ctx, user.name, "promise.breach", ticket.id, **details),))
        return replace(promise, breach=reason, version=promise.version + 1)

    return change(ctx, number, act)
