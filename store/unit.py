"""One database transaction: begun at its first statement, committed or rolled back as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Connection, CursorResult, Executable, Row, Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from core.domain.errors import StoreUnavailable
from store.bulk import bulk_insert
from store.engine import BUSY_S, Engines
from store.prepared import Prepared
from store.sealed import Seal
from store.trouble import translated

Params = Mapping[str, Any]
Rows = Sequence[Row[Any]]
CHANNEL = "huiying_changes"
"""Where PostgreSQL tells other processes of commits."""
_CLOCKS = {
    "sqlite": "CAST(ROUND((julianday('now') - 2440587.5) * 86400000000.0) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
}


def clock_of(dialect: str) -> ColumnElement[int]:
    """That database's own clock, as ``Unit.db_now``."""
    return literal_column(_CLOCKS[dialect], type_=BigInteger())


def inserting(dialect: str, table: Table) -> Any:  # noqa: ANN401  their inserts share no type with ON CONFLICT
    """An insert that knows ON CONFLICT on that database."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _executed(driver: Any, sql: str, rows: Sequence[Any]) -> Any:  # noqa: ANN401  the driver's connection and cursor
    """The cursor that ran it for each row. For one alone psycopg begins no pipeline."""
    cursor = driver.cursor()
    if len(rows) == 1:
        cursor.execute(sql, rows[0])
    else:
        cursor.executemany(sql, rows)
    return cursor


class _Driver:
    """The driver's own connection. One that broke meanwhile is not lent again."""

    __slots__ = ("_connection", "_driver")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.dbapi_connection

    def __enter__(self) -> Any:  # noqa: ANN401  the driver's connection
        return self._driver

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and getattr(self._driver, "closed", False):
            self._connection.invalidate(error)


class Unit:
    """What the repositories share. Beginning late keeps compressing and sealing outside SQLite's one lock."""

    def __init__(self, engines: Engines, seal: Seal, ids: Callable[[], int], *, writing: bool) -> None:
        self.seal = seal
        self.ids = ids
        self.dialect = engines.dialect
        self._engines = engines
        self._writing = writing
        self._connection: Connection | None = None
        self.writes = 0
        """Statements that write, so far: what was read before one may be different after it."""
        self._tell = False
        self._over = False

    @property
    def db_now(self) -> ColumnElement[int]:
        """The database's own clock, in microseconds since 1970; leases and heartbeats know no other."""
        return clock_of(self.dialect)

    def rows(self, statement: Executable | Prepared, params: Params | None = None) -> Rows:
        with translated():
            if isinstance(statement, Prepared):
                return self._prepared(statement, params, self._begun())
            return self._begun().execute(statement, params).all()

    def row(self, statement: Executable | Prepared, params: Params | None = None) -> Row[Any] | None:
        if isinstance(statement, Prepared):
            found = self.rows(statement, params)
            return found[0] if found else None
        with translated():
            return self._begun().execute(statement, params).first()

    def value(self, statement: Executable | Prepared, params: Params | None = None) -> Any:  # noqa: ANN401  a column's type
        found = self.row(statement, params)
        return None if found is None else found[0]

    def change(
        self,
        statement: Executable | Prepared,
        params: Params | Sequence[Params] | None = None,
        *,
        quiet: bool = False,
    ) -> int:
        """Runs a writing statement (many times for a list) and counts the rows; ``quiet`` wakes nobody."""
        if isinstance(params, list) and not params:
            return 0
        with translated():
            if isinstance(statement, Prepared):
                count = self._prepared_change(statement, params or {})
            else:
                result: CursorResult[Any] = self._for_writing().execute(statement, params)
                count = result.rowcount
        self._tell = self._tell or (not quiet and count != 0)
        return count

    def changed(self, statement: Executable | Prepared, params: Params | None = None, *, quiet: bool = False) -> Rows:
        """Runs a writing statement with RETURNING."""
        with translated():
            connection = self._for_writing()
            if isinstance(statement, Prepared):
                found = self._prepared(statement, params, connection)
            else:
                found = connection.execute(statement, params).all()
        self._tell = self._tell or (not quiet and bool(found))
        return found

    def _prepared(self, statement: Prepared, params: Params | None, connection: Connection) -> Rows:
        ready = statement.ready(self.dialect)
        with _Driver(connection) as driver:
            found = driver.execute(ready.sql, ready.parameters(params or {})).fetchall()
        return ready.rows(found)

    def _prepared_change(self, statement: Prepared, params: Params | Sequence[Params]) -> int:
        ready = statement.ready(self.dialect)
        every = [params] if isinstance(params, Mapping) else params
        with _Driver(self._for_writing()) as driver:
            cursor = _executed(driver, ready.sql, [ready.parameters(each) for each in every])
        return int(cursor.rowcount)

    def add(self, table: Table, rows: Sequence[Params]) -> None:
        """Inserts rows, one executemany."""
        self._insert(table, rows, ())

    def add_new(self, table: Table, rows: Sequence[Params], *unique: str) -> None:
        """Inserts rows, leaving out those whose ``unique`` columns exist already."""
        self._insert(table, rows, unique)

    def _insert(self, table: Table, rows: Sequence[Params], unique: tuple[str, ...]) -> None:
        if not rows:
            return
        bulk = bulk_insert(self.dialect, table, tuple(rows[0]), unique)
        parameters = bulk.parameters(rows)
        with translated(), _Driver(self._for_writing()) as driver:
            _executed(driver, bulk.sql, parameters)
        self._tell = True

    def insert(self, table: Table) -> Any:  # noqa: ANN401  as below
        return inserting(self.dialect, table)

    def finish(self) -> None:
        """Commits, if anything was done."""
        self._over = True
        connection = self._connection
        if connection is None:
            return
        try:
            with translated():
                if self._tell and self.dialect == "postgresql":
                    # One way to the server for both; for the driver the transaction is over then.
                    connection.exec_driver_sql(f"NOTIFY {CHANNEL}; COMMIT")
                connection.commit()
        finally:
            self._end()

    def abandon(self) -> None:
        """Rolls back, if anything was done."""
        self._over = True
        if self._connection is None:
            return
        try:
            with translated():
                self._connection.rollback()
        finally:
            self._end()

    def _for_writing(self) -> Connection:
        if not self._writing:
            raise RuntimeError("this is a reading transaction")
        self.writes += 1
        return self._begun()

    def _begun(self) -> Connection:
        if self._connection is not None:
            return self._connection
        if self._over:
            raise RuntimeError("this transaction is over")
        lock = self._engines.lock if self._writing else None
        if lock is not None and not lock.acquire(BUSY_S):
            raise StoreUnavailable("数据库正忙于其他写入 (the database is busy with other writers)")
        try:
            self._connection = self._connected()
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return self._connection

    def _connected(self) -> Connection:
        engines = self._engines
        engine, begin = (
            (engines.writer, engines.begin_writing) if self._writing else (engines.reader, engines.begin_reading)
        )
        connection = engine.connect()
        try:
            connection.begin()
            if begin:
                with _Driver(connection) as driver:
                    self._begin(partial(driver.execute, begin))
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin(self, begin: Callable[[], object]) -> None:
        turn = self._engines.turn if self._writing else None
        if turn is None:
            begin()
        else:
            turn.begin(begin, BUSY_S)

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
        finally:
            if self._writing and self._engines.lock is not None:
                self._engines.lock.release()
