"""A promise 承诺时限: one clock of a ticket, its due instant and what became of it (DOMAIN 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Clock(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    RESOLUTION = "resolution"
    URGE = "urge"
    SECOND_TREATMENT = "second_treatment"
    AGENT_PROMISE = "agent_promise"
    PART = "part"


ON_ARRIVAL = (Clock.ACKNOWLEDGEMENT, Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION)
"""The clocks that every demand starts."""


class PromiseState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    MISSED = "missed"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Apology(StrEnum):
    """What follows when a time that a customer was told is broken: nothing, the letter as an agent's beginning, or the
    letter by itself."""

    OFF = "off"
    OFFER = "offer"
    SEND = "send"


LIVE = (PromiseState.RUNNING, PromiseState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Unique by (ticket, clock, cause). ``cause`` names the event that started it, such as ``arrival:17``
    (a message id) or ``correction:23``. ``because`` is the arithmetic in words; the versions tell by which
    policy, calendar and time-zone data it was computed, so that a later edit never rewrites it.
    ``working`` says which kind of time it counts, ``pauses`` what it did not count: (begin, end, reason), the end
    None while the pause goes on. ``warn_at`` is the next instant at which ``tick`` must look at it, None when nothing
    is left to do. ``told`` is the time that a letter named to the customer: ``due`` moves beyond it only with another
    letter, and before it in silence: people are warned by ``due``, figures are measured by ``owed``. ``breach`` is the
    key of a reason for being late.
    """

    id: int
    ticket_id: int
    clock: Clock
    cause: str
    started: datetime
    due: datetime
    because: str = ""
    policy: str = ""
    calendar: str = ""
    tzdata: str = ""
    bundle: str = ""
    state: PromiseState = PromiseState.RUNNING
    version: int = 1
    ended: datetime | None = None
    warn_at: datetime | None = None
    warned: int = 0
    superseded_by: int = 0
    working: bool = True
    pauses: tuple[tuple[datetime, datetime | None, str], ...] = ()
    told: datetime | None = None
    breach: str = ""

    @property
    def owed(self) -> datetime:
        """By when it is kept: the told time, where there is one."""
        return self.told or self.due
