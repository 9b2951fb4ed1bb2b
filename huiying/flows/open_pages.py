"""What flows need of the pages on which a ticket is open; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.domain.presence import Presence


class Presences(Protocol):
    """One row a page, as long as it says that it is there."""

    def stay(self, new: Presence) -> bool:
        """The page is there. True when that is news: opened, another ticket, begun or ceased to write; what ended is
        forgotten then."""
        ...

    def leave(self, person: str, page: int) -> bool:
        """The page was closed; False when it was not there."""
        ...

    def now_open(self, now: datetime) -> tuple[Presence, ...]:
        """Every page that is open now, as far as a console could show them."""
        ...
