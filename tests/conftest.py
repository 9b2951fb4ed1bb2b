"""Fixtures that every test may ask for: stores on both databases, a key ring, a clock that stands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.keys import KeyRing
from store.open import SqlStore, open_store
from tests.fakes.databases import PostgresServer, embedded_postgres, sqlite_copy, sqlite_template
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at 2026-03-05 02:00 UTC until the test moves it."""
    return FixedClock()


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    """A key ring for tests; its keys are no secret."""
    return KeyRing(data={1: b"d" * 32}, index=b"i" * 32, signing={"t1": b"s" * 32}, signs_with="t1")


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy, never to open."""
    return sqlite_template(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_url(sqlite_file: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test's own."""
    return sqlite_copy(sqlite_file, tmp_path)


@pytest.fixture
def sqlite_store(sqlite_url: str, keys: KeyRing, clock: FixedClock) -> Iterator[SqlStore]:
    """A store on SQLite: what flow tests use."""
    store = open_store(sqlite_url, keys, clock)
    yield store
    store.close()


@pytest.fixture(scope="session")
def pg_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the session: that of HUIYING_TEST_POSTGRES, else the wheel's."""
    given = os.environ.get("HUIYING_TEST_POSTGRES", "")
    if given:
        server = PostgresServer(given)
        yield server
        server.close()
        return
    with embedded_postgres() as url:
        server = PostgresServer(url)
        yield server
        server.close()


@pytest.fixture
def pg_url(pg_server: PostgresServer) -> Iterator[str]:
    """A migrated and empty PostgreSQL database, for this test alone."""
    with pg_server.emptied() as url:
        yield url


@pytest.fixture
def pg_store(pg_url: str, keys: KeyRing, clock: FixedClock) -> Iterator[SqlStore]:
    """A store on PostgreSQL."""
    store = open_store(pg_url, keys, clock)
    yield store
    store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_store(request: pytest.FixtureRequest) -> SqlStore:
    """A store on each of the two databases in turn."""
    store: SqlStore = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "pg_store")
    return store
