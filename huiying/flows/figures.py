"""What flows need of rules' figures; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.domain.correction import Correction
from core.domain.figures import FiledDecision, RuleCount


class Figures(Protocol):
    """Counts by day, and how far what happened is counted."""

    def counted(self, what: str) -> int:
        """The id up to which ``what`` (decisions, corrections) is counted; 0 at first."""
        ...

    def advance(self, what: str, old: int, new: int) -> None:
        """Raises ``Conflict`` unless ``old`` is still the mark: somebody else has counted meanwhile."""
        ...

    def decisions(self, after: int, before: int, limit: int) -> tuple[FiledDecision, ...]:
        """Stored decisions between two ids, oldest first."""
        ...

    def decision_on(self, message_id: int) -> FiledDecision | None:
        """The latest decision about a message."""
        ...

    def decisions_later(self, ticket_id: int) -> tuple[FiledDecision, ...]:
        """Those of a ticket that were made later than on an arrival, in order."""
        ...

    def corrections(self, after: int, before: int, limit: int) -> tuple[Correction, ...]:
        """Corrections between two ids, oldest first."""
        ...

    def add(self, counts: Sequence[RuleCount]) -> None:
        """Adds counts to those that are stored."""
        ...

    def since(self, day: int) -> tuple[RuleCount, ...]:
        """The sums from that day on, by rule, field and status; ``day`` of each is the one asked for."""
        ...

    def failing(self, day: int, limit: int) -> tuple[tuple[str, int], ...]:
        """Rules that failed since that day, with the number of mails, the most first: by a partial index."""
        ...

    def forget(self, day: int) -> int:
        """Drops what is older than that day; how many rows."""
        ...
