"""An answer that somebody sent from his own mail program: it keeps the clocks as one from the console does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.domain.people import Role
from core.domain.ticket import OPEN_STATES, State, Ticket
from huiying.flows.context import Context
from huiying.flows.keep import ANSWERED, end_promises, follow_up
from huiying.flows.own_promise import keep_own, owed_of
from huiying.flows.pause import obey_state
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared
from huiying.flows.rule_timers import plan_rules
from huiying.flows.state import in_state


def answered_elsewhere(ctx: Context, tx: Transaction, ticket: Ticket, p: Prepared) -> Ticket:
    """The clocks that a person's answer ends are ended; the ticket as it is now, to be filed with the message. Nothing
    is closed or resolved by it: what the answer says, only a person knows."""
    at = sent_at(ticket, p)
    end_promises(tx, ticket.id, ANSWERED, at)
    keep_own(tx, ticket.id, [one.id for one, by_words in owed_of(tx.promises.of_ticket(ticket.id)) if by_words], at)
    if ticket.state in OPEN_STATES:
        follow_up(ctx, tx, ticket, f"sent:{p.message.id}", at)
    begun = ticket.state is State.NEW and ctx.desk().states.may_move(Role.AGENT.value, ticket.state, State.OPEN)
    if begun:
        obey_state(ctx, tx, ticket.id, State.OPEN, at)
        plan_rules(ctx, tx, ticket.id, State.OPEN, at)
    moved = replace(ticket, **in_state(ticket, State.OPEN, at)) if begun else ticket
    first = min(ticket.first_response, at) if ticket.first_response else at
    return replace(moved, first_response=first)


def sent_at(ticket: Ticket, p: Prepared) -> datetime:
    """Its Date, as long as that lies between the demand and the mail's arrival in its folder; else that arrival."""
    at = p.mail.date
    return at if at is not None and ticket.received <= at <= p.entry.arrived else p.entry.arrived
