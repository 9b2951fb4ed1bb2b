"""The contract of migrations."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Integer, LargeBinary, Text, column, inspect, select, table, text
from sqlalchemy.types import TypeDecorator

from core.domain.errors import BadInput, StoreUnavailable
from core.domain.keys import KeyRing
from store.engine import parsed
from store.migrate import SCRIPTS, migrate, migrating_engine, min_code, schema_version
from store.open import open_store
from store.tables import message, meta, metadata
from store.version import CODE_VERSION
from tests.fakes.fixed_clock import FixedClock


class TestMigrate:
    @pytest.mark.slow
    def test_the_newest_schema_is_that_of_the_tables(self, url: str) -> None:
        """Empty to head equals the metadata: tables, columns, indexes, constraints and references."""
        engine = migrating_engine(parsed(url))
        with engine.connect() as connection:
            known = {"compare_type": True, "include_name": lambda name, *_: "message_words" not in (name or "")}
            context = MigrationContext.configure(connection, opts=known)
            assert compare_metadata(context, metadata) == []
            for table in metadata.tables.values():
                found = {index["name"]: index["column_names"] for index in inspect(connection).get_indexes(table.name)}
                for index in table.indexes:
                    assert found[index.name] == [column.name for column in index.columns]
        engine.dispose()

    def test_partial_indexes_are_partial_in_the_database(self, url: str) -> None:
        """Each index that the tables limit by a condition has that condition in the database too."""
        engine = migrating_engine(parsed(url))
        dialect = engine.dialect.name
        with engine.connect() as connection:
            for table in metadata.tables.values():
                found = {each["name"]: each for each in inspect(connection).get_indexes(table.name)}
                for index in table.indexes:
                    wanted = index.dialect_options[dialect].get("where")
                    there = found[index.name].get("dialect_options", {}).get(f"{dialect}_where")
                    assert (wanted is None) == (there is None), index.name
        engine.dispose()

    @pytest.mark.slow
    def test_migrating_again_changes_nothing(self, empty_url: str) -> None:
        """From nothing to the newest version, and then it stays there."""
        assert (schema_version(empty_url), min_code(empty_url)) == (0, 0)
        assert migrate(empty_url) == CODE_VERSION
        assert migrate(empty_url) == CODE_VERSION
        assert schema_version(empty_url) == CODE_VERSION
        assert 1 <= min_code(empty_url) <= CODE_VERSION

    @pytest.mark.slow
    def test_promises_of_the_first_schema_count_on(self, empty_url: str) -> None:
        """Rows written before pauses existed have none, and count working time; nothing of them is lost."""
        migrate(empty_url, to=1)
        engine = migrating_engine(parsed(empty_url))
        texts = ("cause", "because", "policy", "calendar", "tzdata", "bundle")
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(
                text(
                    "INSERT INTO promise (id, ticket_id, clock, started, due, state, version, warned, superseded_by, "
                    f"{', '.join(texts)}) VALUES (7, 1, 'resolution', 1, 2, 'running', 1, 0, 0, "
                    f"{', '.join(repr(name) for name in texts)})"
                )
            )
        assert migrate(empty_url) == CODE_VERSION
        with engine.connect() as connection:
            row = connection.execute(text("SELECT * FROM promise")).one()
        engine.dispose()
        assert (row.id, row.due, row.cause, bool(row.working), row.pauses) == (7, 2, "cause", True, "[]")

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("because", "working"),
        [
            ("standard：优先级 高 → 15 工作分钟；起点不在工作时间，自 10-08 09:00 起计", True),
            ("standard: priority high → 3 working days", True),
            ("rapid-7x24：一般工单，自收到起 → 72 小时", False),
            ("rapid-7x24: ordinary ticket, since arrival → 72 hours", False),
        ],
    )
    def test_promises_of_the_first_schema_count_their_kind_of_time(
        self, empty_url: str, because: str, working: bool
    ) -> None:
        """What was counted stands in the promise's own arithmetic."""
        migrate(empty_url, to=1)
        texts = {name: name for name in ("cause", "policy", "calendar", "tzdata", "bundle")} | {"because": because}
        numbers = dict.fromkeys(("ticket_id", "started", "due", "version", "warned", "superseded_by"), 1)
        self._insert(empty_url, "promise", {"id": 7, "clock": "resolution", "state": "running", **texts, **numbers})
        migrate(empty_url)
        engine = migrating_engine(parsed(empty_url))
        with engine.connect() as connection:
            assert bool(connection.execute(text("SELECT working FROM promise")).scalar_one()) is working
        engine.dispose()

    @pytest.mark.slow
    def test_mail_that_was_too_large_for_the_first_schema_can_be_brought_in(self, empty_url: str) -> None:
        """It has a row without bytes: from now on one that says it is not here, for the next comparison to mend."""
        migrate(empty_url, to=1)
        texts = "source mailbox folder sha256 because trace verdict_kind verdict silent_because subject sender_masked "
        values: dict[str, object] = dict.fromkeys((texts + "server_action server_state").split(), "x")
        values |= dict.fromkeys("uidvalidity size replay_of message_id arrived kept_at attempts".split(), 1)
        for uid, stage in ((1, "too_large"), (2, "too_large"), (3, "filed")):
            self._insert(empty_url, "ledger", {"id": uid, "uid": uid, "stage": stage, "old": False, **values})
        self._insert(empty_url, "raw_mail", {"ledger_id": 2, "data": b"x"})
        migrate(empty_url)
        engine = migrating_engine(parsed(empty_url))
        with engine.connect() as connection:
            stages = connection.execute(text("SELECT stage FROM ledger ORDER BY id")).scalars().all()
        engine.dispose()
        assert stages == ["vanished", "too_large", "filed"]

    def _insert(self, url: str, table: str, values: dict[str, object]) -> None:
        engine = migrating_engine(parsed(url))
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)
        engine.dispose()

    def test_a_database_that_this_code_does_not_know_is_refused(
        self, url: str, keys: KeyRing, clock: FixedClock
    ) -> None:
        """Older than the code: migrate first. Newer: only if it says that this code can still work with it."""
        self._set(url, version=CODE_VERSION + 1)
        open_store(url, keys, clock).close()
        self._set(url, version=CODE_VERSION + 1, min_code=CODE_VERSION + 1)
        with pytest.raises(StoreUnavailable, match="too old"):
            open_store(url, keys, clock)
        self._set(url, version=CODE_VERSION - 1, min_code=0)
        with pytest.raises(StoreUnavailable) as refused:
            open_store(url, keys, clock)
        assert refused.value.hint == "huiying migrate"

    def test_an_unknown_revision_is_refused(self, url: str) -> None:
        """A database of a later release is not touched."""
        engine = migrating_engine(parsed(url))
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
        engine.dispose()
        with pytest.raises(StoreUnavailable, match="does not know"):
            migrate(url)

    def _set(self, url: str, **facts: int) -> None:
        engine = migrating_engine(parsed(url))
        with engine.begin() as connection:
            for key, value in facts.items():
                connection.execute(
                    text("UPDATE meta SET value = :value WHERE key = :key"), {"key": key, "value": str(value)}
                )
        engine.dispose()


