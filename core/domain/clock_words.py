"""Says in one line which time a clock counts: "周五 10-09 17:30–18:00 计 30 分钟；周末不计；…" (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

from core.domain.calendar import USUAL, WEEKEND
from core.domain.clock import NATURAL, Counting, Stretch

_WEEKDAYS = ("周一 周二 周三 周四 周五 周六 周日".split(), "Mon Tue Wed Thu Fri Sat Sun".split())
_UNITS = ((" 小时", " 分钟"), (" h", " min"))
_COUNTED = ("{} 计 {}", "{} counts {}")
_PASSED = ("{}不计", "{} not counted")
_UNSAID = USUAL | frozenset(NATURAL)


def arithmetic_words(parts: Iterable[Stretch], zone: tzinfo, language: str = "zh-CN") -> str:
    """What counts, day by day, and what does not; nights and lunch go without saying."""
    tongue = 1 if language.startswith("en") else 0
    said = [part for part in parts if part.counting is not Counting.IDLE or part.why not in _UNSAID]
    days = groupby(said, key=lambda part: (part.from_.astimezone(zone).date(), part.counting, part.why))
    return ("；", "; ")[tongue].join(_phrase(tuple(same), zone, tongue) for _, same in days)


def amount_words(total: timedelta, language: str = "zh-CN") -> str:
    """Hours and minutes; a clock of seconds has none."""
    units = _UNITS[1 if language.startswith("en") else 0]
    pieces = [f"{n}{unit}" for n, unit in zip(divmod(round(total.total_seconds() / 60), 60), units, strict=True) if n]
    return " ".join(pieces) or f"0{units[1]}"


def _phrase(same: Sequence[Stretch], zone: tzinfo, tongue: int) -> str:
    """Neighbours of one day and one reason."""
    first, begins, ends = same[0], same[0].from_.astimezone(zone), same[-1].to.astimezone(zone)
    if first.counting is Counting.IDLE:
        return _PASSED[tongue].format(" ".join(_passed(first.why, begins, ends, tongue)))
    why = first.why if first.why not in _UNSAID else ""
    place = " ".join(word for word in (_day(begins, tongue), why, _hours(begins, ends, tongue)) if word)
    if first.counting is Counting.PAUSED:
        return _PASSED[tongue].format(f"{place}{' ' if tongue else '，'}")
    total = sum((part.to - part.from_ for part in same), timedelta())
    return _COUNTED[tongue].format(place, amount_words(total, ("zh-CN", "en")[tongue]))


def _passed(why: str, begins: datetime, ends: datetime, tongue: int) -> Iterator[str]:
    if why not in WEEKEND:
        last = ends - timedelta(seconds=1)
        one_day = begins.date() == last.date()
        yield f"{begins:%m-%d}" if one_day else f"{begins:%m-%d}{'—–'[tongue]}{last:%m-%d}"
    yield why


def _day(at: datetime, tongue: int) -> str:
    return f"{_WEEKDAYS[tongue][at.weekday()]} {at:%m-%d}"


def _hours(begins: datetime, ends: datetime, tongue: int) -> str:
    if begins.date() == ends.date():
        return f"{begins:%H:%M}–{ends:%H:%M}"
    return f"{begins:%H:%M} – {_day(ends, tongue)} {ends:%H:%M}"
