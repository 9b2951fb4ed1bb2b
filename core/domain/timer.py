"""A timer 定时: what happens to a ticket by itself at an instant, unless its state changes before (DOMAIN 5 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TimerKind(StrEnum):
    RESUME = "resume"
    REMIND = "remind"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Unique by (ticket, kind). ``because`` is why, such as the reason of a hold."""

    id: int
    ticket_id: int
    kind: TimerKind
    at: datetime
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTimer:
    """When a rule that runs at a time after a state is asked about a ticket. Unique by (ticket, rule)."""

    id: int
    ticket_id: int
    rule: str
    at: datetime
