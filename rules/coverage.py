"""Says which rules, and which branches of their ``any``, no example reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.condition import All, AnyOf, Condition
from rules.lexicon import Lexicon
from rules.looking import Look
from rules.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A rule that holds for none of its examples (``branch`` empty), or the branch of an ``any`` that held in none;
    ``line`` is where the rule or the branch stands."""

    rule: str
    file: str
    line: int
    branch: str = ""


def find_unreached(rules: Iterable[Rule], lexicon: Lexicon) -> tuple[Unreached, ...]:
    """In the book's order; a rule that no example reaches is told once, not branch by branch."""
    return tuple(found for rule in rules for found in _of_rule(rule, lexicon))


def _of_rule(rule: Rule, lexicon: Lexicon) -> Iterator[Unreached]:
    reached: set[int] = set()
    held = False
    for example in rule.examples:
        look = Look(message=example.message, facts=example.facts, lexicon=lexicon, suggestion=example.suggestion)
        if rule.condition.holds(look):
            held = True
            _mark(rule.condition, look, reached)
    if not held:
        yield Unreached(rule=rule.id, file=rule.file, line=rule.line)
        return
    for branch in _branches(rule.condition):
        if id(branch) not in reached:
            yield Unreached(rule=rule.id, file=rule.file, line=branch.line, branch=branch.word)


def _mark(condition: Condition, look: Look, reached: set[int]) -> None:
    """Notes the branches that hold, below a condition that does."""
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            if part.holds(look):
                reached.add(id(part))
                _mark(part, look, reached)


def _branches(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AnyOf):
        yield from condition.parts
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from _branches(part)
