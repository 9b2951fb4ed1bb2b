"""Wakes the stages of this process at once, and those of other processes by watching the database."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

from core.domain.errors import Unavailable

WATCH_S = 0.1


class Bells:
    """Conforms to ``huiying.flows.ports.Wake``. A ring is never lost: it stays until a wait takes it.

    Stages must have one waiter each; the caller's short poll stays the guarantee.
    """

    def __init__(self) -> None:
        self._bells: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._lock = threading.Lock()

    def ring(self, stage: str) -> None:
        self._bell(stage).set()

    def wait(self, stage: str, seconds: float) -> bool:
        bell = self._bell(stage)
        rung = bell.wait(seconds)
        bell.clear()
        return rung

    def ring_all(self) -> None:
        """Another process committed something, or everybody must look whether to stop."""
        with self._lock:
            bells = list(self._bells.values())
        for bell in bells:
            bell.set()

    def watch(self, changes: Callable[[], int], stop: threading.Event) -> None:
        """Rings all bells whenever another process committed, until ``stop``; a thread's whole work."""
        seen = None
        while not stop.wait(WATCH_S):
            try:
                now = changes()
            except Unavailable:
                continue
            if seen is not None and now != seen:
                self.ring_all()
            seen = now

    def _bell(self, stage: str) -> threading.Event:
        with self._lock:
            return self._bells[stage]