@pytest.mark.slow
def test_an_sqlite_database_is_private(tmp_path: Path) -> None:
    """The directory made for it is 0700, the file 0600, and what SQLite puts beside it is no more open."""
    migrate(f"sqlite:///{tmp_path}/data/huiying.db")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    for path in (tmp_path / "data").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_migrations_import_nothing_of_the_product() -> None:
    """A migration runs the same whatever the code of its day became."""
    for path in SCRIPTS.rglob("*.py"):
        words = path.read_text().split()
        assert not {"store", "core", "huiying"} & set(words), path


def test_other_databases_are_refused() -> None:
    """Only SQLite files and PostgreSQL are known."""
    for url in ("mysql://x/y", "nonsense", "sqlite://"):
        with pytest.raises(BadInput):
            migrate(url)

    def test_messages_of_before_are_found_later(self, empty_url: str) -> None:
        """Where there are messages when the index comes, upkeep is told; a new database has nothing to catch up."""
        migrate(empty_url, to=15)
        engine = migrating_engine(parsed(empty_url))
        blank = {Integer: 0, Text: "", LargeBinary: b""}
        values = {
            c.name: next((v for kind, v in blank.items() if isinstance(_plain(c.type), kind)), 0) for c in message.c
        }
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET session_replication_role = replica"))
            connection.execute(table("message", *map(column, values)).insert().values(values | {"id": 5}))
        migrate(empty_url)
        with engine.connect() as connection:
            known = dict(connection.execute(select(meta.c.key, meta.c.value)).all())
        assert int(known["search_below"]) > 5
        engine.dispose()


def _plain(type_: object) -> object:
    return type_.impl_instance if isinstance(type_, TypeDecorator) else type_
