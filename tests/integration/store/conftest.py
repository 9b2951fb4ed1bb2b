"""The store under test is on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.domain.keys import KeyRing
from store.open import SqlStore, open_store
from tests.fakes.databases import PostgresServer
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def url(pg_url: str) -> str:
    """A migrated database."""
    return pg_url


@pytest.fixture
def empty_url(pg_server: PostgresServer) -> Iterator[str]:
    """A database without a schema."""
    with pg_server.database() as url:
        yield url


@pytest.fixture
def store(pg_store: SqlStore) -> SqlStore:
    return pg_store


@pytest.fixture
def other_store(pg_url: str, keys: KeyRing, clock: FixedClock) -> Iterator[SqlStore]:
    """What another process would open: the same database again."""
    other = open_store(pg_url, keys, clock)
    yield other
    other.close()
