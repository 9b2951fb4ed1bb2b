"""A backup of one kind of database is restored into the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.errors import BadInput
from core.domain.keys import KeyRing
from core.domain.views import QueueFilter
from huiying.app.cli import run
from store.backup import backup, restore
from store.open import SqlStore, open_store
from tests.fakes.databases import PostgresServer
from tests.fakes.fixed_clock import FixedClock
from tests.unit.store.test_backup import everything
from tests.unit.store.values import file_tickets

pytestmark = pytest.mark.postgres


def found_after_upkeep(store: SqlStore) -> int:
    """How many tickets a search finds once the index, which no dump holds, was made again."""
    with store.write() as tx:
        while tx.words.is_behind():
            tx.words.step(2)
        return len(tx.views.queue(QueueFilter(state="", text="系统无法登录"), "", 50).rows)


@pytest.mark.slow
def test_a_small_team_grows_out_of_sqlite(
    sqlite_store: SqlStore, sqlite_url: str, pg_server: PostgresServer, keys: KeyRing, clock: FixedClock, tmp_path: Path
) -> None:
    """A backup made on SQLite fills PostgreSQL with the same tickets and mails."""
    file_tickets(sqlite_store, 3)
    made = backup(sqlite_url, tmp_path / "b.backup")
    with pg_server.database() as url:
        restore(made.file, url)
        store = open_store(url, keys, clock)
        assert everything(store) == everything(sqlite_store)
        assert found_after_upkeep(store) == 3
        store.close()


@pytest.mark.slow
def test_a_dump_of_postgres_fits_on_a_desk(
    pg_store: SqlStore, pg_url: str, keys: KeyRing, clock: FixedClock, tmp_path: Path
) -> None:
    """A backup made on PostgreSQL fills an SQLite file."""
    file_tickets(pg_store, 3)
    made = backup(pg_url, tmp_path / "b.backup")
    url = f"sqlite:///{tmp_path}/small/huiying.db"
    restore(made.file, url)
    store = open_store(url, keys, clock)
    assert everything(store) == everything(pg_store)
    assert found_after_upkeep(store) == 3
    store.close()


@pytest.mark.slow
def test_a_dump_fills_what_init_made(
    pg_store: SqlStore, pg_url: str, keys: KeyRing, clock: FixedClock, tmp_path: Path
) -> None:
    """A home of ``init`` has published what ships, with its own key ring: both give way; a home in use does not."""
    file_tickets(pg_store, 3)
    made = backup(pg_url, tmp_path / "b.backup")
    assert run(["init", str(tmp_path / "new")]) == 0
    url = f"sqlite:///{tmp_path}/new/data/huiying.db"
    restore(made.file, url)
    store = open_store(url, keys, clock)
    assert everything(store) == everything(pg_store)
    store.close()
    with pytest.raises(BadInput, match="not empty"):
        restore(made.file, url)
