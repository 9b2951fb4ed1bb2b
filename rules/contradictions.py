"""Finds pairs of rules that contradict each other: a mail that is an example of one meets both, each sets the same
field to another value, and the later one never gets its word there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.decision import By, RuleHit
from core.domain.suggestion import NO_SUGGESTION
from rules.actions import URGENCY_FLOOR
from rules.book import RuleBook
from rules.decide import decide
from rules.rule import Example, Rule, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """``example`` is the line of the later rule's example that meets both."""

    first: Rule
    later: Rule
    field: str
    first_value: str
    later_value: str
    example: int


def find_contradictions(book: RuleBook) -> tuple[Contradiction, ...]:
    """Each pair once. That a local rule wins over a shipped one is what local rules are for."""
    rules = {rule.id: rule for rule in book.rules}
    found: dict[tuple[str, str], Contradiction] = {}
    for later in book.rules:
        if later.status is not Status.ACTIVE or later.builtin:
            continue
        for example in later.examples:
            if example.expect is None:
                continue
            for one in _lost(book, rules, later, example):
                found.setdefault((one.first.id, later.id), one)
    return tuple(found.values())


def _lost(book: RuleBook, rules: dict[str, Rule], later: Rule, example: Example) -> Iterator[Contradiction]:
    """The fields that the example's own rule does not get, and who gets them."""
    suggestion = example.suggestion or NO_SUGGESTION
    first = book.first_pass(example.message, example.facts)
    second = book.second_pass(example.message, example.facts, suggestion)
    if not any(hit.id == later.id and not hit.error for hit in (*first, *second)):
        return
    decision = decide(
        taxonomy=book.taxonomy, facts=example.facts, first=first, second=second, suggestion=suggestion, bundle=""
    )
    own: RuleHit = next(hit for hit in decision.hits if hit.id == later.id)
    for what, value in own.sets:
        choice = decision.choices.get(what)
        if what == URGENCY_FLOOR or choice is None or choice.by is not By.RULE or choice.source == later.id:
            continue
        winner = rules[choice.source]
        if choice.value != value and winner.status is Status.ACTIVE:
            yield Contradiction(
                first=winner,
                later=later,
                field=what,
                first_value=choice.value,
                later_value=value,
                example=example.line,
            )
