"""What is remembered of the model's work: past tickets that are alike, and how it did week by week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """A past ticket that is like this one, with what agents made of it. ``likeness`` is 0 to 1, ``words`` those
    that both have, the most telling first."""

    ticket_id: int
    number: str
    subject: str
    received: datetime
    fields: Mapping[str, str]
    likeness: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFigures:
    """How the suggestions of one ISO week (``2026-W10``) did.

    ``suggested`` messages got one, ``accepted`` of them without an agent, ``known`` is the sum of the known shares of
    their texts; ``judged`` suggested values were confirmed or corrected in that week, ``agreed`` of them were right.
    """

    week: str
    suggested: int = 0
    accepted: int = 0
    known: float = 0.0
    judged: int = 0
    agreed: int = 0

    def __add__(self, other: WeekFigures) -> WeekFigures:
        return WeekFigures(
            week=self.week,
            suggested=self.suggested + other.suggested,
            accepted=self.accepted + other.accepted,
            known=self.known + other.known,
            judged=self.judged + other.judged,
            agreed=self.agreed + other.agreed,
        )

    @property
    def accepted_share(self) -> float | None:
        return self.accepted / self.suggested if self.suggested else None

    @property
    def agreement(self) -> float | None:
        return self.agreed / self.judged if self.judged else None

    @property
    def unseen(self) -> float | None:
        """The mean share of words that the model did not know."""
        return 1 - self.known / self.suggested if self.suggested else None
