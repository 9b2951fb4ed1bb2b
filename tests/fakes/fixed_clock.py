"""A clock that stands until a test moves it, and one that goes on with each look as a real one does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """Conforms to ``huiying.flows.ports.Now``; begins on a Thursday at 10:00 in Shanghai, within office hours."""

    def __init__(self, at: datetime = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> datetime:
        """Moves on by a ``timedelta(**span)``."""
        self.at += timedelta(**span)
        return self.at


class GoingClock(FixedClock):
    """A microsecond later at each look: whoever asks twice about one instant hears two."""

    def __call__(self) -> datetime:
        return self.advance(microseconds=1)
