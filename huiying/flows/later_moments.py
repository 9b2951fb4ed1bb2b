"""Finds the moments of a stored ticket at which rules are asked again (replies, corrections, clocks, a time after a
state), with it as it was then, as far as what is stored says: a backtest tries rules on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import By, Decision, Facts, Occasion
from core.domain.promise import Clock, PromiseState
from core.domain.suggestion import NO_SUGGESTION, Suggestion
from core.domain.ticket import Message, State
from core.domain.views import DecidedMail, TicketLife
from huiying.flows.desk import Desk
from huiying.flows.hands import HANDED, HANDS_UNDONE
from huiying.flows.timed_moments import instants
from rules.actions import OWNER
from rules.book import RuleBook
from rules.rule import Rule, Status

TRIED = (Occasion.REPLY, Occasion.CHANGE, Occasion.CLOCK, Occasion.AFTER)
"""Later occasions that stored tickets can try."""
AT_ONCE = timedelta(hours=1)
"""A rule that was asked so soon after its instant was asked because of it."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A moment as each of two books would be asked about it; None where a book's rule has another time, or none.
    ``rule`` is the one whose time had come."""

    live: DecidedMail | None
    other: DecidedMail | None
    rule: str = ""


def later_moments(
    live: Desk, other: Desk, life: TicketLife, arrival: DecidedMail, wanted: Collection[Occasion], until: datetime
) -> Iterator[Later]:
    """What was decided then is taken from what was stored with it; where no rule held then nothing was stored, and the
    facts are put together from corrections, decisions, promises and the trail."""
    stored = {_key(row.decision.facts, row.message_id): row.decision for row in life.decisions if not row.current}
    for facts, message in _moments(life, arrival, wanted):
        moment = _moment(live, life, arrival, message, facts, stored.get(_key(facts, message.id)))
        yield Later(live=moment, other=moment)
    if Occasion.AFTER in wanted:
        for one in instants(live, other, life, until):
            now = _timed(live, life, arrival, one.rule, one.live)
            then = now if one.live == one.other else _timed(live, life, arrival, one.rule, one.other)
            yield Later(live=now, other=then, rule=one.rule)


def _timed(desk: Desk, life: TicketLife, arrival: DecidedMail, rule: str, at: datetime | None) -> DecidedMail | None:
    """When the time of one rule has come."""
    if at is None:
        return None
    base = replace(arrival.facts, received=life.ticket.received, is_reply=False)
    facts = replace(base, occasion=Occasion.AFTER, at=at, rule=rule)
    asked = (row.decision for row in life.decisions if row.decision.facts.rule == rule)
    known = next((one for one in asked if at <= one.facts.instant < at + AT_ONCE), None)
    return _moment(desk, life, arrival, arrival.message, facts, known)


def _moment(
    desk: Desk, life: TicketLife, arrival: DecidedMail, message: Message, facts: Facts, known: Decision | None
) -> DecidedMail:
    return replace(
        arrival,
        message=message,
        facts=known.facts if known else _as_it_was(desk, life, facts),
        suggestion=known.suggestion if known else _suggestion(facts, arrival),
    )


def _key(facts: Facts, message_id: int) -> tuple[Occasion, int, object]:
    """A reply is known by its message, everything else by its instant."""
    return facts.occasion, message_id, None if facts.occasion is Occasion.REPLY else facts.instant


def _suggestion(facts: Facts, arrival: DecidedMail) -> Suggestion:
    """The model was asked about the first mail."""
    return NO_SUGGESTION if facts.occasion is Occasion.REPLY else arrival.suggestion


def _moments(life: TicketLife, arrival: DecidedMail, wanted: Collection[Occasion]) -> Iterator[tuple[Facts, Message]]:
    first = arrival.message
    base = replace(arrival.facts, received=life.ticket.received)
    if Occasion.REPLY in wanted:
        for message in life.replies:
            if message.id > first.id:
                yield replace(base, occasion=Occasion.REPLY, at=message.at, is_reply=True), message
    if Occasion.CHANGE in wanted:
        for one in life.corrections:
            if one.kind is CorrectionKind.CORRECT:
                yield replace(base, occasion=Occasion.CHANGE, at=one.at, is_reply=False), first
    if Occasion.CLOCK in wanted:
        for line in life.audit:
            event, clock = _CLOCK_LINES.get(line.action, ""), dict(line.details).get("clock", "")
            if event and clock != Clock.ACKNOWLEDGEMENT:
                moment = replace(base, occasion=Occasion.CLOCK, at=line.at, is_reply=False)
                yield replace(moment, clock=clock, clock_event=event), first


def _as_it_was(desk: Desk, life: TicketLife, facts: Facts) -> Facts:
    at = facts.instant
    fields, by = _standing(life, facts)
    return replace(
        facts,
        working=desk.calendar.is_working(at),
        state=_state(life, at),
        age=max(0, int((at - life.ticket.received).total_seconds() // 60)),
        urged=any(
            one.clock is Clock.URGE and one.state is not PromiseState.CANCELLED and one.started < at
            for one in life.promises
        ),
        fields=tuple(sorted(fields.items())),
        decided_by=tuple(sorted(by.items())),
    )


def _standing(life: TicketLife, facts: Facts) -> tuple[dict[str, str], dict[str, str]]:
    """Fields and who decided them, before that moment; an agent's change is part of the moment that it makes."""
    at, fields, by = facts.instant, dict[str, str](), dict[str, str]()
    steps: list[tuple[datetime, int, dict[str, str], dict[str, str]]] = []
    for row in life.decisions:
        choices = row.decision.choices.items()
        since = life.ticket.received if row.current else row.decision.facts.instant
        values = {name: choice.value for name, choice in choices}
        steps.append((since, 0, values, {name: choice.by.value for name, choice in choices}))
    for line in life.audit:
        if line.action in (*HANDED, HANDS_UNDONE):
            values = _handed(dict(line.details))
            steps.append((line.at, 0, values, dict.fromkeys(values, str(By.AGENT))))
    for one in life.corrections:
        who = dict(_by_before(life, one.undoes)) if one.undoes else _by_agent(life, one)
        steps.append((one.at, 1, dict(one.after), who))
    for when, is_change, values, who in sorted(steps, key=lambda step: step[:2]):
        is_this = when == at and is_change and facts.occasion is Occasion.CHANGE
        if when < at or is_this or when == life.ticket.received:
            fields |= values
            by |= who
    return {name: value for name, value in fields.items() if value}, by


def _handed(details: dict[str, str]) -> dict[str, str]:
    """Who had the ticket from then on, and its team where that changed."""
    team = details.get("team", "")
    return {OWNER: details.get("to", "")} | ({"team": team} if team != details.get("before-team", "") else {})


def _by_agent(life: TicketLife, one: Correction) -> dict[str, str]:
    """Who decided what a correction touched: priority and team may only have followed from the rest."""
    followed = [
        name for name, by in one.before_by
        if by == By.DERIVED and len(one.after) > 1 and life.ticket.decided_by.get(name) != By.AGENT
    ]  # fmt: skip
    return {name: str(By.DERIVED if name in followed else By.AGENT) for name, _ in one.after}


def _by_before(life: TicketLife, correction: int) -> tuple[tuple[str, str], ...]:
    """Who had decided the fields before the correction that an undo takes back."""
    return next((one.before_by for one in life.corrections if one.id == correction), ())


def _state(life: TicketLife, at: datetime) -> str:
    """What the trail last said before that moment."""
    words = [
        dict(line.details)["state"]
        for line in sorted(life.audit, key=lambda line: line.id)
        if line.at < at and line.action.startswith("ticket.") and "state" in dict(line.details)
    ]
    return words[-1] if words else State.NEW.value
