"""The condition ``hours``: whether the message arrived in working time, on which weekday and at what time of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from core.domain.calendar import MINUTES_A_DAY, minute_of_day
from core.domain.decision import Words
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.spellings import HOURS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONG_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {
    name: number
    for number, (short, zh, week) in enumerate(zip(WEEKDAYS, "一二三四五六日", "一二三四五六天", strict=True))
    for name in (short, f"周{zh}", f"星期{zh}", f"星期{week}", LONG_WEEKDAYS[number])
}
_SPAN = ("起止时间，如 18:00-09:00", "a span such as 18:00-09:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAre(Plain):
    """The calendar counted the instant at which the rule is asked (the arrival, or later) as working time or did not,
    it was one of the weekdays (Monday is 0), and
    ``between`` two minutes of the day in the desk's zone; a span whose end comes first passes midnight."""

    zone: tzinfo
    working: bool | None = None
    weekdays: frozenset[int] | None = None
    between: tuple[int, int] | None = None

    def holds(self, look: Look) -> bool:
        local = look.facts.instant.astimezone(self.zone)
        return (
            (self.working is None or look.facts.working == self.working)
            and (self.weekdays is None or local.weekday() in self.weekdays)
            and (self.between is None or _inside(local.hour * 60 + local.minute, *self.between))
        )

    def quotes(self, look: Look) -> tuple[Words, ...]:
        if self.weekdays is None and self.between is None:
            return ()
        local = look.facts.instant.astimezone(self.zone)
        return (Words(where="hours", text=f"{WEEKDAYS[local.weekday()]} {local:%H:%M}"),)


def _inside(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start < end else minute >= start or minute < end


def read(reader: Reader, node: Node, making: Making) -> HoursAre | None:
    if isinstance(node, Scalar):
        working = reader.one_of(node, ("hours", "hours"), HOURS)
        if working is None:
            return None
        return HoursAre(word="hours", line=node.line, zone=making.zone, working=working)
    entries = reader.mapping(node, ("hours", "hours"), optional=("is", "weekday", "between"))
    if not entries:
        return None
    span = entries.get("between")
    return HoursAre(
        word="hours",
        line=node.line,
        zone=making.zone,
        working=reader.one_of(entries["is"], ("is", "is"), HOURS) if "is" in entries else None,
        weekdays=_read_weekdays(reader, entries["weekday"]) if "weekday" in entries else None,
        between=reader.parsed(span, ("between", "between"), _span, _SPAN) if span is not None else None,
    )


def _read_weekdays(reader: Reader, node: Node) -> frozenset[int]:
    items = (node,) if isinstance(node, Scalar) else reader.items(node, ("weekday", "weekday"))
    days = (reader.one_of(item, ("weekday", "weekday"), _DAYS) for item in items)
    return frozenset(day for day in days if day is not None)


def _span(word: str) -> tuple[int, int]:
    start, dash, end = word.partition("-")
    begins, ends = minute_of_day(start), minute_of_day(end)
    if not dash or begins in (ends, MINUTES_A_DAY):
        raise ValueError(word)
    return begins, ends
