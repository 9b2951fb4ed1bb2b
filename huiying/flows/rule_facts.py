"""Gathers what rules may ask about beside the message: the customer, and later the ticket and its clocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict

from core.domain.decision import By, Facts, Occasion
from core.domain.promise import Clock, PromiseState
from core.domain.ticket import OPEN_STATES, Customer, Ticket
from core.domain.vote import Vote
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from rules.actions import OWNER

_SATISFIED, _NOT_SATISFIED = 5.0, 1.0
"""What a vote without marks counts as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and why rules are asked about a ticket that exists: see ``Facts``."""

    occasion: Occasion
    at: datetime
    clock: str = ""
    event: str = ""
    rule: str = ""


class CustomerFacts(TypedDict):
    level: str
    tags: tuple[str, ...]
    known_sender: bool
    open_tickets: int
    company: str
    industry: str
    recent: tuple[tuple[int, int], ...]
    last_score: float


def customer_facts(desk: Desk, tx: Transaction, customer: Customer | None, at: datetime) -> CustomerFacts:
    """What is known of the customer; counts and votes are looked up only where a rule asks about them."""
    who = customer or Customer(id=0)
    asked = desk.book.asked if customer else None
    vote = tx.votes.last_of(who.id) if asked and asked.score else None
    return {
        "level": who.level,
        "tags": who.tags,
        "known_sender": customer is not None,
        "open_tickets": tx.tickets.open_count(who.id) if customer else 0,
        "company": who.company,
        "industry": who.industry,
        "recent": tuple((n, tx.tickets.count_since(who.id, at - timedelta(days=n))) for n in asked.days)
        if asked
        else (),
        "last_score": _score(vote) if vote else 0.0,
    }


def _score(vote: Vote) -> float:
    """The mean of its marks; without marks, whether the customer was satisfied."""
    marks = [mark for _, mark in vote.marks]
    if marks:
        return sum(marks) / len(marks)
    return _SATISFIED if vote.satisfied else _NOT_SATISFIED


def ticket_facts(
    desk: Desk, tx: Transaction, ticket: Ticket, known: Facts | None, moment: Moment, sender: Customer | None = None
) -> Facts:
    """The facts about a ticket by now. ``known`` are those of its arrival: what the mail itself said stays true.
    ``sender`` is a customer who is known already, and mostly the ticket's."""
    is_his = sender is not None and sender.id == ticket.customer_id
    customer = sender if is_his else tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    base = known or Facts(received=ticket.received, mailbox=ticket.mailbox, channel=ticket.channel)
    known_now = customer_facts(desk, tx, customer, moment.at)
    if customer and ticket.state in OPEN_STATES:
        # The ticket itself is not one of the others.
        known_now["open_tickets"] -= 1
    fields, by = _standing(desk, ticket)
    return replace(
        base,
        **known_now,
        is_reply=moment.occasion is Occasion.REPLY,
        working=desk.calendar.is_working(moment.at),
        occasion=moment.occasion,
        at=moment.at,
        state=ticket.state.value,
        age=max(0, int((moment.at - ticket.received).total_seconds() // 60)),
        urged=_urged(tx, ticket),
        fields=tuple(sorted(fields.items())),
        decided_by=tuple(sorted(by.items())),
        clock=moment.clock,
        clock_event=moment.event,
        rule=moment.rule,
    )


def _standing(desk: Desk, ticket: Ticket) -> tuple[dict[str, str], dict[str, str]]:
    """The fields with who decided them; whoever has the ticket by claim or hand-over was chosen by people."""
    fields, by = desk.taxonomy.today(ticket.fields), dict(ticket.decided_by)
    if ticket.assignee and ticket.assignee != fields.get(OWNER):
        fields[OWNER], by[OWNER] = ticket.assignee, By.AGENT.value
    return fields, by


def _urged(tx: Transaction, ticket: Ticket) -> bool:
    clocks = tx.promises.of_ticket(ticket.id)
    return any(one.clock is Clock.URGE and one.state is not PromiseState.CANCELLED for one in clocks)
