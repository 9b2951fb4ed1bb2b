"""What a letter that went out does to the clocks of its ticket: kept promises, the next update, the ticket's state."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.letter import LetterIntent, LetterKind
from core.domain.people import Role
from core.domain.promise import LIVE, Clock
from core.domain.ticket import FINAL_STATES, OPEN_STATES, State, Ticket
from huiying.flows.ask_customer import ASKED
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.extend import OCCASION, extension_letter_left
from huiying.flows.own_promise import keep_own
from huiying.flows.parts import departments
from huiying.flows.pause import next_update, obey_state, reopen
from huiying.flows.ports import Transaction
from huiying.flows.promise import ended_promise, make_promises, promise_until
from huiying.flows.question_left import question_left
from huiying.flows.result import after_result, keep_result
from huiying.flows.serve import desk_for
from huiying.flows.state import set_state, work_state

ANSWERED = (Clock.FIRST_RESPONSE, Clock.URGE, Clock.NEXT_UPDATE)
"""What a person's answer keeps, whatever else it says."""
KEEPS = "keeps"
"""The variable of a letter with the ids of the own earlier promises that it keeps."""


def all_sent(ctx: Context, tx: Transaction, letters: Sequence[tuple[LetterIntent, datetime]]) -> None:
    """The server took these letters, each at its instant: promises end, kept or missed, by then. Acknowledgements,
    which most letters are, end theirs together, and before any other letter of their ticket."""
    first = {letter.ticket_id: at for letter, at in letters if letter.kind is LetterKind.ACKNOWLEDGEMENT}
    live = tx.promises.live_of(first, Clock.ACKNOWLEDGEMENT)
    if live:
        tx.promises.change([ended_promise(p, first[p.ticket_id]) for p in live])
    for letter, at in letters:
        if letter.kind is not LetterKind.ACKNOWLEDGEMENT:
            _sent(ctx, tx, letter, at)


def _sent(ctx: Context, tx: Transaction, letter: LetterIntent, at: datetime) -> None:
    if letter.kind is LetterKind.NOTICE and letter.occasion.startswith(OCCASION):
        extension_letter_left(ctx, tx, letter)
    elif letter.kind is LetterKind.NOTICE and letter.occasion.startswith(ASKED):
        question_left(ctx, tx, letter)
    elif letter.kind is LetterKind.AGENT:
        ticket = tx.tickets.get(letter.ticket_id)
        if ticket is not None:
            _answered(ctx, tx, ticket, letter, at)


def answered_by_call(
    ctx: Context, tx: Transaction, ticket: Ticket, agent: str, at: datetime, keeps: Collection[int] = ()
) -> None:
    """A person spoke to the customer: the same clocks are kept as by a letter, and those own promises of which he says
    so."""
    end_promises(tx, ticket.id, ANSWERED, at)
    keep_own(tx, ticket.id, keeps, at)
    follow_up(ctx, tx, ticket, f"call:{ctx.ids()}", at)
    told = replace(ticket, first_response=ticket.first_response or at, assignee=ticket.assignee or agent)
    if ticket.state is State.NEW:
        set_state(ctx, tx, told, State.OPEN, at)
    else:
        tx.tickets.update(told)


def end_promises(tx: Transaction, ticket_id: int, clocks: Collection[Clock], at: datetime) -> None:
    """Ends the live promises of some clocks."""
    ended = [ended_promise(p, at) for p in tx.promises.of_ticket(ticket_id) if p.clock in clocks and p.state in LIVE]
    if ended:
        tx.promises.change(ended)


def _answered(ctx: Context, tx: Transaction, ticket: Ticket, letter: LetterIntent, at: datetime) -> None:
    then = _then(ctx, tx, ticket, letter)
    if then is State.RESOLVED:
        keep_result(tx, ticket.id, at)
    else:
        end_promises(tx, ticket.id, ANSWERED, at)
    keep_own(tx, ticket.id, frozenset(map(int, letter.variables.get(KEEPS, "").split())), at)
    timers = after_result(ctx, desk_for(ctx, tx, ticket), ticket.id, at) if then is State.RESOLVED else ()
    set_state(ctx, tx, ticket, then, at, timers, first_response=ticket.first_response or at)
    if then in OPEN_STATES:
        if ticket.state not in OPEN_STATES:
            reopen(ctx, tx, ticket, f"answer:{letter.id}", at, update=False)
        follow_up(ctx, tx, ticket, f"answer:{letter.id}", at)
    if then not in FINAL_STATES:
        _commit(ctx, tx, ticket, letter, at)
        # What was promised in a letter that awaits an answer waits with it.
        obey_state(ctx, tx, ticket.id, then, at)
    by = letter.variables.get("by", "")
    reopened = {"before": ticket.state.value} if then in OPEN_STATES and ticket.state not in OPEN_STATES else {}
    details = {"letter": str(letter.id), **reopened, "state": then.value}
    tx.audit.add((trace(ctx, by, "ticket.answered", ticket.id, **details),))


def _then(ctx: Context, tx: Transaction, ticket: Ticket, letter: LetterIntent) -> State:
    """The state that the agent chose, unless the ticket went on between writing and sending: who ended the matter
    meanwhile is not overruled, a customer who wrote meanwhile has not been answered yet, and the table of states
    still has to allow it."""
    if ticket.state in FINAL_STATES and ticket.state.value != letter.variables.get("written_in"):
        return ticket.state
    then = State(letter.variables.get("then") or State.OPEN)
    if "heard" in letter.variables and int(letter.variables["heard"]) != tx.tickets.heard(ticket.id):
        then = State.OPEN
    if then is State.OPEN:
        then = work_state(tx, ticket)
    role = letter.variables.get("role") or Role.AGENT.value
    allowed = then is ticket.state or ctx.desk().states.may_move(role, ticket.state, then)
    return then if allowed else ticket.state


def follow_up(ctx: Context, tx: Transaction, ticket: Ticket, cause: str, at: datetime) -> None:
    """The next word about progress is owed from then on."""
    desk = desk_for(ctx, tx, ticket)
    draft = next_update(desk, ticket.fields, at, departments(tx, ticket))
    tx.promises.add(make_promises(ctx, desk, ticket.id, cause, (draft,)))


def _commit(ctx: Context, tx: Transaction, ticket: Ticket, letter: LetterIntent, at: datetime) -> None:
    """The agent's own promises of that letter become clocks."""
    desk = desk_for(ctx, tx, ticket)
    promises = [
        promise_until(
            ctx, desk, ticket.id, Clock.AGENT_PROMISE, f"letter:{letter.id}:{place}", words, at,
            datetime.fromisoformat(due),
        )
        for place, (words, due) in enumerate(json.loads(letter.variables.get("commitments") or "[]"))
    ]  # fmt: skip
    if promises:
        tx.promises.add(promises)
