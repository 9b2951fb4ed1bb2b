"""Decides whether one condition holds wherever another does, and whether a condition can hold at all.

Both answers are cautious: True only when the shape of the conditions proves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import TypeVar

from rules.condition import All, AnyOf, Condition
from rules.conditions.customer import CustomerIs
from rules.conditions.model import ModelSays
from rules.operators.contains import ContainsAll, ContainsAny, ContainsNone
from rules.operators.text import Operator, TextCondition

Part = TypeVar("Part")


def implies(one: Condition, other: Condition) -> bool:
    """Whether ``other`` surely holds for every message for which ``one`` does."""
    if isinstance(other, All):
        return all(implies(one, part) for part in other.parts)
    if isinstance(one, AnyOf):
        return all(implies(part, other) for part in one.parts)
    if isinstance(other, AnyOf) and any(implies(one, part) for part in other.parts):
        return True
    if isinstance(one, All):
        return any(implies(part, other) for part in one.parts)
    if isinstance(one, TextCondition) and isinstance(other, TextCondition):
        return set(one.names) <= set(other.names) and all(
            any(_operator_implies(mine, yours, same=one.names == other.names) for mine in one.operators)
            for yours in other.operators
        )
    return _alike(one, other)


def _operator_implies(one: Operator, other: Operator, *, same: bool) -> bool:
    if isinstance(other, ContainsNone):
        return same and isinstance(one, ContainsNone) and other.words <= one.words
    if isinstance(other, ContainsAny):
        if isinstance(one, ContainsAll):
            return not one.words.isdisjoint(other.words)
        return isinstance(one, ContainsAny) and one.words <= other.words
    if isinstance(other, ContainsAll) and isinstance(one, ContainsAll):
        return other.words <= one.words
    return same and one == other


def _alike(one: Condition, other: Condition) -> bool:
    """Whether two conditions ask the same, wherever they stand."""
    if type(one) is not type(other):
        return False
    names = (field.name for field in fields(one) if field.name != "line")  # type: ignore[arg-type]  # each is a dataclass
    return all(_same(getattr(one, name), getattr(other, name)) for name in names)


def _same(one: object, other: object) -> bool:
    if hasattr(one, "needs_suggestion") and hasattr(other, "needs_suggestion"):
        return _alike(one, other)  # type: ignore[arg-type]  # both are conditions
    return one == other


def words_that_must_stand(condition: Condition) -> frozenset[int]:
    """Words that the condition asks for, of which a rule that it implies must want one."""
    if isinstance(condition, All | AnyOf):
        return frozenset(word for part in condition.parts for word in words_that_must_stand(part))
    if isinstance(condition, TextCondition):
        return frozenset(word for operator in condition.operators for word in operator.needed_words or ()) | frozenset(
            word for operator in condition.operators if isinstance(operator, ContainsAll) for word in operator.words
        )
    return condition.needed_words or frozenset()


def why_never(condition: Condition) -> tuple[Condition, str, str] | None:
    """The part that makes a condition impossible, with the reason in Chinese and English; None when none was found."""
    if isinstance(condition, All):
        found = next((why for why in map(why_never, condition.parts) if why is not None), None)
        return found or _clash(condition, tuple(_flat(condition)))
    if isinstance(condition, AnyOf):
        reasons = [why_never(part) for part in condition.parts]
        return reasons[0] if all(reasons) else None
    if isinstance(condition, ModelSays) and condition.above >= condition.below:
        return condition, "confidence_above 不小于 confidence_below", "confidence_above is not under confidence_below"
    return _clash(condition, (condition,))


def _flat(condition: All) -> Iterator[Condition]:
    for part in condition.parts:
        if isinstance(part, All):
            yield from _flat(part)
        else:
            yield part


def _clash(place: Condition, parts: tuple[Condition, ...]) -> tuple[Condition, str, str] | None:
    """Two parts that must both hold and cannot."""
    texts = [part for part in parts if isinstance(part, TextCondition)]
    for one in texts:
        for other in texts:
            if set(one.names) <= set(other.names) and _words_clash(one, other):
                return other, "要求出现的词又要求不出现", "the words that must stand there must not stand there"
    customers = [part for part in parts if isinstance(part, CustomerIs)]
    if _disjoint(customers, lambda one: one.levels):
        return place, "不会同时是这几种客户等级", "no customer has both of these levels"
    said = [part for part in parts if isinstance(part, ModelSays)]
    for target in {part.target for part in said}:
        if _disjoint([part for part in said if part.target == target], lambda one: one.values or None):
            return place, f"模型不会同时给出这几个 {target}", f"the model never says two values of {target}"
    return None


def _words_clash(one: TextCondition, other: TextCondition) -> bool:
    barred = frozenset(word for op in other.operators if isinstance(op, ContainsNone) for word in op.words)
    return any(
        (isinstance(op, ContainsAny) and op.words <= barred)
        or (isinstance(op, ContainsAll) and not op.words.isdisjoint(barred))
        for op in one.operators
    )


def _disjoint(parts: list[Part], of: Callable[[Part], frozenset[str] | None]) -> bool:
    wanted = [values for values in map(of, parts) if values is not None]
    return len(wanted) > 1 and not frozenset.intersection(*wanted)
