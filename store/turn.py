"""Whose turn it is to write, between processes that share one SQLite database (decision 0003)."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PAUSE_S = 0.0005
"""Between two looks whether it is our turn: far less than a transaction takes, so that whoever waits sees it end."""
COURTESY_S = 1.0
"""Whoever has the turn for longer is frozen: SQLite's own lock is what guards, the turn only orders."""


class Turn:
    """Orders processes as ``FairLock`` orders threads: who waits for the database has the turn, a lock of the system on
    a file beside it, and whoever comes later lines up for that.

    SQLite's busy handler sleeps up to a tenth of a second between two looks, and the threads of another process hand
    the database to each other meanwhile. In one process only one thread at a time may ask."""

    def __init__(self, database: Path) -> None:
        self._passed_over = False
        """Somebody froze with the turn: nobody waits for him again until he is seen to have given it back."""
        self._file: int | None = None
        with suppress(OSError):  # a folder that takes no file: SQLite will say so
            self._file = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def begin(self, begin: Callable[[], object], patience: float) -> None:
        """Calls ``begin`` until the database is free; SQLite's own error when it is not within ``patience`` seconds."""
        until = time.monotonic() + patience
        with self._in_order():
            while True:
                try:
                    begin()
                except sqlite3.OperationalError as error:
                    if not _is_busy(error) or time.monotonic() >= until:
                        raise
                else:
                    return
                time.sleep(PAUSE_S)

    def close(self) -> None:
        """Gives the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def _in_order(self) -> Iterator[None]:
        taken = self._take()
        try:
            yield
        finally:
            if taken and self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def _take(self) -> bool:
        if self._file is None:
            return False
        until = time.monotonic() + (0.0 if self._passed_over else COURTESY_S)
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    self._passed_over = True
                    return False
            except OSError:  # a file system without such locks
                return False
            else:
                self._passed_over = False
                return True
            time.sleep(PAUSE_S)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
