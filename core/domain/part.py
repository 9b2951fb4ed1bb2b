"""A part 协办: what one department owes to a ticket that another one leads (DOMAIN 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PartState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """``person`` may be empty while the department has not named one; ``output`` is what is asked for. A part with a
    ``due`` time has a promise of its own (clock ``part``, cause ``part:ID``)."""

    id: int
    ticket_id: int
    department: str
    person: str = ""
    output: str = ""
    due: datetime | None = None
    state: PartState = PartState.ASKED
    asked_by: str = ""
    at: datetime
    ended: datetime | None = None

    @property
    def cause(self) -> str:
        return f"part:{self.id}"
