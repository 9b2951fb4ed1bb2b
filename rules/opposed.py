"""Finds examples of two rules that contradict each other: of the same message each expects another value of a field
that its rule sets. Both pass, each run against its own rule alone, and one of them is never true of the book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.domain.bundle import Problem
from rules.actions import URGENCY_FLOOR
from rules.rule import Example, Rule, Status


def find_opposed_examples(rules: Sequence[Rule]) -> tuple[Problem, ...]:
    """A problem for each example of an active local rule that an earlier rule's example takes the word from."""
    known: dict[object, list[tuple[Rule, Example]]] = {}
    found: list[Problem] = []
    for rule in rules:
        if rule.status is not Status.ACTIVE or rule.builtin:
            continue
        for example in rule.examples:
            if example.expect is None:
                continue
            same = known.setdefault((example.message, example.facts, repr(example.suggestion)), [])
            found.extend(_opposed(same, rule, example))
            same.append((rule, example))
    return tuple(found)


def _opposed(earlier: Sequence[tuple[Rule, Example]], rule: Rule, example: Example) -> Iterator[Problem]:
    """The first that says otherwise is enough."""
    for first, other in earlier:
        for name in _decided(first, other) if first is not rule else ():
            here, there = _value(example, name), _value(other, name)
            if name in _decided(rule, example) and here != there:
                yield _problem(first, other, rule, example, name)
                return


def _decided(rule: Rule, example: Example) -> tuple[str, ...]:
    """The expected fields that the rule itself sets; a floor leaves room for a higher word."""
    absolute = {what for what, _ in rule.sets} - {URGENCY_FLOOR}
    return tuple(name for name in example.expect or () if name in absolute)


def _value(example: Example, name: str) -> str:
    return " ".join((example.expect or {}).get(name, ()))


def _problem(first: Rule, other: Example, rule: Rule, example: Example, name: str) -> Problem:
    here, there = f"{name}={_value(example, name)}", f"{name}={_value(other, name)}"
    at = f"{first.file}:{other.line}"
    return Problem(
        file=rule.file,
        line=example.line,
        column=example.column,
        zh=f"规则 {rule.id} 的例子与规则 {first.id} 的例子矛盾：同一封来信，{at} 应为 {there}，这里应为 {here}",
        en=f"an example of the rule {rule.id} contradicts one of {first.id}: of the same message {at} expects {there}, "
        f"and this one {here}",
        hint_zh="先写的规则说了算：改其中一个例子，或让两条规则不同时符合",
        hint_en="the earlier rule wins: change one of the examples, or let only one of the rules hold",
    )
