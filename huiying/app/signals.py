"""Hears SIGTERM and SIGINT without taking a lock: a handler runs between two steps of whatever the main thread does,
and the lock of an Event may be held by the very step that it interrupts. Then nobody would ever end."""

from __future__ import annotations

import os
import select
import signal
from types import TracebackType
from typing import Self

ENDING = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """For the main thread: Python writes a byte for each signal, and ``wait`` sees it. Afterwards they are ignored, so
    that whoever asks twice disturbs no ending: a handler of ours Python would take away in its last moment."""

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        for number in ENDING:
            signal.signal(number, _nothing)
        self._before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(self._before)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> bool:
        """Whether one came, at the latest after so long."""
        return bool(select.select([self._read], [], [], seconds)[0])


def _nothing(number: int, frame: object) -> None:
    """The byte says it."""
