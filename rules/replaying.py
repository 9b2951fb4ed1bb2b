"""Decides a stored mail once by the live book and once by another, and says what differs and which rule did it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from core.domain.decision import DECIDED_FIELDS, By, Decision, Occasion, RuleHit
from core.domain.views import DecidedMail
from rules.actions import OWNER
from rules.book import RuleBook
from rules.decide import decide
from rules.orders import ASK, CO_HANDLER, NOTIFY, QUIET, URGE, ordered

COMPARED = (*DECIDED_FIELDS, OWNER, "tags", "letter", "spam")
ORDERED = (CO_HANDLER, NOTIFY, ASK, URGE, QUIET)
"""What rules order; compared on later occasions, where most of them do little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of one mail that the other book decides otherwise. ``rule`` is the one that makes the
    difference: it decides now, or decided and no longer does; ``agent`` what an agent has said, '' when none has."""

    number: str
    field: str
    before: str
    after: str
    rule: str
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """A rule of the other book that decided a field, or on trial would have. ``changed`` says whether the live
    decision is another."""

    rule: str
    field: str
    value: str
    changed: bool
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """``hits`` are the rules of the other book that held, ``errors`` those that failed on this mail."""

    changes: tuple[Change, ...]
    sets: tuple[Set, ...]
    hits: tuple[str, ...]
    errors: tuple[str, ...]


def replay(live: RuleBook, other: RuleBook, mail: DecidedMail) -> Replayed:
    """A pure function of what was stored with the mail; agents' words are compared with, not obeyed."""
    hits = _hits(other, mail)
    now = _decision(other, mail, hits)
    before = now
    if live is not other:
        live_hits = _hits(live, mail)
        before = now if _alike(live_hits, hits) else _decision(live, mail, live_hits)
    return _replayed(other, mail, hits, before, now)


def replay_timed(live: RuleBook, other: RuleBook, was: DecidedMail | None, mail: DecidedMail | None) -> Replayed:
    """The same where a rule at a time after a state has another time in each book, or none (None): what it does to
    the ticket is compared, not when."""
    moment = mail or was
    if moment is None:
        return Replayed(changes=(), sets=(), hits=(), errors=())
    hits = _hits(other, mail) if mail else ()
    now = _decision(other, moment, hits)
    before = _decision(live, was, _hits(live, was)) if was else _decision(live, moment, ())
    # What happened to the ticket between the two instants is neither's doing.
    return _replayed(other, moment, hits, replace(before, facts=now.facts), now)


def _replayed(
    other: RuleBook, mail: DecidedMail, hits: tuple[RuleHit, ...], before: Decision, now: Decision
) -> Replayed:
    agents = dict(mail.agents)
    return Replayed(
        changes=tuple(_changes(mail.number, before, now, agents)) if before is not now else (),
        sets=(*_sets(before, now, agents), *_trial_sets(other, mail, hits, before, agents)),
        hits=tuple(hit.id for hit in hits if not hit.error),
        errors=tuple(hit.id for hit in hits if hit.error),
    )


def decide_again(book: RuleBook, mail: DecidedMail) -> Decision:
    """What that book makes of a stored mail, agents apart."""
    return _decision(book, mail, _hits(book, mail))


def _hits(book: RuleBook, mail: DecidedMail) -> tuple[RuleHit, ...]:
    first = book.first_pass(mail.message, mail.facts)
    return (*first, *book.second_pass(mail.message, mail.facts, mail.suggestion, first))


def _decision(book: RuleBook, mail: DecidedMail, hits: Iterable[RuleHit]) -> Decision:
    return decide(
        taxonomy=book.taxonomy, facts=mail.facts, first=hits, second=(), suggestion=mail.suggestion, bundle=""
    )


def _alike(one: tuple[RuleHit, ...], other: tuple[RuleHit, ...]) -> bool:
    """Whether two books found the same, wherever in the files their rules stand."""
    return [(hit.id, hit.sets, hit.trial, hit.error) for hit in one] == [
        (hit.id, hit.sets, hit.trial, hit.error) for hit in other
    ]


def value_of(decision: Decision, name: str) -> str:
    """What a decision says about one of ``COMPARED``, as text."""
    if name == "tags":
        return " ".join(sorted(decision.tags))
    if name == "letter":
        return decision.letter or decision.value(name)
    if name == "spam":
        return "yes" if decision.spam else ""
    if name in ORDERED:
        return " ".join(value for value, _ in ordered(decision, name))
    if decision.occasion is not Occasion.ARRIVAL:
        return decision.value(name) or dict(decision.facts.fields).get(name, "")
    return decision.value(name)


def _changes(number: str, before: Decision, now: Decision, agents: Mapping[str, str]) -> Iterator[Change]:
    later = now.occasion is not Occasion.ARRIVAL
    for name in (*COMPARED, *ORDERED) if later else COMPARED:
        was, becomes = value_of(before, name), value_of(now, name)
        if was != becomes:
            rule = _rule_behind(before, now, name)
            yield Change(number=number, field=name, before=was, after=becomes, rule=rule, agent=agents.get(name, ""))


def _rule_behind(before: Decision, now: Decision, name: str) -> str:
    """The rule that makes the difference: the one that decides now, unless it held just so before; then the one that
    decided before."""
    becomes, was = _rule_of(now, name), _rule_of(before, name)
    if becomes and was and _acting(now, becomes) == _acting(before, becomes):
        return was
    return becomes or was


def _acting(decision: Decision, rule: str) -> tuple[tuple[str, str], ...] | None:
    """What a rule that acts wants; None when it does not act."""
    return next((hit.sets for hit in decision.hits if hit.id == rule and hit.acts), None)


def _rule_of(decision: Decision, name: str) -> str:
    """The rule behind a field; the derived ones follow from urgency, impact or type."""
    choice = decision.choices.get(name)
    if choice is None:
        wanted = {"tags": "tag", "letter": "no_letter", "spam": "spam"}.get(name, name)
        return next((hit.id for hit in decision.hits if any(what == wanted for what, _ in hit.sets)), "")
    if choice.by is By.RULE:
        return choice.source
    if choice.by is By.DERIVED:
        behind = ("type",) if name == "team" else ("urgency", "impact")
        return next((found for found in (_rule_of(decision, one) for one in behind) if found), "")
    return ""


def _sets(before: Decision, now: Decision, agents: Mapping[str, str]) -> Iterator[Set]:
    for name, choice in now.choices.items():
        if choice.by is By.RULE:
            changed = value_of(before, name) != choice.value
            yield Set(rule=choice.source, field=name, value=choice.value, changed=changed, agent=agents.get(name, ""))


def _trial_sets(
    book: RuleBook, mail: DecidedMail, hits: tuple[RuleHit, ...], before: Decision, agents: Mapping[str, str]
) -> Iterator[Set]:
    """What each rule on trial would have decided, were it alone in force beside the active ones."""
    for trial in hits:
        if not trial.trial or trial.error:
            continue
        would = _decision(book, mail, (replace(hit, trial=False) if hit is trial else hit for hit in hits))
        for name, choice in would.choices.items():
            if choice.by is By.RULE and choice.source == trial.id:
                changed = value_of(before, name) != choice.value
                yield Set(rule=trial.id, field=name, value=choice.value, changed=changed, agent=agents.get(name, ""))
