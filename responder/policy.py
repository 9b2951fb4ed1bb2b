"""What an SLA policy says: how long each clock runs for which ticket (DOMAIN 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.duration import Duration


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One SLA policy. ``always_on_duty`` says that a natural due time may be told day and night; ``warn`` are
    the shares of the time at which owner, team and lead are told. ``version`` is made from the content."""

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
    warn: tuple[float, ...] = (0.75, 1.0, 1.5)

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
