"""What a rule is: when it holds, what it then sets, and the examples that prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.domain.decision import Facts, Occasion
from core.domain.duration import Duration
from core.domain.suggestion import Suggestion
from core.domain.ticket import Message, State
from rules.condition import Condition


class Status(StrEnum):
    """``trial`` is looked at and recorded but decides nothing; ``retired`` is not looked at."""

    TRIAL = "trial"
    ACTIVE = "active"
    RETIRED = "retired"


STATUS_WORDS = {
    **{str(status): status for status in Status},
    "试运行": Status.TRIAL,
    "生效": Status.ACTIVE,
    "已停用": Status.RETIRED,
}
"""How a status is written in a rule file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """So long after a ticket came into the state, unless it left it before."""

    state: State
    time: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message and what the rule must make of it; ``expect`` None: the rule must not hold."""

    line: int
    message: Message
    facts: Facts
    suggestion: Suggestion | None = None
    expect: Mapping[str, tuple[str, ...]] | None = None
    column: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``sets`` are (what, value) pairs as ``rules/actions.py`` reads them; one thing may stand several times. ``on``
    says when it is asked, ``after`` at what time if that is one of them."""

    id: str
    title: str
    file: str
    line: int
    status: Status
    condition: Condition
    sets: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...] = ()
    why: str = ""
    owner: str = ""
    review_by: date | None = None
    builtin: bool = False
    on: tuple[Occasion, ...] = (Occasion.ARRIVAL,)
    after: After | None = None
    column: int = 1

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"
