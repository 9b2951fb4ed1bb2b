"""How long a health report stays good: every page shows it, the database is asked once in two seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from huiying.console.context import HealthReport

_GOOD_FOR = timedelta(seconds=2)


class HealthCache:
    """The last report, asked again when it is old."""

    def __init__(self, ask: Callable[[], HealthReport], now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._now = now
        self._lock = threading.Lock()
        self._last: tuple[datetime, HealthReport] | None = None

    def __call__(self) -> HealthReport:
        with self._lock:
            now = self._now()
            if self._last is None or now - self._last[0] > _GOOD_FOR:
                self._last = (now, self._ask())
            return self._last[1]
