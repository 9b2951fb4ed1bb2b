"""What flows need of the tickets that agents put off; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.domain.snooze import Snooze


class Snoozes(Protocol):
    """At most one for a person and a ticket."""

    def put(self, new: Snooze, now: datetime) -> None:
        """In place of the one that was there; his own that ended are forgotten."""
        ...

    def take(self, person: str, ticket_id: int) -> bool:
        """Ends it; False when there was none."""
        ...

    def of(self, person: str, ticket_id: int) -> Snooze | None: ...
