"""Finds a date whose weekday is another one: ``3月6日（周四）`` when that is a Friday."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.text.fold import fold

_CHINESE = re.compile(
    r"(?:(20\d\d)年)?(\d{1,2})月(\d{1,2})[日号號]?\s{0,2}[（(]?\s{0,2}((?:周|週|星期|礼拜|禮拜)([一二三四五六日天]))[）)]?"
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_ENGLISH = re.compile(rf"\b({_DAYS}),? (\d{{1,2}})(?:st|nd|rd|th)? ({_MONTHS})(?:,? (20\d\d))?\b", re.IGNORECASE)
_NAMES = ("一", "二", "三", "四", "五", "六", "日")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongWeekday:
    """``said`` stands at ``text[at:]``; ``right`` is what it should be, in the text's own words."""

    at: int
    said: str
    right: str


def find_wrong_weekdays(text: str, today: date) -> Iterator[WrongWeekday]:
    """A date without a year is the one nearest to ``today``."""
    for match in _CHINESE.finditer(text):
        day = _nearest(match[1], int(match[2]), int(match[3]), today)
        named = 6 if match[5] == "天" else _NAMES.index(match[5])
        if day is not None and day.weekday() != named:
            right = match[4][:-1] + _NAMES[day.weekday()]
            yield WrongWeekday(at=match.start(4), said=match[4], right=right)
    for match in _ENGLISH.finditer(text):
        month = _MONTHS.split("|").index(fold(match[3])) + 1
        day = _nearest(match[4], month, int(match[2]), today)
        days = _DAYS.split("|")
        if day is not None and day.weekday() != days.index(fold(match[1])):
            yield WrongWeekday(at=match.start(1), said=match[1], right=days[day.weekday()].title())


def _nearest(year: str | None, month: int, day: int, today: date) -> date | None:
    years = (int(year),) if year else (today.year - 1, today.year, today.year + 1)
    found = [one for each in years if (one := _date(each, month, day)) is not None]
    return min(found, key=lambda one: abs((one - today).days), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
