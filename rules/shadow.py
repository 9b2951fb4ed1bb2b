"""Finds rules that can never act: one whose condition cannot hold, and one that stands in an earlier one's shadow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from core.domain.bundle import Problem
from rules.actions import LETTER_REASON, STOP, UNITED, URGENCY_FLOOR
from rules.implication import implies, why_never, words_that_must_stand
from rules.rule import Rule, Status


def find_dead_rules(rules: Sequence[Rule]) -> tuple[Problem, ...]:
    """A problem for each active local rule, in the book's order, that no mail will ever see act."""
    active = [rule for rule in rules if rule.status is Status.ACTIVE and not rule.builtin]
    return (*_impossible(active), *_shadowed(active))


def _impossible(rules: Iterable[Rule]) -> Iterator[Problem]:
    for rule in rules:
        why = why_never(rule.condition)
        if why is not None:
            part, zh, en = why
            yield Problem(
                file=rule.file,
                line=part.line,
                column=1,
                zh=f"规则 {rule.id} 永远不会符合：{zh}",
                en=f"the rule {rule.id} can never hold: {en}",
                hint_zh="去掉其中一个条件",
                hint_en="drop one of the two conditions",
            )


def _shadowed(rules: Sequence[Rule]) -> Iterator[Problem]:
    by_word: dict[int, list[int]] = {}
    always: list[int] = []
    for place, rule in enumerate(rules):
        earlier = {number for word in words_that_must_stand(rule.condition) for number in by_word.get(word, ())}
        shade = next((rules[n] for n in sorted({*earlier, *always}) if _shades(rules[n], rule)), None)
        if shade is not None:
            yield _problem(rule, shade)
        needed = rule.condition.needed_words
        if needed is None:
            always.append(place)
        for word in needed or ():
            by_word.setdefault(word, []).append(place)


def _shades(earlier: Rule, later: Rule) -> bool:
    """Whether the later rule can set nothing that the earlier has not set already whenever it holds."""
    if not set(later.on) <= set(earlier.on) or later.after != earlier.after:
        return False
    if earlier.condition.needs_suggestion != later.condition.needs_suggestion:
        return False
    stops = any(what == STOP for what, _ in earlier.sets)
    taken = {what for what, _ in earlier.sets} - {URGENCY_FLOOR}
    free = [one for one in later.sets if not _is_taken(one, taken, earlier)]
    return (stops or not free) and implies(later.condition, earlier.condition)


def _is_taken(wanted: tuple[str, str], taken: set[str], earlier: Rule) -> bool:
    what, _ = wanted
    if what == LETTER_REASON:
        return True
    if what in (*UNITED, STOP):
        return wanted in earlier.sets
    if what == URGENCY_FLOOR:
        return wanted in earlier.sets or "urgency" in taken
    return what in taken


def _problem(rule: Rule, shade: Rule) -> Problem:
    return Problem(
        file=rule.file,
        line=rule.line,
        column=rule.column,
        zh=f"规则 {rule.id} 永远不起作用：凡是它符合的，{shade.where} 的 {shade.id} 都先符合，并且已经定了同样的字段",
        en=f"the rule {rule.id} never acts: "
        f"wherever it holds, {shade.id} at {shade.where} holds first and sets the same",
        hint_zh="把它移到前面，或改成 status: retired",
        hint_en="move it before that one, or write status: retired",
    )
