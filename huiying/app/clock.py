"""Reads the clock: the only place that does."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware and UTC."""
    return datetime.now(UTC)
