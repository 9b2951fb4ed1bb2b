"""An extension 延期: the owner asks for a later time, the lead decides, the customer is told (DOMAIN 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.promise import Clock


class ExtensionState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    TOLD = "told"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


PENDING = (ExtensionState.ASKED, ExtensionState.APPROVED)
"""Not yet in force, and not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """``due`` is what was owed when it was asked for, ``wanted`` the later time. It counts from the moment at which the
    customer's letter has left: approved, and then told. ``because`` is the lead's word."""

    id: int
    ticket_id: int
    promise_id: int
    clock: Clock
    due: datetime
    wanted: datetime
    reason: str
    asked_by: str
    at: datetime
    state: ExtensionState = ExtensionState.ASKED
    decided_by: str = ""
    decided: datetime | None = None
    because: str = ""
