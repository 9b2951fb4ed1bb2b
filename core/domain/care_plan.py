"""A care plan 联系计划: which customers we get in touch with when, by a letter or by a task (DOMAIN 10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from core.domain.appraisal import days_of, half_year_of, quarter_of
from core.domain.calendar import BusinessCalendar
from core.domain.key_date import BIRTHDAY
from core.domain.task import TaskKind

KINDS = (TaskKind.CALL_BACK, TaskKind.SATISFACTION_ROUND, TaskKind.KEY_DATE, TaskKind.GONE_QUIET, TaskKind.CONTENT)
"""What a plan may be for."""
LATE = timedelta(days=7)
"""What has been due for longer is left: nobody expects it any more."""
MOST_BEFORE = 20


class PlanMode(StrEnum):
    """``hold``: letters wait in the outbox for a person."""

    OFF = "off"
    HOLD = "hold"
    LIVE = "live"


class Every(StrEnum):
    QUARTER = "quarter"
    HALF_YEAR = "half_year"

    def term(self, day: date) -> str:
        """The one in which the day lies: ``2026H2``, ``2026Q4``."""
        return quarter_of(day) if self is Every.QUARTER else half_year_of(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerClass:
    """Customers who have one of the levels, one of ``tags_any`` and none of ``tags_none``; what is empty is no
    condition."""

    levels: tuple[str, ...] = ()
    tags_any: tuple[str, ...] = ()
    tags_none: tuple[str, ...] = ()

    def has(self, level: str, tags: Collection[str]) -> bool:
        if self.levels and level not in self.levels:
            return False
        return (not self.tags_any or any(tag in tags for tag in self.tags_any)) and not any(
            tag in tags for tag in self.tags_none
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePlan:
    """A task, or with ``letter`` that letter of care. Call-backs, satisfaction rounds and content come once ``every``
    term, from its day number ``day`` on; the key date ``key_date`` is announced ``before`` so many working days;
    a customer is quiet when ``days`` have passed without contact."""

    name: str
    kind: TaskKind
    mode: PlanMode = PlanMode.OFF
    who: CustomerClass = field(default_factory=CustomerClass)
    every: Every = Every.HALF_YEAR
    day: int = 1
    key_date: str = BIRTHDAY
    before: int = 1
    days: int = 180
    letter: str = ""
    note: str = ""
    words: str = ""
    team: str = ""

    @property
    def is_periodic(self) -> bool:
        return self.kind not in (TaskKind.KEY_DATE, TaskKind.GONE_QUIET)


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSettings:
    """What ``care.yaml`` says. ``per_day``: all plans together make no more in a day."""

    plans: tuple[CarePlan, ...] = ()
    per_day: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOff:
    """A customer of a plan who could not be got in touch with for that occasion when his turn came."""

    plan: str
    occasion: str
    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProgress:
    """How far a plan has come: its last ``occasion`` (a term, or a day), and up to which id it was looked through."""

    occasion: str
    after: int = 0
    done: bool = False


def due_occasion(
    plan: CarePlan, progress: PlanProgress | None, today: date, calendar: BusinessCalendar
) -> PlanProgress | None:
    """What the plan is to be looked through for today: where it goes on, or a new occasion; None when nothing is due.
    After days of standing still it goes on where it was, without what is too late by then. Without progress it begins
    today."""
    if plan.kind is TaskKind.KEY_DATE:
        return _key_date(plan, progress, today, calendar)
    if plan.kind is TaskKind.GONE_QUIET:
        return _silence(plan, progress, today)
    term = plan.every.term(today)
    if progress is not None and progress.occasion == term:
        return None if progress.done else progress
    begins = days_of(term)[0] + timedelta(days=plan.day - 1)
    return PlanProgress(occasion=term) if begins <= today <= begins + LATE else None


def _key_date(
    plan: CarePlan, progress: PlanProgress | None, today: date, calendar: BusinessCalendar
) -> PlanProgress | None:
    """The occasion is the day itself: one that is over needs nothing any more."""
    last = _day_of(progress)
    if progress and last and not progress.done and last >= today:
        return progress
    day = max(today, last + timedelta(days=1)) if last else today
    while last is None and days_before(day, plan.before, calendar) < today:
        day += timedelta(days=1)
    return PlanProgress(occasion=day.isoformat()) if days_before(day, plan.before, calendar) <= today else None


def _day_of(progress: PlanProgress | None) -> date | None:
    """None before anything was looked through; so it is for a plan that was of another kind until now."""
    try:
        return date.fromisoformat(progress.occasion) if progress else None
    except ValueError:
        return None


def _silence(plan: CarePlan, progress: PlanProgress | None, today: date) -> PlanProgress | None:
    """The occasion is the day of the last contact."""
    newest = today - timedelta(days=plan.days)
    last = _day_of(progress)
    if progress and last and not progress.done and last >= newest - LATE:
        return progress
    day = max(last + timedelta(days=1), newest - LATE) if last else newest
    return PlanProgress(occasion=day.isoformat()) if day <= newest else None


def days_before(day: date, working_days: int, calendar: BusinessCalendar) -> date:
    """So many working days before that day; with 0 the day itself, or the last working day before it."""
    left = working_days + (1 if calendar.windows_of(day) else 0)
    found = day
    for _ in range(_LOOKED_BACK):
        if calendar.windows_of(found):
            left -= 1
        if left <= 0 and calendar.windows_of(found):
            return found
        found -= timedelta(days=1)
    return day


_LOOKED_BACK = 60
"""Days: no calendar that anybody works by has a longer pause."""
