"""Makes our own 63-bit, time-ordered ids: 41 bits of milliseconds, 10 of node, 12 of serial."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000)
NODES = 1 << 10
_SERIALS = 1 << 12
MILLISECOND = NODES * _SERIALS
"""So far apart are ids of which one was made a millisecond after the other."""
_LAST = (1 << 63) - 1


class IdMaker:
    """Ids of one process; ``node`` is leased in the store so that no two processes share one.

    A clock that jumps back never makes an id twice: the last millisecond is kept until time catches up.
    """

    def __init__(self, node: int, now: Callable[[], datetime]) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"node must be in 0..{NODES - 1}, not {node}")
        self._node = node
        self._now = now
        self._last = 0
        self._serial = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """The next id, greater than every id this maker gave before."""
        with self._lock:
            stamp = int(self._now().timestamp() * 1000) - EPOCH_MS
            if stamp > self._last:
                self._last, self._serial = stamp, 0
            else:
                self._serial += 1
                if self._serial == _SERIALS:
                    self._last, self._serial = self._last + 1, 0
            return (self._last << 22) | (self._node << 12) | self._serial


def first_id_at(instant: datetime) -> int:
    """The smallest id that can be made at that instant; earlier ids are smaller. 0 before our epoch, and past the
    last instant that an id can tell, the largest id."""
    return min(max(0, int(instant.timestamp() * 1000) - EPOCH_MS) << 22, _LAST)


def instant_of(value: int) -> datetime:
    """The UTC instant at which an id was made, to the millisecond."""
    return datetime.fromtimestamp(((value >> 22) + EPOCH_MS) / 1000, tz=UTC)
