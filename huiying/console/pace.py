"""Decides how often something may happen in this process: so many times in a window, each key for itself."""

from __future__ import annotations

import math
import threading
from collections.abc import Hashable
from datetime import datetime, timedelta

MOST_KEYS = 10_000
"""Of more, those that were not asked for longest are forgotten: strangers never fill the memory."""


class Pace:
    """``most`` at once, and as many again in each ``window``, evenly (GCRA): one instant a key."""

    def __init__(self, most: int, window: timedelta) -> None:
        self._window = window.total_seconds()
        self._each = self._window / most
        self._full: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def take(self, key: Hashable, now: datetime) -> int:
        """0 when it may happen, which then counts; else in how many seconds it may."""
        at = now.timestamp()
        with self._lock:
            after = max(self._full.pop(key, at), at) + self._each
            over = after - at - self._window
            self._full[key] = after if over <= 0 else after - self._each
            if len(self._full) > MOST_KEYS:
                del self._full[next(iter(self._full))]
        return max(0, math.ceil(over))
