"""Finds what an agent promises in a letter: "周五下班前给您答复", "2个工作日内", "by Friday", each with its instant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.domain.calendar import MINUTES_A_DAY, BusinessCalendar

_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": 0}
_WEEKDAYS = {name: place for place, name in enumerate("一二三四五六日")} | {"天": 6}
_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AMOUNT = r"(\d{1,3}|[一二两兩三四五六七八九十])"
_TO_SIMPLE = str.maketrans("兩個週鐘時內後點號後", "两个周钟时内后点号后")
_MOST = 100
"""Nobody promises more in one letter."""
_GAP = r"\s{0,3}"
"""Bounded: three unbounded gaps in a row would be tried in every division."""
_PART = rf"(?:{_GAP}(上午|中午|下午|晚上|下班|今晚)?{_GAP}(?:(\d{{1,2}})(?:[:：点](\d{{2}})?)(?:分)?)?)"
_BEFORE = rf"{_GAP}(?:之)?(?:前|以前|内)"
_WITHIN = rf"{_GAP}(?:之|以)?内"
_SENTENCE = re.compile(r"[^。！？!?；;\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """``words`` is the sentence that promises, ``due`` the instant (UTC), ``at`` where the time stands in the text."""

    words: str
    due: datetime
    at: int
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    calendar: BusinessCalendar
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.calendar.tz).date()

    def on(self, day: date, part: str = "", hour: str | None = None, minute: str | None = None) -> datetime:
        """The end of a day's part: of its work, unless an hour is named."""
        windows = self.calendar.windows_of(day)
        close = windows[-1].end if windows else 18 * 60
        minutes = close
        if hour is not None:
            clock = int(hour)
            minutes = (clock + 12 if part in ("下午", "晚上", "今晚") and clock < 12 else clock) * 60 + int(minute or 0)
        elif part in ("上午", "中午"):
            minutes = next((window.end for window in windows if window.end <= 13 * 60), 12 * 60)
        elif part in ("晚上", "今晚"):
            minutes = 22 * 60
        if minutes >= MINUTES_A_DAY:
            minutes = MINUTES_A_DAY - 1
        return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=self.calendar.tz)

    def working(self, minutes: int) -> datetime:
        return self.calendar.add_working(self.now, minutes)


_Found = Callable[[_Now, "re.Match[str]"], datetime | None]


def find_commitments(text: str, calendar: BusinessCalendar, now: datetime) -> tuple[Commitment, ...]:
    """Every promised time that is still to come, in the text's order; the longest reading of each place counts."""
    simple, known = text.translate(_TO_SIMPLE), _Now(calendar=calendar, now=now)
    found: list[Commitment] = []
    for pattern, instant in _PATTERNS:
        for match in pattern.finditer(simple):
            if len(found) >= _MOST:
                break
            if any(one.at < match.end() and match.start() < one.to for one in found):
                continue
            try:
                due = instant(known, match)
            except (ValueError, OverflowError):
                continue
            if due is not None and due > now:
                words = _sentence(text, match.start())
                found.append(Commitment(words=words, due=due.astimezone(now.tzinfo), at=match.start(), to=match.end()))
    return tuple(sorted(found, key=lambda one: one.at))


def _sentence(text: str, at: int) -> str:
    begin = max(text.rfind(mark, 0, at) for mark in "。！？!?；;\n") + 1
    found = _SENTENCE.match(text, begin)
    return (found[0] if found else "").strip()[:200]


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _span(known: _Now, match: re.Match[str]) -> datetime:
    """``2个工作日内``, ``24小时内``, ``within 2 working days``."""
    amount, unit = _number(match[1]), match[2].lower()
    if unit.startswith(("工作日", "working day", "business day")):
        return known.working(amount * known.calendar.minutes_per_day)
    if unit.startswith(("工作小时", "working hour", "business hour")):
        return known.working(amount * 60)
    if unit.startswith(("分钟", "minute")):
        return known.now + timedelta(minutes=amount)
    if unit.startswith(("小时", "hour")):
        return known.now + timedelta(hours=amount)
    if unit.startswith(("周", "星期", "week")):
        return known.now + timedelta(weeks=amount)
    return known.now + timedelta(days=amount)


def _weekday(known: _Now, match: re.Match[str]) -> datetime:
    """``周五下班前``, ``下周一上午``."""
    wanted, today = _WEEKDAYS[match[2]], known.today
    ahead = wanted - today.weekday()
    if match[1] == "下" or (match[1] != "本" and ahead < 0):
        ahead += 7
    return known.on(today + timedelta(days=ahead), match[3] or "", match[4], match[5])


def _named_day(known: _Now, match: re.Match[str]) -> datetime:
    """``今天下班前``, ``明天下午3点前``."""
    ahead = {"今": 0, "明": 1, "后": 2}[match[1]]
    return known.on(known.today + timedelta(days=ahead), match[2] or "", match[3], match[4])


def _date(known: _Now, match: re.Match[str]) -> datetime:
    """``10月8日前``: the next one of that date."""
    today = known.today
    day = date(today.year, int(match[1]), int(match[2]))
    if day < today:
        day = date(today.year + 1, day.month, day.day)
    return known.on(day, match[3] or "", match[4], match[5])


def _english_day(known: _Now, match: re.Match[str]) -> datetime:
    """``by Friday``, ``by tomorrow``, ``by the end of today``."""
    word = match[1].lower()
    if word in ("today", "tomorrow"):
        return known.on(known.today + timedelta(days=word == "tomorrow"))
    ahead = (_ENGLISH_DAYS.index(word) - known.today.weekday()) % 7
    return known.on(known.today + timedelta(days=ahead))


def _patterns() -> Iterator[tuple[re.Pattern[str], _Found]]:
    units = "工作日|工作小时|分钟|小时|天|日|周|星期"
    yield re.compile(rf"{_AMOUNT}{_GAP}个?{_GAP}({units}){_WITHIN}"), _span
    yield (
        re.compile(r"within (\d{1,3}) ((?:working |business )?(?:minute|hour|day|week)s?)", re.IGNORECASE),
        _span,
    )
    yield re.compile(rf"(?<![至到])(下|本|这)?个?(?:周|星期|礼拜)([一二三四五六日天]){_PART}{_BEFORE}"), _weekday
    yield re.compile(rf"(今|明|后)(?:天|日)?{_PART}{_BEFORE}"), _named_day
    yield re.compile(rf"(\d{{1,2}})月(\d{{1,2}})[日号]?(?:{_GAP}[（(][^）)]{{1,6}}[）)])?{_PART}{_BEFORE}"), _date
    yield (
        re.compile(
            r"\bby (?:the end of |end of |close of business )?(?:on |this )?"
            rf"({'|'.join(_ENGLISH_DAYS)}|today|tomorrow)\b",
            re.IGNORECASE,
        ),
        _english_day,
    )


_PATTERNS = tuple(_patterns())
