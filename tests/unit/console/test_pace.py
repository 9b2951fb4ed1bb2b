"""How often something may happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from huiying.console import pace
from huiying.console.pace import Pace

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def test_so_many_at_once_then_one_after_the_other():
    """Three in half a minute: all at once, the next when ten seconds are over; each key counts for itself."""
    three = Pace(3, timedelta(seconds=30))
    assert [three.take("a", NOW) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert three.take("b", NOW) == 0
    assert three.take("a", NOW + timedelta(seconds=9)) == 1
    assert three.take("a", NOW + timedelta(seconds=10)) == 0
    assert [three.take("a", NOW + timedelta(minutes=1)) for _ in range(4)] == [0, 0, 0, 10]


def test_strangers_never_fill_the_memory(monkeypatch):
    """Of too many keys the one that was not asked for longest is forgotten."""
    monkeypatch.setattr(pace, "MOST_KEYS", 2)
    one = Pace(1, timedelta(seconds=10))
    assert [one.take(key, NOW) for key in "abac"] == [0, 0, 10, 0]
    assert [one.take(key, NOW) for key in "acb"] == [10, 10, 0]
