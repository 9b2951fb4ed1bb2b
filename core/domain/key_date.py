"""A key date 关键日期 of a customer: his birthday, the anniversary of working together, or one with its own name."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

BIRTHDAY, ANNIVERSARY = "birthday", "anniversary"
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDate:
    """``name`` is ``BIRTHDAY``, ``ANNIVERSARY`` or words of the desk's own; ``year`` is 0 where nobody knows it. Raises
    ``ValueError`` for a day that no year has."""

    name: str
    month: int
    day: int
    year: int = 0

    def __post_init__(self) -> None:
        date(self.year or _LEAP_YEAR, self.month, self.day)

    @property
    def month_day(self) -> int:
        """By which it is found: 1201 is the first of December."""
        return self.month * 100 + self.day


def month_days(day: date) -> tuple[int, ...]:
    """The key dates that fall on that day: those of the 29th of February on the 28th where there is none."""
    found = day.month * 100 + day.day
    return (found, found + 1) if found == 228 and not calendar.isleap(day.year) else (found,)
