"""Creates and upgrades the schema with Alembic, which nothing else imports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select
from sqlalchemy.engine import URL

from core.domain.errors import BadInput, StoreUnavailable
from store.engine import parsed, postgres_engine, sqlite_engine, sqlite_path
from store.tables import meta
from store.trouble import translated
from store.version import MIN_CODE, VERSION

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Engine

SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 0x48755969
"""The PostgreSQL advisory lock that two migrating processes take in turn."""


def migrate(url: str, *, to: int | None = None) -> int:
    """Brings the database to the newest schema (or to that version), creating it where there is none; its version.

    All of it is one transaction. An SQLite file's directory is made private (0700) when it is made here."""
    from alembic import command
    from alembic.util.exc import CommandError

    where = parsed(url)
    _prepare(where)
    engine = migrating_engine(where)
    try:
        with translated(), engine.begin() as connection:
            if where.get_backend_name() == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
            config = alembic_config(connection)
            command.upgrade(config, "head" if to is None else _revision_of(to, config))
            return _fact(connection, VERSION)
    except CommandError as error:
        raise StoreUnavailable(
            f"本程序不认识这个数据库的结构 (the database has a schema that this program does not know): {error}",
            hint="换用升级后的程序 (use the program that upgraded it)",
        ) from None
    finally:
        engine.dispose()


def schema_version(url: str) -> int:
    """The version of the database's schema, 0 when it has none."""
    return _read_fact(url, VERSION)


def min_code(url: str) -> int:
    """The oldest schema version whose code can work with this database."""
    return _read_fact(url, MIN_CODE)


def migrating_engine(where: URL) -> Engine:
    if sqlite_path(where) is not None:
        # Altering a table on SQLite rebuilds it; that must not trip over its references.
        return sqlite_engine(where, begin="BEGIN IMMEDIATE", foreign_keys=False)
    return postgres_engine(where)


def alembic_config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _revision_of(version: int, config: Config) -> str:
    from alembic.script import ScriptDirectory

    for script in ScriptDirectory.from_config(config).walk_revisions():
        if version == script.module.VERSION:
            return script.revision
    raise BadInput(f"Schema {version} is not known to this program.")


def _prepare(where: URL) -> None:
    path = sqlite_path(where)
    if path is None or path.exists():
        return
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _read_fact(url: str, key: str) -> int:
    where = parsed(url)
    path = sqlite_path(where)
    if path is not None and not path.is_file():
        return 0
    engine = migrating_engine(where)
    try:
        with translated(), engine.begin() as connection:
            return _fact(connection, key) if inspect(connection).has_table(meta.name) else 0
    finally:
        engine.dispose()


def _fact(connection: Connection, key: str) -> int:
    return int(connection.scalar(select(meta.c.value).where(meta.c.key == key)) or 0)
