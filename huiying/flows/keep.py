"""What a letter that went out does to the clocks of its ticket: kept promises, the next update, the ticket's state."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from core.domain.filing import AuditEntry
from core.domain.letter import LetterIntent, LetterKind
from core.domain.promise import LIVE, Clock
from core.domain.ticket import FINAL_STATES, State, Ticket
from huiying.flows.context import Context
from huiying.flows.pause import obey_state
from huiying.flows.ports import Transaction
from huiying.flows.promise import ended_promise, make_promises, promise_until
from responder.promises import next_update_after

ANSWERED = (Clock.FIRST_RESPONSE, Clock.URGE, Clock.NEXT_UPDATE)
"""What a person's answer keeps, whatever else it says."""
RESOLVED = (*ANSWERED, Clock.RESOLUTION, Clock.SECOND_TREATMENT)


def sent(ctx: Context, tx: Transaction, letter: LetterIntent, at: datetime) -> None:
    """The server took a letter: its promises end, kept or missed, by that instant."""
    if letter.kind is LetterKind.ACKNOWLEDGEMENT:
        end_promises(tx, letter.ticket_id, (Clock.ACKNOWLEDGEMENT,), at)
    elif letter.kind is LetterKind.AGENT:
        ticket = tx.tickets.get(letter.ticket_id)
        if ticket is not None:
            _answered(ctx, tx, ticket, letter, at)


def answered_by_call(ctx: Context, tx: Transaction, ticket: Ticket, agent: str, at: datetime) -> None:
    """A person spoke to the customer: the same clocks are kept as by a letter."""
    end_promises(tx, ticket.id, ANSWERED, at)
    _next_update(ctx, tx, ticket, f"call:{ctx.ids()}", at)
    state = State.OPEN if ticket.state is State.NEW else ticket.state
    tx.tickets.update(
        replace(ticket, state=state, first_response=ticket.first_response or at, assignee=ticket.assignee or agent)
    )


def end_promises(tx: Transaction, ticket_id: int, clocks: Collection[Clock], at: datetime) -> None:
    """Ends the live promises of some clocks."""
    ended = [ended_promise(p, at) for p in tx.promises.of_ticket(ticket_id) if p.clock in clocks and p.state in LIVE]
    if ended:
        tx.promises.change(ended)


def _answered(ctx: Context, tx: Transaction, ticket: Ticket, letter: LetterIntent, at: datetime) -> None:
    then = _then(tx, ticket, letter)
    end_promises(tx, ticket.id, RESOLVED if then is State.RESOLVED else ANSWERED, at)
    if then not in FINAL_STATES:
        if then is not State.RESOLVED:
            _next_update(ctx, tx, ticket, f"answer:{letter.id}", at)
        _commit(ctx, tx, ticket, letter, at)
    moved = replace(ticket, state=then, first_response=ticket.first_response or at)
    tx.tickets.update(moved)
    obey_state(ctx, tx, ticket.id, then, at)
    entry = AuditEntry(
        id=ctx.ids(),
        at=at,
        actor=letter.variables.get("by", ""),
        action="ticket.answered",
        subject=f"ticket:{ticket.id}",
        details=(("letter", str(letter.id)), ("state", then.value)),
    )
    tx.audit.add((entry,))


def _then(tx: Transaction, ticket: Ticket, letter: LetterIntent) -> State:
    """The state that the agent chose, unless the ticket went on between writing and sending: who ended the matter
    meanwhile is not overruled, and a customer who wrote meanwhile has not been answered yet."""
    if ticket.state in FINAL_STATES and ticket.state.value != letter.variables.get("written_in"):
        return ticket.state
    if "heard" in letter.variables and int(letter.variables["heard"]) != tx.tickets.heard(ticket.id):
        return State.OPEN
    return State(letter.variables.get("then") or State.OPEN)


def _next_update(ctx: Context, tx: Transaction, ticket: Ticket, cause: str, at: datetime) -> None:
    desk = ctx.desk()
    draft = next_update_after(
        desk.policy,
        desk.calendar,
        sent=at,
        priority=ticket.fields.get("priority", ""),
        type_=ticket.fields.get("type", ""),
    )
    tx.promises.add(make_promises(ctx, desk, ticket.id, cause, (draft,)))


def _commit(ctx: Context, tx: Transaction, ticket: Ticket, letter: LetterIntent, at: datetime) -> None:
    """The agent's own promises of that letter become clocks."""
    desk = ctx.desk()
    promises = [
        promise_until(
            ctx, desk, ticket.id, Clock.AGENT_PROMISE, f"letter:{letter.id}:{place}", words, at,
            datetime.fromisoformat(due),
        )
        for place, (words, due) in enumerate(json.loads(letter.variables.get("commitments") or "[]"))
    ]  # fmt: skip
    if promises:
        tx.promises.add(promises)
