"""What an SLA policy says: how long each clock runs for which ticket (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.clock import ClockEvent, ClockState
from core.domain.duration import Duration
from core.domain.promise import Apology, Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Durations by one field of a ticket, ``by`` being ``priority`` or ``urgency``; most pressing first."""

    by: str
    durations: Mapping[str, Duration]

    def pick(self, *, priority: str, urgency: str) -> tuple[str, Duration]:
        """The value that decided and its duration; an unknown value gets the longest one, the last."""
        value = priority if self.by == "priority" else urgency
        if value not in self.durations:
            value = next(reversed(tuple(self.durations)))
        return value, self.durations[value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often a customer hears of a ticket: first from arrival, then from each update."""

    first: Duration
    then: Duration


_DAY = Duration(days=1, working=True)
_THREE_DAYS = Duration(days=3, working=True)
_WEEK = Duration(minutes=7 * 1440)
_URGE = {"高": 30, "中": 120, "低": 120}


def _urge() -> Table:
    return Table(by="priority", durations={p: Duration(minutes=m, working=True) for p, m in _URGE.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyExample:
    """A case inside a policy file: what happens to a ticket (local times of ``calendar``), and which instants and
    states its clocks then have. ``line`` is where it stands."""

    file: str
    line: int
    calendar: str
    events: tuple[ClockEvent, ...]
    due: Mapping[Clock, datetime]
    states: Mapping[Clock, ClockState]
    now: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One SLA policy. ``always_on_duty`` says that a natural due time may be told day and night; ``warn`` are
    the shares of the time at which owner, team and lead are told; for the priorities of ``lead_at_due`` the lead
    hears of it at the second. After the result the customer is reminded and
    the ticket closed by silence; a reply reopens it within ``reopen_within`` of its end. A result of the ``checked``
    types and gravities is checked inside first. ``version`` is made from the content."""

    name: str
    title: str = ""
    title_en: str = ""
    version: str = ""
    file: str = ""
    always_on_duty: bool = False
    acknowledgement: Duration
    first_response: Table
    complex_update: Cadence
    other_update: Cadence
    complex_priorities: tuple[str, ...] = ("高",)
    complex_types: tuple[str, ...] = ("投诉",)
    complex_departments: int = 2
    resolution: Table
    urge: Table = field(default_factory=_urge)
    second_treatment: Duration = _DAY
    warn: tuple[float, ...] = (0.75, 1.0, 1.5)
    lead_at_due: tuple[str, ...] = ("高",)
    apology: Apology = Apology.OFFER
    remind_after: Duration = _DAY
    close_after: Duration = _THREE_DAYS
    reopen_within: Duration = _WEEK
    checked_types: tuple[str, ...] = ("投诉",)
    checked_gravities: tuple[str, ...] = ("重大",)
    examples: tuple[PolicyExample, ...] = ()

    def complex_because(self, *, priority: str, type_: str, departments: int, language: str = "zh-CN") -> str:
        """Why a ticket counts as complex, or the empty string."""
        english = language.startswith("en")
        if priority in self.complex_priorities:
            return f"priority {priority}" if english else f"优先级 {priority}"
        if type_ in self.complex_types:
            return f"type {type_}" if english else f"类型 {type_}"
        if departments >= self.complex_departments:
            return f"{departments} departments" if english else f"涉及 {departments} 个部门"
        return ""
