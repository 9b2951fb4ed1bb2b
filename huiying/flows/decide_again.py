"""Decides about a ticket again, with the facts of another moment."""

from __future__ import annotations

from core.domain.decision import Decision, Facts
from core.domain.suggestion import Suggestion
from core.domain.ticket import Message
from huiying.flows.desk import Desk
from rules.decide import decide


def decide_again(desk: Desk, message: Message, facts: Facts, suggestion: Suggestion) -> Decision:
    """What the rules make of it: only what they change."""
    first = desk.book.first_pass(message, facts)
    return decide(
        taxonomy=desk.taxonomy,
        facts=facts,
        first=first,
        second=desk.book.second_pass(message, facts, suggestion, first),
        suggestion=suggestion,
        bundle=desk.bundle,
    )
