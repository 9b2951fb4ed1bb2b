"""Decides which minutes are working time, and computes due times by them (DESIGN 4, ``sla explain``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.domain.errors import BadInput

MOST_KNOWN = 2_000
"""Days whose spans a calendar remembers."""
MINUTES_A_DAY = 1440
FURTHEST_DAYS = 1100
"""No count looks further ahead than this: a calendar that hardly works would be searched for ever."""

_LUNCH_BEGINS = range(10 * 60 + 30, 14 * 60 + 1)
_LUNCH_AT_MOST = 180
_WORDS = {
    "work": ("工作时间", "working hours"),
    "makeup": ("调休上班", "make-up working day"),
    "special": ("特殊工时", "special hours"),
    "lunch": ("午休", "lunch break"),
    "off": ("下班时间", "outside office hours"),
    "weekend": ("周末", "weekend"),
    "free": ("休息日", "day off"),
}
USUAL = frozenset((*_WORDS["work"], *_WORDS["lunch"], *_WORDS["off"]))
"""Reasons that go without saying."""
WEEKEND = frozenset(_WORDS["weekend"])


class CalendarExhausted(BadInput):
    """The calendar has too little working time for this duration."""

    code = "calendar-exhausted"
    hint = "huiying calendar show"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Working time of one day in minutes after local midnight: ``start`` belongs to it, ``end`` (1440 is
    24:00) does not."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError(f"a window begins before it ends, within one day: {self.words()}")

    @classmethod
    def of(cls, start: str, end: str) -> Window:
        """From ``09:00`` and ``18:00``; the end may be ``24:00``. Raises ``ValueError``."""
        return cls(start=minute_of_day(start), end=minute_of_day(end))

    def words(self) -> str:
        return f"{_clock_words(self.start)}–{_clock_words(self.end)}"


def minute_of_day(text: str) -> int:
    """Minutes after midnight of ``HH:MM``, at most 24:00. Raises ``ValueError``."""
    hours, colon, minutes = text.strip().partition(":")
    if not (colon and hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        raise ValueError(f"expected HH:MM, not {text!r}")
    value = int(hours) * 60 + int(minutes)
    if len(minutes) != 2 or int(minutes) > 59 or value > MINUTES_A_DAY:
        raise ValueError(f"expected HH:MM up to 24:00, not {text!r}")
    return value


def _clock_words(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of time that a clock counted or passed over, with the reason in words. UTC instants."""

    from_: datetime
    to: datetime
    counts: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """When people work. ``week`` holds the windows of Monday to Sunday, in order and not overlapping;
    ``holidays`` names free days; ``makeup_days`` are worked although the week says no (None: Monday's
    windows). ``provisional`` are free days that the law gives and that are not announced yet. After ``known_until``
    no make-up day is known, and no other holiday: the plain week is used."""

    name: str
    version: str = "1"
    zone: str
    week: tuple[tuple[Window, ...], ...]
    holidays: Mapping[date, str] = field(default_factory=dict)
    makeup_days: Mapping[date, tuple[Window, ...] | None] = field(default_factory=dict)
    provisional: frozenset[date] = frozenset()
    known_until: date = date.max
    minutes_per_day: int = 480
    _known: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The working spans of days that were asked for: every mail asks for the same few."""

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if self.minutes_per_day <= 0:
            raise ValueError("a working day has more than no minutes")
        for windows in (*self.week, *(day for day in self.makeup_days.values() if day)):
            if any(one.end > other.start for one, other in pairwise(windows)):
                raise ValueError("windows of a day are in order and do not overlap")

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def windows_of(self, day: date) -> tuple[Window, ...]:
        """The windows of a local date; a make-up day wins over a holiday, a holiday over the week."""
        if day in self.makeup_days:
            windows = self.makeup_days[day]
            return self.week[0] if windows is None else windows
        return () if day in self.holidays else self.week[day.weekday()]

    def is_working(self, instant: datetime) -> bool:
        return any(start <= instant < end for start, end in self._spans(_utc(instant).astimezone(self.tz).date()))

    def next_working(self, instant: datetime) -> datetime:
        """The instant itself if it is working time, else the next instant that is."""
        for start, end in self._spans_from(_utc(instant)):
            if end > instant:
                return max(start, _utc(instant))
        raise self._exhausted()

    def add_working(self, start: datetime, minutes: int) -> datetime:
        """The instant at which ``minutes`` working minutes have been counted from ``start`` (UTC). A due time at
        the end of a window is that end. Raises ``CalendarExhausted``."""
        return self.add_working_time(start, timedelta(minutes=minutes))

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """As ``add_working``, for any amount that is not negative."""
        begin, left = _utc(start), amount
        if left < timedelta():
            raise ValueError("working time is counted forward")
        if not left:
            return begin
        for opens, closes in self._spans_from(begin):
            opens = max(opens, begin)
            if closes > opens and left <= closes - opens:
                return opens + left
            left -= max(closes - opens, timedelta())
        raise self._exhausted()

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from ``start`` to ``end``; none when the end is not later."""
        begin, stop, total = _utc(start), _utc(end), timedelta()
        if stop <= begin:
            return total
        for opens, closes in self._spans_between(begin, stop):
            total += max(min(closes, stop) - max(opens, begin), timedelta())
        return total

    def working_minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole working minutes from ``start`` to ``end``."""
        return self.working_between(start, end) // timedelta(minutes=1)

    def intervals(self, start: datetime, due: datetime, language: str = "zh-CN") -> tuple[Interval, ...]:
        """All time from ``start`` to ``due`` without gaps, each stretch with its reason; neighbours of one
        reason are joined."""
        begin, stop = _utc(start), _utc(due)
        joined: list[Interval] = []
        for piece in self._pieces(begin, stop, 1 if language.startswith("en") else 0):
            last = joined[-1] if joined else None
            if last and (last.counts, last.why) == (piece.counts, piece.why):
                joined[-1] = Interval(from_=last.from_, to=piece.to, counts=last.counts, why=last.why)
            else:
                joined.append(piece)
        return tuple(joined)

    def _pieces(self, begin: datetime, stop: datetime, tongue: int) -> Iterator[Interval]:
        for day in _days(begin.astimezone(self.tz).date(), stop.astimezone(self.tz).date()):
            for opens, closes, counts, why in self._day(day, tongue):
                opens, closes = max(opens, begin), min(closes, stop)
                if opens < closes:
                    yield Interval(from_=opens, to=closes, counts=counts, why=why)

    def _day(self, day: date, tongue: int) -> Iterator[tuple[datetime, datetime, bool, str]]:
        """A local date from midnight to midnight as counted and passed-over stretches."""
        windows, at, minute = self.windows_of(day), self._instants(day), 0
        work = _WORDS[self.kind_of_work(day)][tongue] + self._unknown(day, tongue)
        for window in windows:
            yield at(minute), at(window.start), False, _WORDS[_pause(minute, window.start)][tongue]
            yield at(window.start), at(window.end), True, work
            minute = window.end
        last = _WORDS["off"][tongue] if windows else self._free(day, tongue)
        yield at(minute), at(MINUTES_A_DAY), False, last

    def kind_of_work(self, day: date) -> str:
        """``makeup`` for a day that would be free, ``special`` for a working day with its own hours, else ``work``."""
        if day not in self.makeup_days:
            return "work"
        return "special" if self.week[day.weekday()] and day not in self.holidays else "makeup"

    def _free(self, day: date, tongue: int) -> str:
        if day in self.provisional:
            return self.holidays[day] + ("（暂定）", " (provisional)")[tongue]
        if day in self.holidays:
            return self.holidays[day]
        return _WORDS["weekend" if day.weekday() >= 5 else "free"][tongue]

    def _unknown(self, day: date, tongue: int) -> str:
        if day <= self.known_until:
            return ""
        if any(other.year == day.year for other in self.provisional):
            told = (f"（{day.year} 年放假安排未公布）", f" (holidays of {day.year} not announced yet)")
            return told[tongue]
        return (f"（{day.year} 年节假日未收录）", f" ({day.year} holidays unknown)")[tongue]

    def _spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        spans = self._known.get(day)
        if spans is None:
            at, windows = self._instants(day), self.windows_of(day)
            spans = tuple((at(window.start), at(window.end)) for window in windows)
            if len(self._known) < MOST_KNOWN:
                self._known[day] = spans
        return spans

    def _spans_between(self, begin: datetime, stop: datetime) -> Iterator[tuple[datetime, datetime]]:
        for day in _days(begin.astimezone(self.tz).date(), stop.astimezone(self.tz).date()):
            yield from self._spans(day)

    def _spans_from(self, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
        return self._spans_between(begin, begin + timedelta(days=FURTHEST_DAYS))

    def _instants(self, day: date) -> Callable[[int], datetime]:
        """From a minute of that local date to its instant; a day without a change of offset needs only adding."""
        zone = self.tz
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        if midnight.utcoffset() == (midnight + timedelta(days=1)).utcoffset():
            first = midnight.astimezone(UTC)
            return lambda minute: first + timedelta(minutes=minute)
        return lambda minute: self._at(day, minute)

    def _at(self, day: date, minute: int) -> datetime:
        """The instant of a local wall time. Of a repeated hour it is the first; a skipped one becomes the
        instant of the change, so that windows never overlap."""
        if minute == MINUTES_A_DAY:
            day, minute = day + timedelta(days=1), 0
        wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=self.tz)
        instant = wall.astimezone(UTC)
        if instant.astimezone(self.tz).replace(tzinfo=None) == wall.replace(tzinfo=None):
            return instant
        return self._change(wall.replace(fold=1).astimezone(UTC), instant)

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The instant between two at which the zone's offset changes."""
        old = before.astimezone(self.tz).utcoffset()
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            before, after = (middle, after) if middle.astimezone(self.tz).utcoffset() == old else (before, middle)
        return after.replace(microsecond=0)

    def _exhausted(self) -> CalendarExhausted:
        return CalendarExhausted(
            f"{self.name}: 日历在 {FURTHEST_DAYS} 天内没有足够的工作时间 "
            f"(not enough working time within {FURTHEST_DAYS} days; holidays known until {self.known_until})"
        )


def _pause(begins: int, ends: int) -> str:
    return "lunch" if begins in _LUNCH_BEGINS and ends - begins <= _LUNCH_AT_MOST else "off"


def _days(first: date, last: date) -> Iterator[date]:
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("instants are aware")
    return instant.astimezone(UTC)
