"""What figures are counted from: which tickets belong to a span of time, and how they are added up (DOMAIN 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TicketSet(StrEnum):
    """Which tickets are counted; each is counted at the instant at which it joins the set."""

    RECEIVED = "received"
    RESPONDED = "responded"
    CLOSED = "closed"
    DUE = "due"
    SCORED = "scored"
    APPRAISED = "appraised"
    ASKED = "asked"
    TASKS = "tasks"
    JUDGED = "judged"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From ``begin`` until before ``end``, seen at ``now``; ``complaints`` are the keys under which 投诉 is stored,
    ``marks`` the instants that part it into steps."""

    begin: datetime
    end: datetime
    now: datetime
    complaints: tuple[str, ...]
    marks: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Some tickets of a set: those that have one of these values (of ``team``, ``clock`` …); ``counted`` names the part
    of the set that a figure is about, '' for all of it."""

    which: TicketSet
    having: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    counted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many of a set have these values; ``sums`` are the parts of the set that were added up."""

    of: Mapping[str, str | int]
    count: int
    sums: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TalliedTicket:
    """A ticket behind a figure; ``counted`` is what it adds: 1 or 0, or its score or seconds. Behind the figure of
    tasks stands a ``task`` (its id, 0 else) with its kind as type, its due time as arrival, and the number of its
    ticket, if it has one."""

    id: int
    number: str
    subject: str
    state: str
    type: str
    team: str
    agent: str
    received: datetime
    counted: float
    task: int = 0
