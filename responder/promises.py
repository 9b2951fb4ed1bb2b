"""Decides what is promised to a customer, and by when: the clocks of a ticket on arrival and after an update."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from core.domain.calendar import BusinessCalendar, Interval
from core.domain.duration import Duration
from core.domain.promise import Clock
from responder.policy import Policy, Table

_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseDraft:
    """A promise before it has an id: which clock, from when, due when (UTC) and the arithmetic in words.
    ``duration`` is what was counted; ``policy`` and ``calendar`` are name and version."""

    clock: Clock
    started: datetime
    due: datetime
    because: str
    duration: Duration
    policy: str
    calendar: str

    def intervals(self, calendar: BusinessCalendar, language: str = "zh-CN") -> tuple[Interval, ...]:
        """The time from start to due, counted or passed over, each stretch with its reason."""
        if self.duration.working:
            return calendar.intervals(self.started, self.due, language)
        why = "natural time, day and night" if language.startswith("en") else "自然时间，昼夜连续计时"
        return (Interval(from_=self.started, to=self.due, counts=True, why=why),)


class Timed(Protocol):
    """A promise or a draft of one."""

    @property
    def clock(self) -> Clock: ...
    @property
    def started(self) -> datetime: ...
    @property
    def due(self) -> datetime: ...


def on_arrival(
    policy: Policy,
    calendar: BusinessCalendar,
    *,
    received: datetime,
    urgency: str,
    priority: str,
    type_: str,
    level: str = "普通",  # noqa: ARG001  a stored fact of the decision; see the docstring
    tags: Collection[str] = (),  # noqa: ARG001  likewise
    departments: int = 1,
    language: str = "zh-CN",
) -> tuple[PromiseDraft, ...]:
    """The four clocks that start when a demand arrives. ``level`` and ``tags`` have moved the priority already;
    no shipped policy looks at them again."""
    begin = received.astimezone(UTC)
    made = DraftMaker(policy=policy, calendar=calendar, started=begin, english=language.startswith("en"))
    update, reason = _first_update(policy, priority=priority, type_=type_, departments=departments, language=language)
    automatic = "automatic" if made.english else "自动发出"
    return (
        made.draft(Clock.ACKNOWLEDGEMENT, policy.acknowledgement, automatic),
        made.by_table(Clock.FIRST_RESPONSE, policy.first_response, priority=priority, urgency=urgency),
        made.draft(Clock.NEXT_UPDATE, update, reason),
        made.by_table(Clock.RESOLUTION, policy.resolution, priority=priority, urgency=urgency),
    )


def next_update_after(
    policy: Policy,
    calendar: BusinessCalendar,
    *,
    sent: datetime,
    priority: str,
    type_: str,
    departments: int = 1,
    language: str = "zh-CN",
) -> PromiseDraft:
    """The update that follows one sent at ``sent``."""
    english = language.startswith("en")
    because = policy.complex_because(priority=priority, type_=type_, departments=departments, language=language)
    cadence = policy.complex_update if because else policy.other_update
    made = DraftMaker(policy=policy, calendar=calendar, started=sent.astimezone(UTC), english=english)
    since = "since the last update" if english else "自上次同步起"
    return made.draft(Clock.NEXT_UPDATE, cadence.then, _joined(_complexity(because, english), since, english))


def warn_at(promise: Timed, calendar: BusinessCalendar, share: float) -> datetime:
    """The instant at which ``share`` of a promise's time has passed (1.0 is the due time).

    A promise that falls due in working time is measured in working time, so that its warnings come while somebody
    is there to read them; any other in natural time."""
    if share == 1.0:
        return promise.due
    work = calendar.working_between(promise.started, promise.due)
    if work and calendar.is_working(promise.due - _INSTANT):
        return calendar.add_working_time(promise.started, work * share)
    return promise.started + (promise.due - promise.started) * share


def told_time(promises: Sequence[Timed], calendar: BusinessCalendar, policy: Policy | None = None) -> datetime | None:
    """The time that a letter names: the first response's due time, in whole minutes and never earlier than it, at
    which somebody is on duty. None when no first response was promised."""
    due = next((promise.due for promise in promises if promise.clock is Clock.FIRST_RESPONSE), None)
    return None if due is None else on_duty(due, calendar, policy)


def on_duty(due: datetime, calendar: BusinessCalendar, policy: Policy | None = None) -> datetime:
    """The due time in whole minutes, moved to the next working time unless somebody is on duty then."""
    if (policy and policy.always_on_duty) or calendar.is_working(due - _INSTANT):
        return _whole_minute(due)
    return _whole_minute(calendar.next_working(due))


def _whole_minute(instant: datetime) -> datetime:
    floor = instant.replace(second=0, microsecond=0)
    return floor if floor == instant else floor + _MINUTE


def _first_update(
    policy: Policy, *, priority: str, type_: str, departments: int, language: str
) -> tuple[Duration, str]:
    english = language.startswith("en")
    because = policy.complex_because(priority=priority, type_=type_, departments=departments, language=language)
    cadence = policy.complex_update if because else policy.other_update
    since = "since arrival" if english else "自收到起"
    return cadence.first, _joined(_complexity(because, english), since, english)


def _complexity(because: str, english: bool) -> str:
    if english:
        return f"complex ticket ({because})" if because else "ordinary ticket"
    return f"复杂工单（{because}）" if because else "一般工单"


def _joined(one: str, other: str, english: bool) -> str:
    return f"{one}, {other}" if english else f"{one}，{other}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMaker:
    """Makes drafts that start at one instant."""

    policy: Policy
    calendar: BusinessCalendar
    started: datetime
    english: bool

    def by_table(self, clock: Clock, table: Table, *, priority: str, urgency: str) -> PromiseDraft:
        value, duration = table.pick(priority=priority, urgency=urgency)
        names = {"priority": ("优先级", "priority"), "urgency": ("紧急程度", "urgency")}[table.by]
        return self.draft(clock, duration, f"{names[1] if self.english else names[0]} {value}")

    def draft(self, clock: Clock, duration: Duration, reason: str) -> PromiseDraft:
        minutes = duration.in_minutes(self.calendar.minutes_per_day)
        if duration.working:
            due = self.calendar.add_working(self.started, minutes)
        else:
            due = self.started + timedelta(minutes=minutes)
        return PromiseDraft(
            clock=clock,
            started=self.started,
            due=due,
            because=self._because(duration, reason),
            duration=duration,
            policy=f"{self.policy.name}@{self.policy.version}",
            calendar=f"{self.calendar.name}@{self.calendar.version}",
        )

    def _because(self, duration: Duration, reason: str) -> str:
        """``standard：优先级 高 → 15 工作分钟；收到时不在工作时间，自 10-08 09:00 起计``."""
        words = duration.words("en" if self.english else "zh-CN")
        text = f"{self.policy.name}{': ' if self.english else '：'}{reason} → {words}"
        if not duration.working or self.calendar.is_working(self.started):
            return text
        begins = self.calendar.next_working(self.started).astimezone(self.calendar.tz).strftime("%m-%d %H:%M")
        if self.english:
            return f"{text}; outside working time, counted from {begins}"
        return f"{text}；起点不在工作时间，自 {begins} 起计"
