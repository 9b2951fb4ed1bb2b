"""Reads a duration written with its kind: natural time runs through, working time counts working minutes (DOMAIN 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

EXPECTED_FORMS = "15 分钟, 2 小时, 15 工作分钟, 4 工作小时, 3 工作日; 15 minutes, 4 working hours, 3 working days"

_FORM = re.compile(r"(\d{1,6})\s*(?:个)?\s*([^\W\d_]+(?:[ \t-]+[^\W\d_]+)?)")
_MINUTES, _HOURS, _DAYS = 1, 60, 1440
_UNITS = {
    "分钟": (_MINUTES, False),
    "分": (_MINUTES, False),
    "小时": (_HOURS, False),
    "钟头": (_HOURS, False),
    "天": (_DAYS, False),
    "日": (_DAYS, False),
    "工作分钟": (_MINUTES, True),
    "工作小时": (_HOURS, True),
    "工作日": (_DAYS, True),
    "工作天": (_DAYS, True),
    "minute": (_MINUTES, False),
    "min": (_MINUTES, False),
    "hour": (_HOURS, False),
    "h": (_HOURS, False),
    "day": (_DAYS, False),
    "working minute": (_MINUTES, True),
    "working hour": (_HOURS, True),
    "working day": (_DAYS, True),
    "business minute": (_MINUTES, True),
    "business hour": (_HOURS, True),
    "business day": (_DAYS, True),
}
_TRADITIONAL = str.maketrans({"鐘": "钟", "時": "时", "個": "个", "０": "0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """An amount of time. ``minutes`` are natural or, if ``working``, working minutes; ``days`` are working days
    (only if ``working``), whose length the calendar knows. Exactly one of the two is positive."""

    minutes: int = 0
    days: int = 0
    working: bool = False

    def __post_init__(self) -> None:
        if (self.minutes > 0) == (self.days > 0) or self.minutes < 0 or self.days < 0:
            raise ValueError("a duration has either minutes or working days, and more than none")
        if self.days and not self.working:
            raise ValueError("only working days are counted as days; a natural day is 1440 minutes")

    def in_minutes(self, minutes_per_day: int) -> int:
        """The amount in (natural or working) minutes, where a working day has ``minutes_per_day``."""
        return self.minutes + self.days * minutes_per_day

    def words(self, language: str = "zh-CN") -> str:
        """As an admin writes it: ``15 工作分钟``, ``3 working days``."""
        amount, unit = _in_best_unit(self)
        if not language.startswith("en"):
            return f"{amount} {'工作' if self.working else ''}{unit[0]}"
        plural = "" if amount == 1 else "s"
        return f"{amount} {'working ' if self.working else ''}{unit[1]}{plural}"


def _in_best_unit(duration: Duration) -> tuple[int, tuple[str, str]]:
    if duration.days:
        return duration.days, ("日", "day")
    if duration.minutes % _HOURS == 0:
        return duration.minutes // _HOURS, ("小时", "hour")
    return duration.minutes, ("分钟", "minute")


def parse_duration(text: str) -> Duration:
    """Reads one duration; raises ``ValueError`` that names the forms expected."""
    found = _FORM.fullmatch(text.strip().translate(_TRADITIONAL))
    unit = _unit(found[2]) if found else None
    if found is None or unit is None or int(found[1]) == 0:
        raise ValueError(f"{text.strip()!r}: {EXPECTED_FORMS}")
    amount, (size, working) = int(found[1]), unit
    if working and size == _DAYS:
        return Duration(days=amount, working=True)
    return Duration(minutes=amount * size, working=working)


def _unit(word: str) -> tuple[int, bool] | None:
    plain = re.sub(r"[ \t-]+", " ", word.strip().casefold())
    return _UNITS.get(plain) or _UNITS.get(plain.removesuffix("s"))
