"""Counts what a stored decision says about the rules that met it, and what an agent's later word says about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.domain.decision import By, Decision
from core.domain.figures import RuleCount
from core.domain.taxonomy import Taxonomy
from rules.decide import decide


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A field that a rule decided, or on trial would have decided were it in force beside the active ones;
    ``changed`` says that what was decided without it is another value."""

    rule: str
    field: str
    value: str
    trial: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What stands for a field at some time, and whether an agent said so."""

    value: str
    agents: bool


def sets_of(taxonomy: Taxonomy, decision: Decision) -> tuple[RuleSet, ...]:
    """From the stored hits alone: no condition is asked again."""
    made = tuple(
        RuleSet(rule=choice.source, field=name, value=choice.value)
        for name, choice in decision.choices.items()
        if choice.by is By.RULE
    )
    return (*made, *_trial_sets(taxonomy, decision))


def _trial_sets(taxonomy: Taxonomy, decision: Decision) -> Iterator[RuleSet]:
    for trial in decision.hits:
        if not trial.trial or trial.error:
            continue
        hits = [replace(hit, trial=False) if hit is trial else hit for hit in decision.hits]
        would = decide(
            taxonomy=taxonomy,
            facts=decision.facts,
            first=hits,
            second=(),
            suggestion=decision.suggestion,
            bundle=decision.bundle,
        )
        for name, choice in would.choices.items():
            if choice.by is By.RULE and choice.source == trial.id:
                changed = decision.value(name) != choice.value
                yield RuleSet(rule=trial.id, field=name, value=choice.value, trial=True, changed=changed)


def counts_of(taxonomy: Taxonomy, decision: Decision, day: int) -> tuple[RuleCount, ...]:
    """What one more decision adds."""
    at = decision.facts.instant
    whole = (
        RuleCount(
            day=day,
            rule=hit.id,
            last=at,
            trial=hit.trial,
            hits=int(not hit.error),
            overridden=int(bool(hit.overridden)),
            errors=int(bool(hit.error)),
        )
        for hit in decision.hits
    )
    fields = (
        RuleCount(day=day, rule=one.rule, field=one.field, trial=one.trial, last=at, sets=1, changed=int(one.changed))
        for one in sets_of(taxonomy, decision)
    )
    return (*whole, *fields)


def counts_of_word(
    taxonomy: Taxonomy, decision: Decision, day: int, field: str, before: Word, after: Word
) -> tuple[RuleCount, ...]:
    """What it adds that another word stands for a field now than before."""
    found = (_agreement(one, day, decision, before, after) for one in sets_of(taxonomy, decision) if one.field == field)
    return tuple(one for one in found if one is not None)


def _agreement(one: RuleSet, day: int, decision: Decision, before: Word, after: Word) -> RuleCount | None:
    decided = int(after.agents) - int(before.agents)
    agreed = int(after.agents and after.value == one.value) - int(before.agents and before.value == one.value)
    if not decided and not agreed:
        return None
    return RuleCount(
        day=day,
        rule=one.rule,
        field=one.field,
        trial=one.trial,
        last=decision.facts.instant,
        decided=decided,
        agreed=agreed,
        changed_decided=decided if one.changed else 0,
        changed_agreed=agreed if one.changed else 0,
    )


def added_up(counts: Iterator[RuleCount]) -> tuple[RuleCount, ...]:
    """One count for each day, rule, field and status."""
    found: dict[tuple[int, str, str, bool], RuleCount] = {}
    for one in counts:
        key = (one.day, one.rule, one.field, one.trial)
        found[key] = _sum(found[key], one) if key in found else one
    return tuple(found[key] for key in sorted(found))


def _sum(one: RuleCount, other: RuleCount) -> RuleCount:
    names = (
        "hits",
        "overridden",
        "errors",
        "sets",
        "changed",
        "decided",
        "agreed",
        "changed_decided",
        "changed_agreed",
    )
    sums = {name: getattr(one, name) + getattr(other, name) for name in names}
    return replace(one, last=max(one.last, other.last), **sums)
