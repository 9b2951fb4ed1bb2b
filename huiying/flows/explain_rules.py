"""Says of every rule whether a message meets it, which condition decided, by which words, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.domain.decision import Decision, Facts, Occasion
from core.domain.errors import BadConfiguration, NotFound
from core.domain.ticket import Message, State
from core.domain.views import DecisionRow
from huiying.flows.classify import classify
from huiying.flows.context import Context
from huiying.flows.decide_again import decide_again
from huiying.flows.desk import Desk
from huiying.flows.ports import Suggester
from rules.book import RuleLook


def explain_rules(
    desk: Desk,
    suggester: Suggester,
    message: Message,
    occasion: Occasion = Occasion.ARRIVAL,
    facts: Facts | None = None,
) -> tuple[Decision, list[dict[str, Any]]]:
    """The decision, and an object a rule in the book's order; retired rules are left out. Nothing is stored. On a later
    occasion the mail is looked at as the first word on a new ticket that has what would be decided on its arrival.
    ``facts`` is what is known beside the message."""
    facts = facts or Facts(received=message.at, working=desk.calendar.is_working(message.at))
    decision = classify(desk, suggester, [message], facts=[facts])[0]
    if occasion is not Occasion.ARRIVAL:
        facts = _later(facts, decision, occasion)
        decision = decide_again(desk, message, facts, decision.suggestion)
    looks = desk.book.explain(message, facts, decision.suggestion)
    return decision, [_as_json(look, decision) for look in looks]


def explain_decided(ctx: Context, row: DecisionRow, message: Message) -> list[dict[str, Any]]:
    """The same of a stored decision: by the rules of its time, as far as its bundle is still there, and from what was
    stored with it."""
    try:
        desk = ctx.desk_of(row.decision.bundle)
    except (NotFound, BadConfiguration):
        desk = ctx.desk()
    looks = desk.book.explain(message, row.decision.facts, row.decision.suggestion)
    return [_as_json(look, row.decision) for look in looks]


def _later(facts: Facts, decision: Decision, occasion: Occasion) -> Facts:
    return replace(
        facts,
        occasion=occasion,
        at=facts.received,
        is_reply=occasion is Occasion.REPLY,
        state=State.NEW.value,
        fields=tuple(sorted((name, choice.value) for name, choice in decision.choices.items())),
        decided_by=tuple(sorted((name, choice.by.value) for name, choice in decision.choices.items())),
    )


def _as_json(look: RuleLook, decision: Decision) -> dict[str, Any]:
    hit = next((hit for hit in decision.hits if hit.id == look.id), None)
    condition, _, line = look.failed.rpartition(":")
    return {
        "id": look.id,
        "where": look.where,
        "title": look.title,
        "status": str(look.status),
        "hit": look.hit,
        "words": [
            {"where": one.where, "text": one.text, "start": one.start, "end": one.end}
            if one.start >= 0
            else {"where": one.where, "text": one.text, "start": None, "end": None}
            for one in look.words
        ],
        "sets": [{"what": what, "value": value} for what, value in look.sets],
        "overridden": list(hit.overridden) if hit else [],
        "failed": {"condition": condition, "operator": look.operator or None, "line": int(line)} if condition else None,
        "error": look.error or None,
        "run_on": [occasion.value for occasion in look.on],
        "asked": look.asked,
    }
