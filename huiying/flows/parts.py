"""协办: other departments owe a part of a ticket, each with its own clock (DOMAIN 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.errors import BadInput, NotFound
from core.domain.part import Part, PartState
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.seen import seen
from core.domain.ticket import OPEN_STATES, Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.promise import ended_promise, next_look, promise_until, require_near

MOST_WORDS = 500
MOVES = {
    PartState.DONE: (PartState.ASKED,),
    PartState.CANCELLED: (PartState.ASKED,),
    PartState.ASKED: (PartState.DONE, PartState.CANCELLED),
}
"""Into which state a part goes, and from which ones; back to asked is the undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a department is asked for."""

    department: str
    output: str
    person: str = ""
    due: datetime | None = None


def ask_part(ctx: Context, number: str, actor: str, asked: Asked) -> Part:
    """Asks a department for its part. Raises ``BadInput`` without department or output, for a due time that is over and
    for a ticket that is over, ``NotFound`` for the ticket."""

    def act(tx: Transaction, ticket: Ticket) -> Part:
        if asked.due is not None:
            require_near(asked.due, ctx.now())
        return add_part(ctx, tx, ticket, actor, asked)

    return change(ctx, number, act)


def add_part(ctx: Context, tx: Transaction, ticket: Ticket, actor: str, asked: Asked) -> Part:
    """The same inside a transaction: for a rule or another flow that asks."""
    now = ctx.now()
    department, output = seen(asked.department)[:MOST_WORDS], seen(asked.output)[:MOST_WORDS]
    if not department or not output:
        raise BadInput("协办要写明部门和要做什么 (a part names its department and what it is to do)")
    if asked.due is not None and asked.due <= now:
        raise BadInput("协办时限已经过去 (the part's due time is over)")
    if ticket.state not in OPEN_STATES:
        raise BadInput("工单已办结，不能再请协办 (the ticket is over)")
    part = Part(
        id=ctx.ids(), ticket_id=ticket.id, department=mask(department), person=seen(asked.person)[:MOST_WORDS],
        output=mask(output), due=asked.due, asked_by=actor, at=now,
    )  # fmt: skip
    tx.parts.add(part)
    if part.due is not None:
        words = f"协办 {part.department}：{part.output}"
        tx.promises.add((promise_until(ctx, ctx.desk(), ticket.id, Clock.PART, part.cause, words, now, part.due),))
    tx.audit.add((trace(ctx, actor, "part.asked", ticket.id, part=str(part.id), department=part.department),))
    return part


def move_part(ctx: Context, number: str, part_id: int, actor: str, to: PartState) -> Part:
    """Done, no longer wanted, or (the undo) asked again. Raises ``BadInput`` when it is in no state for it."""

    def act(tx: Transaction, ticket: Ticket) -> Part:
        part = tx.parts.get(part_id)
        if part is None or part.ticket_id != ticket.id:
            raise NotFound(f"没有协办 {part_id} (no part {part_id})")
        if part.state not in MOVES[to]:
            raise BadInput(f"协办已是 {part.state.value} (the part is {part.state.value})")
        now = ctx.now()
        moved = replace(part, state=to, ended=None if to is PartState.ASKED else now)
        tx.parts.change(moved, part.state)
        _move_clock(ctx, tx, ticket, moved, now)
        action = "part.again" if to is PartState.ASKED else f"part.{to.value}"
        tx.audit.add((trace(ctx, actor, action, ticket.id, part=str(part.id), department=part.department),))
        return moved

    return change(ctx, number, act)


def open_parts(tx: Transaction, ticket_id: int) -> tuple[Part, ...]:
    return tuple(part for part in tx.parts.of_ticket(ticket_id) if part.state is PartState.ASKED)


def departments(tx: Transaction, ticket: Ticket) -> int:
    """How many departments work on a ticket: its own, and those that owe a part."""
    return len({ticket.fields.get("team", ""), *(part.department for part in open_parts(tx, ticket.id))})


def _move_clock(ctx: Context, tx: Transaction, ticket: Ticket, part: Part, now: datetime) -> None:
    clock = next((p for p in tx.promises.of_ticket(ticket.id) if p.cause == part.cause), None)
    if clock is None:
        return
    moved = _clock(ctx, clock, part, now)
    if moved is not clock:
        tx.promises.change((moved,))


def _clock(ctx: Context, clock: Promise, part: Part, now: datetime) -> Promise:
    if part.state is PartState.ASKED:
        again = replace(clock, state=PromiseState.RUNNING, ended=None)
        return replace(again, warn_at=next_look(ctx.desk(), again))
    if clock.state not in LIVE:
        return clock
    if part.state is PartState.DONE:
        return ended_promise(clock, now)
    return replace(clock, state=PromiseState.CANCELLED, ended=now, warn_at=None)
