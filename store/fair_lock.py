"""A lock that serves its waiters in the order they came (SQLite's own busy handler does not)."""

from __future__ import annotations

import threading
from collections import deque


class FairLock:
    """First come, first served. A thread that already has it is told so instead of waiting for itself."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False
        self._owner = 0

    def acquire(self, timeout: float) -> bool:
        """True when the lock is ours; False when ``timeout`` seconds passed before our turn came."""
        me = threading.get_ident()
        with self._gate:
            if self._owner == me:
                raise RuntimeError("this thread is already writing: one writing transaction cannot hold another")
            if not self._held:
                self._held, self._owner = True, me
                return True
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        mine = turn.acquire(timeout=timeout)
        with self._gate:
            if not mine and turn in self._waiting:
                self._waiting.remove(turn)
                return False
            # Either our turn came in time, or it was handed to us just as we gave up waiting.
            self._owner = me
            return True

    def release(self) -> None:
        with self._gate:
            self._owner = 0
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
