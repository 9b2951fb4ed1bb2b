"""The database under test: SQLite here, PostgreSQL in tests/integration/store, the same contracts on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.keys import KeyRing
from store.open import SqlStore, open_store
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def url(sqlite_url: str) -> str:
    """A migrated database."""
    return sqlite_url


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """A database without a schema."""
    path = tmp_path / "empty.db"
    path.touch()
    return f"sqlite:///{path}"


@pytest.fixture
def store(sqlite_store: SqlStore) -> SqlStore:
    return sqlite_store


@pytest.fixture
def other_store(sqlite_url: str, keys: KeyRing, clock: FixedClock) -> Iterator[SqlStore]:
    """What another process would open: the same database again."""
    other = open_store(sqlite_url, keys, clock)
    yield other
    other.close()
