"""Asks the rules about a ticket again, on a reply, an agent's change, a clock or at a time, and obeys them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.domain.decision import By, Decision
from core.domain.suggestion import NO_SUGGESTION
from core.domain.ticket import Message, Ticket
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.decide_again import decide_again
from huiying.flows.limits import recount
from huiying.flows.orders import link_of, obey_orders
from huiying.flows.ports import Transaction
from huiying.flows.rule_facts import Moment, ticket_facts
from responder.states import SYSTEM
from rules.actions import OWNER
from rules.orders import CLOCK_TIME, LINK, POLICY

MOVES_CLOCKS = ("type", "urgency", "priority", POLICY)
"""Fields that time limits depend on, beside the times of single clocks."""


def ask_rules(ctx: Context, tx: Transaction, ticket: Ticket, moment: Moment, message: Message | None = None) -> Ticket:
    """The ticket as the rules of that moment leave it; all else is written, itself it is not yet. The same ticket when
    no rule holds. ``message`` is what they read: the ticket's first unless given."""
    desk = ctx.desk()
    if not desk.book.asks(moment.occasion):
        return ticket
    read = message or tx.tickets.first_message(ticket.id)
    if read is None:
        return ticket
    before = tx.tickets.decision_for(read.id)
    facts = ticket_facts(desk, tx, ticket, before.facts if before else None, moment)
    decision = decide_again(desk, read, facts, before.suggestion if before else NO_SUGGESTION)
    if not decision.hits:
        return ticket
    tx.tickets.add_decision(decision, ticket.id, read.id, moment.at)
    return obey(ctx, tx, ticket, decision, moment.at)


def obey(
    ctx: Context, tx: Transaction, ticket: Ticket, decision: Decision, at: datetime, reply: Message | None = None
) -> Ticket:
    """The ticket with what the decision changes; clocks are counted anew and orders carried out. ``reply`` as in
    ``obey_orders``."""
    chosen = {name: choice.value for name, choice in decision.choices.items()}
    by = {name: choice.by.value for name, choice in decision.choices.items()}
    tags = tuple(dict.fromkeys((*ticket.tags, *decision.tags)))
    linked, because = link_of(ctx, tx, decision, ticket.customer_id, ticket.id) if not ticket.linked_to else (0, "")
    changed = replace(
        ticket,
        fields={**ticket.fields, **chosen},
        decided_by={**ticket.decided_by, **by},
        tags=tags,
        assignee=chosen.get(OWNER, ticket.assignee),
        linked_to=linked or ticket.linked_to,
        linked_because=because or ticket.linked_because,
    )
    if any(name in MOVES_CLOCKS or name.startswith(CLOCK_TIME) for name in chosen):
        recount(ctx, tx, ticket, changed.fields, f"rules:{ctx.ids()}", at)
    obey_orders(ctx, tx, changed, decision, reply)
    told = _told(decision, chosen, tags != ticket.tags)
    if told:
        tx.audit.add((trace(ctx, SYSTEM, "ticket.ruled", ticket.id, occasion=decision.occasion.value, **told),))
    return changed


def _told(decision: Decision, chosen: Mapping[str, str], tagged: bool) -> dict[str, str]:
    """What the trail says: the values, and which rules set them."""
    rules = dict.fromkeys(choice.source for choice in decision.choices.values() if choice.by is By.RULE)
    said = {name.replace(".", "_"): value for name, value in chosen.items() if name != LINK}
    if tagged:
        said["tags"] = "、".join(decision.tags)
    return {**said, "rules": ", ".join(rules)} if said else {}


def ask_and_update(ctx: Context, tx: Transaction, ticket: Ticket, moment: Moment) -> None:
    """The same, with the ticket written where it changed."""
    after = ask_rules(ctx, tx, ticket, moment)
    if after is not ticket:
        tx.tickets.update(after)
