"""Runs the examples that stand in the rules, each against its own rule alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from core.domain.bundle import Problem
from core.domain.decision import Decision
from core.domain.suggestion import NO_SUGGESTION
from rules.actions import NO_LETTER, SPAM, TAG, UNITED
from rules.book import RuleBook, judge
from rules.coverage import Unreached, find_unreached
from rules.decide import decide
from rules.examples import NOTHING
from rules.looking import Look
from rules.orders import CLOCK_TIME, CO_HANDLER, SECOND_PERSON, co_handler_of, ordered
from rules.rule import Example, Rule, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedExample:
    """``expected`` and ``got`` are what an admin reads, such as ``urgency=紧急`` or ``nothing``."""

    rule: str
    file: str
    line: int
    expected: str
    got: str
    column: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    rules: int
    examples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesResult:
    """What ``rules test`` says; retired rules are not tested. ``unreached`` is worth a look and fails nothing."""

    builtin: Counts
    local: Counts
    failed: tuple[FailedExample, ...]
    unreached: tuple[Unreached, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The object of the command line's contract: totals, then how they are made up."""
        return {
            "rules": self.builtin.rules + self.local.rules,
            "examples": self.builtin.examples + self.local.examples,
            "failed": [
                {"rule": one.rule, "file": one.file, "line": one.line, "expected": one.expected, "got": one.got}
                for one in self.failed
            ],
            "unreached": [
                {"rule": one.rule, "file": one.file, "line": one.line, "branch": one.branch or None}
                for one in self.unreached
            ],
            "builtin": {"rules": self.builtin.rules, "examples": self.builtin.examples},
            "local": {"rules": self.local.rules, "examples": self.local.examples},
        }

    def problems(self) -> tuple[Problem, ...]:
        """Each failed example as a problem of its file, so that a bundle with one is not published."""
        return tuple(
            Problem(
                file=one.file,
                line=one.line,
                column=one.column,
                zh=f"规则 {one.rule} 的例子没有通过：应为 {one.expected}，实为 {one.got}",
                en=f"an example of the rule {one.rule} fails: expected {one.expected}, got {one.got}",
                hint_zh="huiying rules test",
                hint_en="huiying rules test",
            )
            for one in self.failed
        )


def test_book(book: RuleBook) -> ExamplesResult:
    """Runs all examples."""
    return _run_all(book, [rule for rule in book.rules if rule.status is not Status.RETIRED])


def test_local_rules(book: RuleBook) -> ExamplesResult:
    """Runs the examples of the rules that do not ship: what a publication depends on."""
    return _run_all(book, [rule for rule in book.rules if rule.status is not Status.RETIRED and not rule.builtin])


for _function in (test_book, test_local_rules):
    _function.__test__ = False  # type: ignore[attr-defined]  # named like the command; pytest must not run them


def _run_all(book: RuleBook, rules: list[Rule]) -> ExamplesResult:
    failed = (_run(rule, example, book) for rule in rules for example in rule.examples)
    return ExamplesResult(
        builtin=_count(rule for rule in rules if rule.builtin),
        local=_count(rule for rule in rules if not rule.builtin),
        failed=tuple(failure for failure in failed if failure is not None),
        unreached=find_unreached(rules, book.lexicon),
    )


def _count(rules: Iterable[Rule]) -> Counts:
    every = tuple(rules)
    return Counts(rules=len(every), examples=sum(len(rule.examples) for rule in every))


def _run(rule: Rule, example: Example, book: RuleBook) -> FailedExample | None:
    look = Look(message=example.message, facts=example.facts, lexicon=book.lexicon, suggestion=example.suggestion)
    hit = judge(rule, look)
    if hit is not None and hit.error:
        return _failed(rule, example, _expected(example), f"error {hit.error}")
    if hit is None:
        return None if example.expect is None else _failed(rule, example, _expected(example), NOTHING)
    if example.expect is None:
        return _failed(rule, example, NOTHING, " ".join(f"{what}={value}" for what, value in hit.sets))
    decision = decide(
        taxonomy=book.taxonomy,
        facts=example.facts,
        first=(replace(hit, trial=False),),
        second=(),
        suggestion=example.suggestion or NO_SUGGESTION,
        bundle="",
    )
    got = {name: _got(decision, name) for name in example.expect}
    wrong = [name for name, wanted in example.expect.items() if not set(wanted) <= set(got[name])]
    if not wrong:
        return None
    return _failed(rule, example, _pairs(example.expect, wrong), _pairs(got, wrong))


def _got(decision: Decision, name: str) -> tuple[str, ...]:
    if name == TAG:
        return decision.tags
    if name == SPAM:
        return ("yes" if decision.spam else "no",)
    if name == CO_HANDLER:
        return tuple(co_handler_of(value).team for value, _ in ordered(decision, name))
    if name == CLOCK_TIME:
        times = ((what.removeprefix(name), choice.value) for what, choice in decision.choices.items())
        return tuple(f"{what} {value}" for what, value in times if name + what in decision.choices)
    if name in UNITED:
        return tuple(value for value, _ in ordered(decision, name)) or ("no",)
    if name == NO_LETTER:
        return ("none" if decision.letter else "live",)
    standing = dict(decision.facts.fields).get(name, "no" if name == SECOND_PERSON else "")
    return (decision.value(name) or standing,)


def _failed(rule: Rule, example: Example, expected: str, got: str) -> FailedExample:
    return FailedExample(
        rule=rule.id, file=rule.file, line=example.line, column=example.column, expected=expected, got=got
    )


def _expected(example: Example) -> str:
    return NOTHING if example.expect is None else _pairs(example.expect, example.expect)


def _pairs(values: Mapping[str, tuple[str, ...]], names: Iterable[str]) -> str:
    return " ".join(f"{name}={','.join(values[name])}" for name in names)
