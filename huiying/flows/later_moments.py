"""Finds the moments of a stored ticket at which rules are asked again (replies, corrections, clocks), with it as it
was then, as far as what is stored says: a backtest tries rules on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import By, Facts, Occasion
from core.domain.promise import Clock, PromiseState
from core.domain.suggestion import NO_SUGGESTION, Suggestion
from core.domain.ticket import Direction, Message, State
from core.domain.views import DecidedMail, TicketDetail
from huiying.flows.desk import Desk
from rules.book import RuleBook
from rules.rule import Rule, Status

TRIED = (Occasion.REPLY, Occasion.CHANGE, Occasion.CLOCK)
"""Later occasions that stored tickets can try; what comes at a time after a state has no event of its own."""
_CLOCK_LINES = {
    "promise.warned": "warned",
    "promise.overdue": "overdue",
    "promise.escalated": "escalated",
    "update.asked": "overdue",
}


def occasions_to_try(live: RuleBook, other: RuleBook) -> tuple[Occasion, ...]:
    """Those on which a rule of the desk's own runs, or a shipped one that one book has and the other has not: nothing
    is looked up for the shipped rules alone, which say the same in both."""
    asking = (*_own(live, other), *_own(other, live))
    return tuple(one for one in TRIED if any(one in rule.on for rule in asking))


def _own(book: RuleBook, beside: RuleBook) -> Iterator[Rule]:
    known = {rule.id: rule.status for rule in beside.rules if rule.builtin}
    for rule in book.rules:
        if rule.status is not Status.RETIRED and not (rule.builtin and known.get(rule.id) is rule.status):
            yield rule


def later_moments(
    desk: Desk, detail: TicketDetail, arrival: DecidedMail, wanted: Collection[Occasion]
) -> Iterator[DecidedMail]:
    """What was decided then is taken from what was stored with it; where no rule held then nothing was stored, and the
    facts are put together from corrections, decisions, promises and the trail."""
    stored = {_key(row.decision.facts, row.message_id): row.decision for row in detail.decisions if not row.current}
    for facts, message in _moments(detail, arrival, wanted):
        known = stored.get(_key(facts, message.id))
        yield DecidedMail(
            id=arrival.id,
            number=arrival.number,
            message=message,
            facts=known.facts if known else _as_it_was(desk, detail, facts),
            suggestion=known.suggestion if known else _suggestion(facts, arrival),
            agents=arrival.agents,
        )


def _key(facts: Facts, message_id: int) -> tuple[Occasion, int, object]:
    """A reply is known by its message, everything else by its instant."""
    return facts.occasion, message_id, None if facts.occasion is Occasion.REPLY else facts.instant


def _suggestion(facts: Facts, arrival: DecidedMail) -> Suggestion:
    """The model was asked about the first mail."""
    return NO_SUGGESTION if facts.occasion is Occasion.REPLY else arrival.suggestion


def _moments(
    detail: TicketDetail, arrival: DecidedMail, wanted: Collection[Occasion]
) -> Iterator[tuple[Facts, Message]]:
    first = arrival.message
    base = replace(arrival.facts, received=detail.ticket.received)
    if Occasion.REPLY in wanted:
        for message in detail.messages:
            if message.direction is Direction.IN and message.id > first.id and message.automatic is None:
                yield replace(base, occasion=Occasion.REPLY, at=message.at, is_reply=True), message
    if Occasion.CHANGE in wanted:
        for one in detail.corrections:
            if one.kind is CorrectionKind.CORRECT:
                yield replace(base, occasion=Occasion.CHANGE, at=one.at, is_reply=False), first
    if Occasion.CLOCK in wanted:
        for line in detail.audit:
            event, clock = _CLOCK_LINES.get(line.action, ""), dict(line.details).get("clock", "")
            if event and clock != Clock.ACKNOWLEDGEMENT:
                moment = replace(base, occasion=Occasion.CLOCK, at=line.at, is_reply=False)
                yield replace(moment, clock=clock, clock_event=event), first


def _as_it_was(desk: Desk, detail: TicketDetail, facts: Facts) -> Facts:
    at = facts.instant
    fields, by = _standing(detail, facts)
    return replace(
        facts,
        working=desk.calendar.is_working(at),
        state=_state(detail, at),
        age=max(0, int((at - detail.ticket.received).total_seconds() // 60)),
        urged=any(
            one.clock is Clock.URGE and one.state is not PromiseState.CANCELLED and one.started < at
            for one in detail.promises
        ),
        fields=tuple(sorted(fields.items())),
        decided_by=tuple(sorted(by.items())),
    )


def _standing(detail: TicketDetail, facts: Facts) -> tuple[dict[str, str], dict[str, str]]:
    """Fields and who decided them, before that moment; an agent's change is part of the moment that it makes."""
    at, fields, by = facts.instant, dict[str, str](), dict[str, str]()
    steps: list[tuple[datetime, int, dict[str, str], dict[str, str]]] = []
    for row in detail.decisions:
        choices = row.decision.choices.items()
        since = detail.ticket.received if row.current else row.decision.facts.instant
        values = {name: choice.value for name, choice in choices}
        steps.append((since, 0, values, {name: choice.by.value for name, choice in choices}))
    for one in detail.corrections:
        who = dict(_by_before(detail, one.undoes)) if one.undoes else _by_agent(detail, one)
        steps.append((one.at, 1, dict(one.after), who))
    for when, is_change, values, who in sorted(steps, key=lambda step: step[:2]):
        is_this = when == at and is_change and facts.occasion is Occasion.CHANGE
        if when < at or is_this or when == detail.ticket.received:
            fields |= values
            by |= who
    return {name: value for name, value in fields.items() if value}, by


def _by_agent(detail: TicketDetail, one: Correction) -> dict[str, str]:
    """Who decided what a correction touched: priority and team may only have followed from the rest."""
    followed = [
        name for name, by in one.before_by
        if by == By.DERIVED and len(one.after) > 1 and detail.ticket.decided_by.get(name) != By.AGENT
    ]  # fmt: skip
    return {name: str(By.DERIVED if name in followed else By.AGENT) for name, _ in one.after}


def _by_before(detail: TicketDetail, correction: int) -> tuple[tuple[str, str], ...]:
    """Who had decided the fields before the correction that an undo takes back."""
    return next((one.before_by for one in detail.corrections if one.id == correction), ())


def _state(detail: TicketDetail, at: datetime) -> str:
    """What the trail last said before that moment."""
    words = [
        dict(line.details)["state"]
        for line in sorted(detail.audit, key=lambda line: line.id)
        if line.at < at and line.action.startswith("ticket.") and "state" in dict(line.details)
    ]
    return words[-1] if words else State.NEW.value
