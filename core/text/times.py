"""Finds the times that a text names: "周五下班前", "24小时内", "明天下午三点", "by Friday", each with its instant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.domain.calendar import MINUTES_A_DAY, BusinessCalendar, CalendarExhausted

_NUMBERS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": 0}
_NUMBERS |= {"十一": 11, "十二": 12, "a": 1, "an": 1}
_COUNT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS |= {word: place for place, word in enumerate(_COUNT, 1)}
_ENGLISH_NUMBERS = "|".join((*_COUNT, "an?"))
_WEEKDAYS = {name: place for place, name in enumerate("一二三四五六日")} | {"天": 6}
_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AMOUNT = (
    r"(?<![\d.百千])(\d{1,3}(?:\.5)?"
    r"|(?<![一二三四五六七八九])[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
)
"""A number is read whole or not at all: ``十五个工作日内`` is not five of them."""
_TO_SIMPLE = str.maketrans("兩個週鐘時內後點號後間", "两个周钟时内后点号后间")
_MOST = 100
"""Nobody names more times in one text."""
_GAP = r"\s{0,3}"
"""Bounded: three unbounded gaps in a row would be tried in every division."""
_DAYTIME = "早上|早|上午|中午|下午|傍晚|晚上|晚|下班|上班|今晚"
_HOUR = r"(\d{1,2}|十[一二]?|[一二两三四五六七八九])"
_PART = rf"(?:{_GAP}({_DAYTIME})?{_GAP}(?:{_HOUR}(?: ?[:：点时] ?(\d{{2}}|半)?)?(?: ?[分整钟])?)?)"
_POINT = rf"(?:{_GAP}({_DAYTIME})?{_GAP}{_HOUR} ?[:：点] ?(\d{{2}}|半)?(?: ?[分整钟])?|{_GAP}(上午|中午|下班)(?:时)?)"
_BEFORE = rf"{_GAP}(?:之)?(?:前|以前|内)"
_WITHIN = rf"{_GAP}(?:之|以)?内"
_PM = ("下午", "傍晚", "晚上", "晚", "今晚")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTime:
    """``due`` is the instant (UTC), ``start`` and ``end`` where it stands in the text."""

    due: datetime
    start: int
    end: int


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
        if hour:
            clock = _number(hour)
            minutes = (clock + 12 if part in _PM and clock < 12 else clock) * 60 + _minute(minute)
        elif part == "上班":
            minutes = windows[0].start if windows else 9 * 60
        elif part in ("早上", "早", "上午", "中午"):
            minutes = next((window.end for window in windows if window.end <= 13 * 60), 12 * 60)
        elif part in _PM[1:]:
            minutes = 22 * 60
        if minutes >= MINUTES_A_DAY:
            minutes = MINUTES_A_DAY - 1
        return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=self.calendar.tz)

    def to_come(self, due: datetime) -> datetime:
        """A weekday that is named on its own evening is the next week's."""
        return due if due > self.now else due + timedelta(days=7)

    def working(self, minutes: int) -> datetime:
        return self.calendar.add_working(self.now, minutes)

    def last_working_day(self, day: date, since: date) -> date:
        """``day``, or the last one before it on which somebody works, as long as that is not before ``since``."""
        back = day
        while back >= since and not self.calendar.windows_of(back):
            back -= timedelta(days=1)
        return back if back >= since else day


_Found = Callable[[_Now, "re.Match[str]"], datetime | None]
_Named = tuple[str, "re.Pattern[str]", _Found]
"""Characters of which at least one stands in each such time, how it is written, and what it comes to."""


def find_times(text: str, calendar: BusinessCalendar, now: datetime, *, points: bool = False) -> tuple[NamedTime, ...]:
    """Every named time that is still to come, in the text's order; the longest reading of each place counts. With
    ``points`` also those that are no end of a span: 明天下午三点 without 前."""
    simple, known = text.translate(_TO_SIMPLE), _Now(calendar=calendar, now=now)
    found: list[NamedTime] = []
    letters = set(simple)
    for needs, pattern, instant in (*_ENDS, *(_POINTS if points else ())):
        for match in () if needs.isdisjoint(letters) else pattern.finditer(simple):
            if len(found) >= _MOST:
                break
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            try:
                due = instant(known, match)
            except (ValueError, OverflowError, CalendarExhausted):
                continue
            if due is not None and due > now:
                found.append(NamedTime(due=due.astimezone(now.tzinfo), start=match.start(), end=match.end()))
    return tuple(sorted(found, key=lambda one: one.start))


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    tens, ten, ones = word.partition("十")
    return (_NUMBERS[tens] if tens else 1) * 10 + (_NUMBERS[ones] if ones else 0) if ten else _NUMBERS[word.lower()]


