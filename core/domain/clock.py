"""Counts the time of one clock around its pauses, and names what a clock can see and become (DOMAIN 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from core.domain.calendar import BusinessCalendar, Interval
from core.domain.duration import Duration
from core.domain.promise import Clock
from core.domain.ticket import State

NATURAL = ("自然时间，昼夜连续计时", "natural time, day and night")


class Counting(StrEnum):
    """What a stretch of time is to a clock; ``EXTENDED`` is what a lead added to it."""

    COUNTS = "counts"
    EXTENDED = "extended"
    PAUSED = "paused"
    IDLE = "idle"


class ClockState(StrEnum):
    """How a clock stands at an instant; kept and broken are measured against the told time."""

    RUNNING = "running"
    PAUSED = "paused"
    WARNED = "warned"
    BROKEN = "broken"
    KEPT = "kept"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """What moves the clocks of a ticket."""

    ARRIVED = "arrived"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"
    MOVED = "moved"
    WROTE = "wrote"
    ANSWERED = "answered"
    UPDATED = "updated"
    URGED = "urged"
    PROMISED = "promised"
    FULFILLED = "fulfilled"
    EXTENDED = "extended"
    RESOLVED = "resolved"
    NOT_SATISFIED = "not_satisfied"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvent:
    """One thing that happened to a ticket, as its clocks see it. ``facts`` are decided fields that are new;
    ``clock`` and ``name`` say which promise is meant, ``duration`` or ``due`` how long it runs."""

    kind: EventKind
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
    state: State | None = None
    clock: Clock | None = None
    name: str = ""
    duration: Duration | None = None
    due: datetime | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None or (self.due is not None and self.due.tzinfo is None):
            raise ValueError("instants are aware")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Time that no clock of the ticket counts, from ``begins`` on; ``ends`` is not part of it."""

    begins: datetime
    ends: datetime
    why: str

    def __post_init__(self) -> None:
        if self.ends < self.begins:
            raise ValueError("a pause ends after it begins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of a clock's time that counts, is paused or is passed over, with the reason in words."""

    from_: datetime
    to: datetime
    counting: Counting
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One clock from its start to its due time (UTC). ``told`` is what the customer may hold us to: for the first
    response what the acknowledgement named, whatever was decided since; else the due time. ``warned_at`` is when its
    owner is warned."""

    clock: Clock
    cause: str
    started: datetime
    due: datetime
    told: datetime
    warned_at: datetime
    state: ClockState
    because: str
    stretches: tuple[Stretch, ...]
    ended: datetime | None = None


def due_time(
    calendar: BusinessCalendar, start: datetime, amount: timedelta, pauses: Iterable[Pause] = (), *, working: bool
) -> datetime:
    """The instant at which ``amount`` was counted from ``start`` outside all ``pauses`` (UTC). Where the count is
    complete as a pause begins, that instant is the due time. Raises ``CalendarExhausted``."""
    at, left = start.astimezone(UTC), amount
    for pause in merged(pauses):
        if pause.ends <= at:
            continue
        counted = _counted(calendar, at, pause.begins, working)
        if left <= counted:
            break
        left -= counted
        at = max(at, pause.ends)
    return calendar.add_working_time(at, left) if working else at + left


def counted_time(
    calendar: BusinessCalendar, start: datetime, end: datetime, pauses: Iterable[Pause] = (), *, working: bool
) -> timedelta:
    """How much of the time from ``start`` to ``end`` a clock counts."""
    at, total = start, timedelta()
    for pause in merged(pauses):
        if pause.ends <= at:
            continue
        total += _counted(calendar, at, min(pause.begins, end), working)
        at = max(at, pause.ends)
    return total + _counted(calendar, at, end, working)


def stretches(
    calendar: BusinessCalendar,
    start: datetime,
    end: datetime,
    pauses: Iterable[Pause] = (),
    *,
    working: bool,
    language: str = "zh-CN",
) -> tuple[Stretch, ...]:
    """All time from ``start`` to ``end`` without gaps, each stretch with its reason."""
    found: list[Stretch] = []
    at = start.astimezone(UTC)
    for pause in merged(pauses):
        begins, ends = max(pause.begins, at), min(pause.ends, end)
        if begins >= ends:
            continue
        found += _plain(calendar, at, begins, working, language)
        found.append(Stretch(from_=begins, to=ends, counting=Counting.PAUSED, why=pause.why))
        at = ends
    return (*found, *_plain(calendar, at, end, working, language))


def merged(pauses: Iterable[Pause]) -> Sequence[Pause]:
    """Pauses in order and without overlap; of two at the same time the one that began first names the reason."""
    done: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: (one.begins, one.ends)):
        if done and pause.begins < done[-1].ends:
            if pause.ends <= done[-1].ends:
                continue
            pause = Pause(begins=done[-1].ends, ends=pause.ends, why=pause.why)
        if pause.begins < pause.ends:
            done.append(pause)
    return done


def _counted(calendar: BusinessCalendar, start: datetime, end: datetime, working: bool) -> timedelta:
    if end <= start:
        return timedelta()
    return calendar.working_between(start, end) if working else end - start


def _plain(
    calendar: BusinessCalendar, start: datetime, end: datetime, working: bool, language: str
) -> Iterator[Stretch]:
    """The time between two pauses."""
    if end <= start:
        return
    if working:
        parts: tuple[Interval, ...] = calendar.intervals(start, end, language)
    else:
        why = NATURAL[1 if language.startswith("en") else 0]
        parts = (Interval(from_=start, to=end.astimezone(UTC), counts=True, why=why),)
    for part in parts:
        counting = Counting.COUNTS if part.counts else Counting.IDLE
        yield Stretch(from_=part.from_, to=part.to, counting=counting, why=part.why)
