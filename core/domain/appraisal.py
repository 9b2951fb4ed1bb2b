"""An appraisal 满意度评估: what a customer thinks of working with us, once a half-year or a quarter (DOMAIN 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.domain.errors import BadInput
from core.domain.period import YEARS

DIMENSIONS = ("quality", "speed", "contact", "problems", "cooperation")
"""产品质量, 服务响应速度, 沟通效率, 问题解决能力, 整体合作体验: 1 to 5 each."""
MOST_MARK = 5
LATE = timedelta(days=14)
"""So long after its period an answer is still taken: the letter may have come on the last day."""
_TERM = re.compile(r"(\d{4})(?:H([12])|Q([1-4]))", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """One for each customer and ``term``, a half-year ``2026H2`` or a quarter ``2026Q4``; entered on one of his
    tickets. ``by`` is empty when he answered himself, else the agent who entered it from a call. ``words`` and
    ``improvement`` are masked; ``marks`` are those that were given. Of an erased customer the marks are left, with
    ``customer_id`` 0."""

    id: int
    customer_id: int
    ticket_id: int
    term: str
    at: datetime
    marks: tuple[tuple[str, int], ...]
    words: str = ""
    improvement: str = ""
    by: str = ""

    @property
    def score(self) -> float:
        """The mean of its marks."""
        return sum(mark for _, mark in self.marks) / len(self.marks)


def half_year_of(day: date) -> str:
    return f"{day.year}H{(day.month + 5) // 6}"


def quarter_of(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def days_of(term: str) -> tuple[date, date]:
    """Its first and its last day. Raises ``BadInput`` for what is no term."""
    found = _TERM.fullmatch(term)
    if found is None or int(found[1]) not in YEARS:
        raise BadInput(f"没有评估周期 {term[:20]}，例如 2026H2、2026Q4 (no such period)")
    year, months = int(found[1]), 6 if found[2] else 3
    last = int(found[2] or found[3]) * months
    first = date(year, last - months + 1, 1)
    after = date(year + last // 12, last % 12 + 1, 1)
    return first, after - timedelta(days=1)


def is_open(term: str, today: date) -> bool:
    """Whether an answer for that term is taken today. Raises ``BadInput`` for what is no term."""
    first, last = days_of(term)
    return first <= today <= last + LATE
