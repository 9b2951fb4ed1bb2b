"""One clock, and the ticket it belongs to, while the events of the ticket are gone through."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.calendar import BusinessCalendar
from core.domain.clock import ClockState, Pause, due_time
from core.domain.duration import Duration
from core.domain.promise import Clock
from core.domain.ticket import State
from responder.policy import Policy
from responder.states import StateTable

_WORDS = {
    "told": ("已告知的时间", "as told"),
    "urged": ("催单，优先级 {}", "urged, priority {}"),
    "second": ("客户不满意", "not satisfied"),
    "promised": ("承诺：{}", "promised: {}"),
    "part": ("协办：{}", "co-handler: {}"),
    "extended": ("延期", "extended"),
}


@dataclass(slots=True, kw_only=True)
class ClockRun:
    """A clock while the events are gone through. ``chain`` are the durations it has had, the told one first and the
    present one last; ``fixed`` is an instant instead of a duration; ``open`` the beginning, reason and cap of a pause
    that goes on."""

    clock: Clock
    cause: str
    started: datetime
    because: str
    chain: list[Duration] = field(default_factory=list)
    fixed: datetime | None = None
    pauses: list[Pause] = field(default_factory=list)
    open: tuple[datetime, str, datetime | None] | None = None
    ended: datetime | None = None
    over: ClockState | None = None

    @property
    def live(self) -> bool:
        return self.ended is None and self.over is None

    @property
    def working(self) -> bool:
        """Whether the clock counts working time; an instant that was promised in words is simply reached."""
        return bool(self.chain) and self.chain[-1].working

    def pauses_until(self, now: datetime) -> list[Pause]:
        """All pauses; one that goes on is taken to end at its cap, or now."""
        if self.open is None:
            return self.pauses
        begins, why, cap = self.open
        end = max(begins, min(self.ended or now, cap or now))
        return [*self.pauses, Pause(begins=begins, ends=end, why=why)]

    def is_paused(self, now: datetime) -> bool:
        return self.open is not None and self.open[0] <= now and (self.open[2] is None or now < self.open[2])


@dataclass(slots=True, kw_only=True)
class ClockTicket:
    """What the events are judged by, and the ticket as far as they went."""

    policy: Policy
    calendar: BusinessCalendar
    states: StateTable
    language: str
    facts: dict[str, str] = field(default_factory=dict)
    arrived: datetime | None = None
    state: State = State.NEW
    since: datetime | None = None
    urged: datetime | None = None
    resolved: datetime | None = None
    runs: list[ClockRun] = field(default_factory=list)

    def live(self, *clocks: Clock) -> list[ClockRun]:
        return [run for run in self.runs if run.live and (not clocks or run.clock in clocks)]

    def say(self, key: str, word: str = "") -> str:
        return _WORDS[key][1 if self.language.startswith("en") else 0].format(word)

    def due(self, run: ClockRun, now: datetime, duration: Duration | None = None) -> datetime:
        if run.fixed is not None:
            return run.fixed
        wanted = duration or run.chain[-1]
        amount = timedelta(minutes=wanted.in_minutes(self.calendar.minutes_per_day))
        return due_time(self.calendar, run.started, amount, run.pauses_until(now), working=wanted.working)