def _amount(word: str) -> float:
    """``2.5`` too; as a whole number where it is one."""
    return float(word) if "." in word else _number(word)


def _minute(word: str | None) -> int:
    return 30 if word == "半" else int(word or 0)


def _span(known: _Now, match: re.Match[str]) -> datetime:
    """``2个工作日内``, ``24小时内``, ``within 2 working days``."""
    amount, unit = _amount(match[1]), match[2].lower()
    if unit.startswith(("工作日", "working day", "business day")):
        return known.working(round(amount * known.calendar.minutes_per_day))
    if unit.startswith(("工作小时", "working hour", "business hour")):
        return known.working(round(amount * 60))
    if unit.startswith(("分钟", "minute", "min")):
        return known.now + timedelta(minutes=amount)
    if unit.startswith(("小时", "钟头", "hour", "h")):
        return known.now + timedelta(hours=amount)
    if unit.startswith(("周", "星期", "week")):
        return known.now + timedelta(weeks=amount)
    return known.now + timedelta(days=amount)


def _half(known: _Now, match: re.Match[str]) -> datetime:
    """``半小时内``, ``半个工作日内``, ``半天内``, ``within half an hour``."""
    unit = match[1].lower()
    if unit == "工作日":
        return known.working(known.calendar.minutes_per_day // 2)
    return known.now + (timedelta(hours=12) if unit == "天" else timedelta(minutes=30))


def _weekday(known: _Now, match: re.Match[str]) -> datetime:
    """``周五下班前``, ``下周一上午``."""
    wanted, today = _WEEKDAYS[match[2]], known.today
    ahead = wanted - today.weekday()
    if match[1] == "下" or (match[1] not in ("本", "这") and ahead < 0):
        ahead += 7
    due = known.on(today + timedelta(days=ahead), *_part(match, 3))
    return due if match[1] else known.to_come(due)


def _part(match: re.Match[str], first: int) -> tuple[str, str | None, str | None]:
    """The day's part, hour and minute; a pattern of points has a further group for a part without an hour."""
    spare = match[first + 3] if match.re.groups >= first + 3 else None
    return match[first] or spare or "", match[first + 1], match[first + 2]


def _named_day(known: _Now, match: re.Match[str]) -> datetime:
    """``今天下班前``, ``明天下午3点前``."""
    ahead = {"今": 0, "明": 1, "后": 2, "大后": 3}[match[1]]
    return known.on(known.today + timedelta(days=ahead), *_part(match, 2))


def _today(known: _Now, match: re.Match[str]) -> datetime:
    """``下班前``, ``下午3点前``, ``15:00前``, ``by the end of the day``: today's."""
    if match.re.groups < 3:
        return known.on(known.today)
    return known.on(known.today, *_part(match, 1))


def _next_working_day(known: _Now, match: re.Match[str]) -> datetime:
    """``下个工作日前``, ``下一个工作日上午``, ``次工作日18点前``."""
    opens = known.calendar.next_working(datetime.combine(known.today + timedelta(days=1), time(), known.calendar.tz))
    return known.on(opens.astimezone(known.calendar.tz).date(), *_part(match, 1))


def _date(known: _Now, match: re.Match[str]) -> datetime:
    """``10月8日前``: the next one of that date; ``2026年3月8日`` is that year's."""
    today = known.today
    day = date(int(match[1]) if match[1] else today.year, int(match[2]), int(match[3]))
    if day < today and not match[1]:
        day = date(today.year + 1, day.month, day.day)
    return known.on(day, *_part(match, 4))


def _month_day(known: _Now, match: re.Match[str]) -> datetime:
    """``20号前``: of this month, or of the next one when it is over."""
    today, wanted = known.today, int(match[1])
    first = today.replace(day=1) if wanted >= today.day else _next_month(today)
    return known.on(first.replace(day=wanted), *_part(match, 2))


def _period(known: _Now, match: re.Match[str]) -> datetime:
    """``本周内``, ``周末前``, ``月底前``, ``下月底前``, ``年底前``: the end of work on its last working day."""
    today, which, unit = known.today, match[1] or "", match[2]
    if unit == "周":
        last = today + timedelta(days=6 - today.weekday() + (7 if which == "下" else 0))
        return known.on(known.last_working_day(last, max(today, last - timedelta(days=6))))
    first = _next_month(today) if which == "下" else today.replace(day=1)
    last = (_next_month(first) if unit == "月" else date(today.year + (which == "明") + 1, 1, 1)) - timedelta(days=1)
    return known.on(known.last_working_day(last, max(today, last - timedelta(days=10))))


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _english_day(known: _Now, match: re.Match[str]) -> datetime:
    """``by Friday``, ``by 5 pm tomorrow``, ``by the end of today``."""
    word, next_week = match[5].lower(), bool(match[4] or match[6])
    if word in ("today", "tonight", "tomorrow"):
        day = known.today + timedelta(days=word == "tomorrow")
    elif next_week:
        day = known.today + timedelta(days=7 + _ENGLISH_DAYS.index(word) - known.today.weekday())
    else:
        day = known.today + timedelta(days=(_ENGLISH_DAYS.index(word) - known.today.weekday()) % 7)
        return known.to_come(_english_hour(known, day, match[1], match[2], match[3]))
    return _english_hour(known, day, match[1], match[2], match[3])


def _english_hour(known: _Now, day: date, hour: str | None, minute: str | None, half: str | None) -> datetime:
    if not hour:
        return known.on(day)
    if hour.lower() == "noon":
        return known.on(day, "", "12")
    clock = int(hour) % 12 + 12 if (half or "").lower().startswith("p") else int(hour)
    return known.on(day, "", str(clock), minute)


def _english_date(known: _Now, match: re.Match[str]) -> datetime:
    """``by March 8``, ``before 8 March, 3 pm``: the next one of that date; ``March 8, 2027`` is that year's."""
    month = _MONTHS.index((match[1] or match[4]).lower()[:3]) + 1
    day = date(int(match[5] or known.today.year), month, int(match[2] or match[3]))
    if day < known.today and not match[5]:
        day = date(day.year + 1, month, day.day)
    return _english_hour(known, day, match[6], match[7], match[8])


def _english_period(known: _Now, match: re.Match[str]) -> datetime:
    """``by the end of the week``, ``this month``, ``next week``."""
    today, later = known.today, bool(match[1])
    last = _next_month(_next_month(today) if later else today) - timedelta(days=1)
    if match[2].lower() == "week":
        last = today + timedelta(days=6 - today.weekday() + 7 * later)
    return known.on(known.last_working_day(last, today))


def _english_digits(known: _Now, match: re.Match[str]) -> datetime:
    """``by 2026-03-10``."""
    return known.on(date(int(match[1] or known.today.year), int(match[2]), int(match[3])))


def _ends() -> Iterator[_Named]:
    """Times that end a span."""
    units = "工作日|工作小时|分钟|小时|钟头|自然日|天|日|周|星期|[Hh](?:ours?|rs?)?|mins?"
    yield "内", re.compile(rf"{_AMOUNT}{_GAP}个?{_GAP}({units}){_WITHIN}"), _span
    yield "半", re.compile(rf"半{_GAP}个?{_GAP}(工作日|小时|天|钟头){_WITHIN}"), _half
    yield "Ww", re.compile(r"within (half an hour)\b", re.IGNORECASE), _half
    yield (
        "Ww",
        re.compile(
            rf"within (?:the next )?(\d{{1,3}}|{_ENGLISH_NUMBERS}) ((?:working |business )?(?:minute|hour|day|week)s?)",
            re.IGNORECASE,
        ),
        _span,
    )
    yield "周期拜", re.compile(rf"{_WEEKDAY}{_PART}{_BEFORE}"), _weekday
    yield "今明后", re.compile(rf"(今|明|大后|后)(?:天|日)?{_PART}{_BEFORE}"), _named_day
    yield "月", re.compile(rf"{_DATE}{_PART}{_BEFORE}"), _date
    yield "-/.", re.compile(rf"{_DIGITS}{_PART}{_GAP}(?:之)?(?:前|以前)"), _date
    yield "工", re.compile(rf"(?:下一?个?|次)工作日{_PART}{_BEFORE}"), _next_working_day
    yield "日号", re.compile(rf"(?<![\d月])(\d{{1,2}})[日号]{_PART}{_BEFORE}"), _month_day
    yield "周", re.compile(rf"(本|这|下)?个?(周)(?:末|之?内|里){_GAP}(?:之?前|以前|内)?"), _period
    yield "月", re.compile(rf"(本|这|下)?个?(月)(?:底|末){_GAP}(?:之?前|以前)"), _period
    yield "月", re.compile(rf"(本|这|下)个?(月){_WITHIN}"), _period
    yield "年", re.compile(rf"(今|本|明)?(年)(?:底|末){_GAP}(?:之?前|以前)"), _period
    yield from _english()
    # A time without a day is today's, unless a day stands before it: 昨天15:00前, 每天18:00前.
    yield "前", re.compile(rf"(?<![\d日号天周一二三四五六早午晚）)~至到–—-]){_CLOCK}{_GAP}(?:之)?(?:前|以前)"), _today


def _english() -> Iterator[_Named]:
    begins, by = "BbNnUu", r"\b(?:by|before|no later than|until) "
    end = r"(?:(?:the )?end of (?:(?:the )?(?:business )?day )?|close of business |eod |cob )?(?:on |this )?"
    hour = r"(?:(\d{1,2}|noon)(?::(\d{2}))? ?([ap]\.?m\.?)? (?:on )?)?"
    days = rf"(next )?({'|'.join(_ENGLISH_DAYS)}|today|tonight|tomorrow)\b(?: (next week))?"
    months = "(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}"
    yield begins, re.compile(rf"{by}{end}{hour}{days}", re.IGNORECASE), _english_day
    day = rf"(?:{months} (\d{{1,2}})(?:st|nd|rd|th)?|(\d{{1,2}})(?:st|nd|rd|th)? {months})\b"
    at = r"(?:,? (?:at )?(\d{1,2})(?::(\d{2}))? ?([ap])\.?m\b)?"
    yield begins, re.compile(rf"{by}{day}(?:,? (20\d\d)\b)?{at}", re.IGNORECASE), _english_date
    yield (
        begins,
        re.compile(rf"{by}(?:the )?end of (?:the |this |(next ))?(week|month)\b", re.IGNORECASE),
        _english_period,
    )
    yield begins, re.compile(rf"{by}{_DIGITS}", re.IGNORECASE), _english_digits
    today = "(?:the )?(?:end of (?:the )?(?:business )?day|close of business|eod|cob)"
    yield begins, re.compile(rf"{by}{today}\b", re.IGNORECASE), _today


def _points() -> Iterator[_Named]:
    """Times at which something is to happen: 明天下午三点, 周五上午."""
    yield "周期拜", re.compile(rf"{_WEEKDAY}{_POINT}"), _weekday
    yield "今明后", re.compile(rf"(今|明|大后|后)(?:天|日)?{_POINT}"), _named_day
    yield "月", re.compile(rf"{_DATE}{_POINT}"), _date


_WEEKDAY = r"(?<![至到])(?<!(?<![马早晚线])上)(?<!上个)(下|本|这)?个?(?:周|星期|礼拜)([一二三四五六日天])"
_DATE = rf"(?:(20\d\d)年)?(\d{{1,2}})月(\d{{1,2}})[日号]?(?:{_GAP}[（(][^）)]{{1,6}}[）)])?"
_DIGITS = r"(?<![\d.\-/])(?:(20\d\d)[-/.])?(\d{1,2})(?(1)[-/.]|[-/])(\d{1,2})(?![\d.\-/日号天个])"
"""``2026-03-10``, ``3/10``: of three days 3-5日内 names none."""
_CLOCK = rf"(?:({_DAYTIME})?{_GAP}{_HOUR} ?[:：点] ?(\d{{2}}|半)?(?: ?[分整钟])?|(上午|中午|下班))"
_ENDS = tuple((frozenset(needs), written, instant) for needs, written, instant in _ends())
_POINTS = tuple((frozenset(needs), written, instant) for needs, written, instant in _points())
