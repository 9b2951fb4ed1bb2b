"""A question that a rule asked has left: from now on the clocks wait for the customer (DOMAIN 6)."""

from __future__ import annotations

from core.domain.letter import LetterIntent
from core.domain.ticket import State
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.state import set_state
from responder.states import SYSTEM


def question_left(ctx: Context, tx: Transaction, letter: LetterIntent) -> None:
    """The ticket waits for the customer from now on, unless he wrote meanwhile, it is over, or the table of states
    lets the system do no such thing."""
    ticket = tx.tickets.get(letter.ticket_id)
    if ticket is None or letter.variables.get("heard") != str(tx.tickets.heard(ticket.id)):
        return
    if ctx.desk().states.may_move(SYSTEM, ticket.state, State.WAITING_CUSTOMER):
        state = State.WAITING_CUSTOMER.value
        tx.audit.add((trace(ctx, SYSTEM, "ticket.moved", ticket.id, before=ticket.state.value, state=state),))
        set_state(ctx, tx, ticket, State.WAITING_CUSTOMER, ctx.now())
