"""A vote 评价: whether the result solved the customer's problem, with the survey's marks (DOMAIN 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MARKS = ("efficiency", "communication", "solution")
"""需求解决效率, 沟通体验, 方案有效性: 1 to 5 each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One for each result letter. ``by`` is empty when the customer voted himself, else the agent who entered it from a
    call. ``words`` are masked; ``marks`` are those that were given."""

    id: int
    ticket_id: int
    letter_id: int
    at: datetime
    satisfied: bool
    marks: tuple[tuple[str, int], ...] = ()
    words: str = ""
    by: str = ""
