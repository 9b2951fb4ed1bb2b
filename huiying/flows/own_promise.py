"""承诺: what an agent promised in words is given by hand, kept, taken back, or owed again (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from core.domain.errors import BadInput, NotFound
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.seen import seen
from core.domain.ticket import OPEN_STATES, State, Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.extend import EXTENDED
from huiying.flows.pause import obey_state
from huiying.flows.ports import Transaction
from huiying.flows.promise import ended_promise, next_look, promise_until, require_near
from huiying.flows.serve import desk_for
from responder.commitments import find_commitments, speaks_of_answer

MOST_WORDS = 500
MOVES = (PromiseState.KEPT, PromiseState.CANCELLED, PromiseState.RUNNING)
"""What a person may say of such a promise: it was kept, it is owed no longer, it is owed again."""
OWING = (*OPEN_STATES, State.RESOLVED)
"""On such a ticket a promise can be owed."""
_ACTIONS = {PromiseState.KEPT: "ended", PromiseState.CANCELLED: "taken-back", PromiseState.RUNNING: "again"}


def give_promise(ctx: Context, number: str, actor: str, words: str, due: datetime | None = None) -> Promise:
    """What was promised on the telephone or by whatever way. Without a ``due`` time it is the one that stands in the
    words. Raises ``BadInput`` without words or time, for a time that is over and for a ticket that is over,
    ``NotFound``."""
    said = seen(words)[:MOST_WORDS]
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
        require_near(named, now)
        made = promise_until(ctx, desk, ticket.id, Clock.AGENT_PROMISE, f"agent:{id_}", mask(said), now, named)
        tx.promises.add((made,))
        obey_state(ctx, tx, ticket.id, ticket.state, now)
        tx.audit.add((trace(ctx, actor, "promise.given", ticket.id, promise=str(made.id)),))
        return _own(tx, ticket, made.id)

    return change(ctx, number, act)


def move_promise(ctx: Context, number: str, actor: str, promise_id: int, to: PromiseState) -> Promise:
    """Kept (or missed, when its time is over), no longer owed, or (the undo) owed again. Raises ``BadInput`` when it is
    so already or cannot be owed any more, ``NotFound`` for what is no agent's promise of that ticket."""
    if to not in MOVES:
        raise BadInput(", ".join(MOVES))

    def act(tx: Transaction, ticket: Ticket) -> Promise:
        promise = _own(tx, ticket, promise_id)
        if (promise.state in LIVE) is (to in LIVE) or promise.state is PromiseState.SUPERSEDED:
            raise BadInput(f"承诺已是 {promise.state.value} (the promise is {promise.state.value})")
        if to in LIVE and ticket.state not in OWING:
            raise BadInput("工单已办结 (the ticket is over)")
        now = ctx.now()
        moved = _moved(ctx, tx, ticket, promise, to, now)
        tx.promises.change((moved,))
        if to in LIVE:
            obey_state(ctx, tx, ticket.id, ticket.state, now)
        after = _own(tx, ticket, promise_id)
        details = {"promise": str(promise.id), "state": after.state.value}
        tx.audit.add((trace(ctx, actor, f"promise.{_ACTIONS[to]}", ticket.id, **details),))
        return after

    return change(ctx, number, act)


def owed_of(promises: Iterable[Promise]) -> tuple[tuple[Promise, bool], ...]:
    """The agents' own promises that are still owed, and whether an answer keeps each by its words. The words of an
    extension are none of the promise's."""
    own = (p for p in promises if p.clock is Clock.AGENT_PROMISE and p.state in LIVE)
    return tuple((p, speaks_of_answer(p.because.partition(EXTENDED)[0])) for p in own)


def keep_own(tx: Transaction, ticket_id: int, keeps: Collection[int], at: datetime) -> None:
    """Ends those of the agents' own promises that an answer of that instant keeps; none that was given later."""
    ended = [p for p, _ in owed_of(tx.promises.of_ticket(ticket_id)) if p.id in keeps and p.started <= at]
    if ended:
        tx.promises.change([ended_promise(p, at) for p in ended])


def _own(tx: Transaction, ticket: Ticket, promise_id: int) -> Promise:
    promise = next((p for p in tx.promises.of_ticket(ticket.id) if p.id == promise_id), None)
    if promise is None or promise.clock is not Clock.AGENT_PROMISE:
        raise NotFound(f"没有时限 {promise_id} (no promise {promise_id})")
    return promise


def _moved(ctx: Context, tx: Transaction, ticket: Ticket, promise: Promise, to: PromiseState, now: datetime) -> Promise:
    if to is PromiseState.KEPT:
        return ended_promise(promise, now)
    if to is PromiseState.CANCELLED:
        return replace(promise, state=to, ended=now, warn_at=None)
    if promise.pauses and promise.pauses[-1][1] in (None, promise.ended):
        # It stood still when it was ended, and does so until the ticket's state lets it run on.
        begin, _, why = promise.pauses[-1]
        pauses = (*promise.pauses[:-1], (begin, None, why))
        return replace(promise, state=PromiseState.PAUSED, ended=None, warn_at=None, pauses=pauses)
    again = replace(promise, state=to, ended=None)
    return replace(again, warn_at=next_look(desk_for(ctx, tx, ticket), again))
