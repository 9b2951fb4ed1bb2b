"""Notices that another process committed: SQLite's data_version, PostgreSQL's NOTIFY."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from store.engine import Engines
from store.unit import CHANNEL


class Others:
    """Tells commits of other processes from our own, which the database counts alike.

    A change beside a commit of our own counts as ours: whoever waits has been woken by it, or polls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._own = 0
        self._own_seen = 0
        self._seen: int | None = None
        self._told = 0

    def committed(self) -> None:
        """This process has committed."""
        with self._lock:
            self._own += 1

    def number(self, ask: Callable[[], int]) -> int:
        """Grows when ``ask`` answers another number although we have not committed."""
        seen = ask()
        with self._lock:
            if self._seen is not None and seen != self._seen and self._own == self._own_seen:
                self._told += 1
            self._seen, self._own_seen = seen, self._own
            return self._told


class Changes:
    """A number that differs when somebody committed; ``number`` may be asked by any thread at any time."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._lock = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        self._seen = 0

    def number(self) -> int:
        with self._lock:
            try:
                return self._ask()
            except (SQLAlchemyError, sqlite3.Error, OSError, self._driver_error()):
                # Whoever lost the connection may have missed something: one more, and a new connection next time.
                self._let_go()
                self._seen += 1
                return self._seen

    def _ask(self) -> int:
        connection: Any = self._ready().driver_connection
        if self._engines.dialect == "sqlite":
            version = int(connection.execute("PRAGMA data_version").fetchone()[0])
            self._seen = max(self._seen, version)
            return version
        self._seen += sum(1 for _ in connection.notifies(timeout=0))
        return self._seen

    def _ready(self) -> PoolProxiedConnection:
        if self._connection is None:
            self._connection = self._engines.reader.raw_connection()
            if self._engines.dialect == "postgresql":
                connection: Any = self._connection.driver_connection
                connection.autocommit = True
                connection.execute(f"LISTEN {CHANNEL}")
        return self._connection

    def _driver_error(self) -> type[Exception]:
        return self._engines.reader.dialect.loaded_dbapi.Error

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()

    def close(self) -> None:
        with self._lock:
            self._let_go()
