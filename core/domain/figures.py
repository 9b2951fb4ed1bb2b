"""How rules did: counts by day, rule and field, and what becomes of a decision after it was filed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from core.domain.decision import Decision

COUNTS = ("hits", "overridden", "errors", "sets", "changed", "decided", "agreed", "changed_decided", "changed_agreed")
"""What of a ``RuleCount`` is added up."""
_FIRST = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """``day`` counts from 1970 at the desk; ``field`` is '' for the rule as a whole (hits, overridden, errors), else
    one that it decided, or on trial would have: how often, how often that differs from what was decided without it
    (``changed``, on trial only), and of both how many an agent has decided and how many of those agree. Counts are
    added up, and are negative where something is taken back. ``last`` is the latest arrival that is counted."""

    day: int
    rule: str
    last: datetime
    field: str = ""
    trial: bool = False
    hits: int = 0
    overridden: int = 0
    errors: int = 0
    sets: int = 0
    changed: int = 0
    decided: int = 0
    agreed: int = 0
    changed_decided: int = 0
    changed_agreed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledDecision:
    """A stored decision with the message that it is about."""

    id: int
    message_id: int
    decision: Decision


def day_number(day: date) -> int:
    """The days since 1970."""
    return (day - _FIRST).days
