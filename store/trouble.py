"""Decides which error of the database is a conflict to retry, which means "try later", and which is our bug."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.domain.errors import BadInput, Conflict, StoreUnavailable

MIGRATE = "huiying migrate"
_SERIALIZATION = ("40001", "40P01", "55P03")
_UNIQUE = "23505"
_NO_TABLE = "42P01"
_UNREACHABLE = {"OperationalError", "InterfaceError"}
"""psycopg's, named and not imported: it is not installed everywhere."""
_SQLITE_UNIQUE = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
_SQLITE_UNABLE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
)


class translated:
    """Raises errors of the database as ours, SQLAlchemy's and the driver's own alike; what is neither a conflict nor
    unavailable nor a character that PostgreSQL cannot hold stays what it is."""

    __slots__ = ()

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, Exception):
            return
        if isinstance(error, PoolTimeout):
            raise StoreUnavailable("数据库连接都在使用中 (all database connections are busy)") from error
        meaning = _meaning(error.orig if isinstance(error, DBAPIError) else error)
        if meaning is not None:
            raise meaning from error


def _meaning(error: BaseException | None) -> Exception | None:
    if isinstance(error, UnicodeEncodeError):
        return BadInput("文字里有不能保存的字符 (a text has a character that cannot be stored)")
    if isinstance(error, sqlite3.Error):
        return _sqlite_meaning(error)
    return _postgres_meaning(error) if type(error).__module__.startswith("psycopg") else None


def _sqlite_meaning(error: sqlite3.Error) -> Exception | None:
    number = getattr(error, "sqlite_errorcode", 0)
    if number in _SQLITE_UNIQUE:
        return Conflict(f"The row exists already: {error}.")
    if number & 0xFF in _SQLITE_UNABLE:
        return StoreUnavailable(
            f"数据库现在不能使用 (the database cannot be used now): {error}", hint=_sqlite_hint(number & 0xFF)
        )
    if "no such table" in str(error):
        return StoreUnavailable("数据库还没有建立 (the database has not been set up)", hint=MIGRATE)
    return None


def _sqlite_hint(number: int) -> str:
    """What helps against it, where something does."""
    if number in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "恢复备份 (restore a backup): huiying restore FILE"
    if number in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
        return "检查数据目录的属主和权限 (look at the owner and the rights of the data folder)"
    if number == sqlite3.SQLITE_FULL:
        return "清出磁盘空间 (make room on the disk)"
    return "稍后再试 (try later)"


def _postgres_meaning(error: BaseException | None) -> Exception | None:
    state = getattr(error, "sqlstate", None) or ""
    if state == _UNIQUE or state in _SERIALIZATION:
        return Conflict(f"Another transaction was first (SQLSTATE {state}).")
    if state == _NO_TABLE:
        return StoreUnavailable("数据库还没有建立 (the database has not been set up)", hint=MIGRATE)
    if type(error).__name__ == "DataError" and "NUL" in str(error):
        return BadInput("文字里有不能保存的零字符 (a text has a NUL character)")
    if {each.__name__ for each in type(error).__mro__} & _UNREACHABLE:
        return StoreUnavailable(
            f"数据库现在不能使用 (the database cannot be used now): {str(error).splitlines()[0]}",
            hint="machine.yaml: database; 稍后再试 (or try later)",
        )
    return None
