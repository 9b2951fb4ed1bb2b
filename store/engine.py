"""Opens SQLite or PostgreSQL with the settings on which durability and fairness rest (DESIGN 3.1, 5)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from core.domain.errors import BadInput, StoreUnavailable
from store.fair_lock import FairLock
from store.turn import Turn

BUSY_S = 15.0
"""How long a writer waits for another process, and for its turn in this one."""
_POSTGRES_OPTIONS = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s -c timezone=UTC"
"""A process that freezes within a transaction holds its locks no longer than until it is taken for dead; whoever buries
it ends its connections besides, for one that froze within a pipeline is not idle."""
_READERS, _MORE_READERS = 8, 56
"""40 web threads and the workers read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The two ways into one database; ``lock`` orders this process's writers on SQLite, ``turn`` the processes; a unit
    begins its transaction itself there, with ``begin_reading`` or ``begin_writing``."""

    dialect: str
    reader: Engine
    writer: Engine
    lock: FairLock | None = None
    turn: Turn | None = None
    begin_reading: str = ""
    begin_writing: str = ""

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()
        if self.turn is not None:
            self.turn.close()


def parsed(url: str) -> URL:
    """The database's URL; ``BadInput`` unless it names SQLite or PostgreSQL."""
    if url.startswith("postgres://"):
        url = url.replace("postgres://", "postgresql://", 1)
    try:
        found = make_url(url)
    except ArgumentError:
        raise BadInput(
            "读不懂数据库地址 (the database address cannot be read)", hint="sqlite:////path/huiying.db"
        ) from None
    if found.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadInput(
            f"不支持 {found.get_backend_name()} 数据库 (not supported: sqlite or postgresql)",
            hint="machine.yaml: database",
        )
    return found


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite URL, None for PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise BadInput("SQLite 数据库需要一个文件 (an SQLite database needs a file)", hint="sqlite:////path/huiying.db")
    return Path(url.database)


def open_engines(url: URL, session: str = "") -> Engines:
    """``session`` is by what PostgreSQL knows the connections of this process."""
    path = sqlite_path(url)
    if path is not None:
        return Engines(
            dialect="sqlite",
            reader=sqlite_engine(url, pragmas=("query_only=ON",)),
            writer=sqlite_engine(url, pragmas=("busy_timeout=0",)),  # the turn waits for it
            lock=FairLock(),
            turn=Turn(path),
            begin_reading="BEGIN",
            begin_writing="BEGIN IMMEDIATE",
        )
    engine = postgres_engine(url, session)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    writer = engine.execution_options(isolation_level="READ COMMITTED")
    return Engines(dialect="postgresql", reader=reader, writer=writer)


def sqlite_engine(url: URL, *, begin: str = "", pragmas: tuple[str, ...] = (), foreign_keys: bool = True) -> Engine:
    """An engine whose connections are WAL and synchronous=FULL.

    Its transactions begin with ``begin``; without it whoever connects says so himself, since one event slows every
    statement of an engine."""
    engine = create_engine(
        url,
        pool_size=_READERS,
        max_overflow=_MORE_READERS,
        pool_timeout=BUSY_S,
        hide_parameters=True,
        connect_args={"timeout": BUSY_S},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        # 4 MB a connection, for there may be sixty; the system keeps the pages of the file anyway.
        connection.execute("PRAGMA cache_size=-4000")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    if begin:

        @event.listens_for(engine, "begin")
        def start(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, session: str = "") -> Engine:
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    arguments: dict[str, Any] = {"options": f"{_POSTGRES_OPTIONS} {options}".strip(), "connect_timeout": 10}
    if session:
        arguments["application_name"] = session
    try:
        return create_engine(
            url.difference_update_query(("options",)),
            pool_size=_READERS,
            max_overflow=_MORE_READERS,
            pool_timeout=BUSY_S,
            pool_pre_ping=False,
            hide_parameters=True,
            connect_args=arguments,
        )
    except (NoSuchModuleError, ImportError):
        raise StoreUnavailable(
            "没有安装 PostgreSQL 驱动 (the PostgreSQL driver is not installed)",
            hint="uv pip install 'psycopg[binary]'",
        ) from None
