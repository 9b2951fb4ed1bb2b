"""承诺: what an agent promised in words is given by hand, kept, taken back, or owed again (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from core.domain.errors import BadInput, NotFound
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.ticket import OPEN_STATES, Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.pause import obey_state
from huiying.flows.ports import Transaction
from huiying.flows.promise import ended_promise, next_look, promise_until
from huiying.flows.serve import desk_for
from responder.commitments import find_commitments, speaks_of_answer

MOST_WORDS = 500
MOVES = (PromiseState.KEPT, PromiseState.CANCELLED, PromiseState.RUNNING)
"""What a person may say of such a promise: it was kept, it is owed no longer, it is owed again."""


def give_promise(ctx: Context, number: str, actor: str, words: str, due: datetime | None = None) -> Promise:
    """What was promised on the telephone or by whatever way. Without a ``due`` time it is the one that stands in the
    words. Raises ``BadInput`` without words or time, for a time that is over and for a ticket that is over,
    ``NotFound``."""
    said = words.strip()[:MOST_WORDS]
    if not said:
        raise BadInput("请写明承诺了什么 (say what was promised)")

    def act(tx: Transaction, ticket: Ticket) -> Promise:
        if ticket.state not in OPEN_STATES:
            raise BadInput("工单已办结，不能再作承诺 (the ticket is over)")
        now, desk, id_ = ctx.now(), desk_for(ctx, tx, ticket), ctx.ids()
        named = due or next((one.due for one in find_commitments(said, desk.calendar, now)), None)
        if named is None:
            raise BadInput("请写明时间，如“周五下班前给您回电”，或另选时间 (name a time, or choose one)")
        if named <= now:
            raise BadInput("承诺的时间已经过去 (the promised time is over)")
        made = promise_until(ctx, desk, ticket.id, Clock.AGENT_PROMISE, f"agent:{id_}", mask(said), now, named)
        tx.promises.add((made,))
        obey_state(ctx, tx, ticket.id, ticket.state, now)
        tx.audit.add((trace(ctx, actor, "promise.given", ticket.id, promise=str(made.id)),))
        return _own(tx, ticket, made.id)

    return change(ctx, number, act)


def move_promise(ctx: Context, number: str, actor: str, promise_id: int, to: PromiseState) -> Promise:
    """Kept (or missed, when its time is over), no longer owed, or (the undo) owed again. Raises ``BadInput`` when it is
    so already, ``NotFound`` for what is no agent's promise of that ticket."""
    if to not in MOVES:
        raise BadInput(", ".join(MOVES))

    def act(tx: Transaction, ticket: Ticket) -> Promise:
        promise = _own(tx, ticket, promise_id)
        if (promise.state in LIVE) is (to in LIVE):
            raise BadInput(f"承诺已是 {promise.state.value} (the promise is {promise.state.value})")
        now = ctx.now()
        moved = _moved(ctx, tx, ticket, promise, to, now)
        tx.promises.change((moved,))
        if to is PromiseState.RUNNING:
            obey_state(ctx, tx, ticket.id, ticket.state, now)
        tx.audit.add((trace(ctx, actor, f"promise.{_action(moved)}", ticket.id, promise=str(promise.id)),))
        return _own(tx, ticket, promise_id)

    return change(ctx, number, act)


def _own(tx: Transaction, ticket: Ticket, promise_id: int) -> Promise:
    promise = next((p for p in tx.promises.of_ticket(ticket.id) if p.id == promise_id), None)
    if promise is None or promise.clock is not Clock.AGENT_PROMISE:
        raise NotFound(f"no promise {promise_id}")
    return promise


def _moved(ctx: Context, tx: Transaction, ticket: Ticket, promise: Promise, to: PromiseState, now: datetime) -> Promise:
    if to is PromiseState.KEPT:
        return ended_promise(promise, now)
    if to is PromiseState.CANCELLED:
        return replace(promise, state=to, ended=now, warn_at=None)
    again = replace(promise, state=to, ended=None)
    return replace(again, warn_at=next_look(desk_for(ctx, tx, ticket), again))


def _action(moved: Promise) -> str:
    if moved.state is PromiseState.CANCELLED:
        return "taken-back"
    return "again" if moved.state in LIVE else "ended"


def keep_own(
    tx: Transaction, ticket_id: int, at: datetime, keeps: Collection[int] = (), leaves: Collection[int] = ()
) -> None:
    """What an agent's answer does to his own earlier promises: those that speak of an answer are kept by it unless it
    ``leaves`` them open, and of the others those that it ``keeps``."""
    own = [p for p in tx.promises.of_ticket(ticket_id) if p.clock is Clock.AGENT_PROMISE and p.state in LIVE]
    ended = [p for p in own if p.id in keeps or (p.id not in leaves and speaks_of_answer(p.because))]
    if ended:
        tx.promises.change([ended_promise(p, at) for p in ended])
