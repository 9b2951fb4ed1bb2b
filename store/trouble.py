"""Decides which error of the database is a conflict to retry, which means "try later", and which is our bug."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.domain.errors import Conflict, StoreUnavailable

MIGRATE = "huiying migrate"
_SERIALIZATION = ("40001", "40P01", "55P03")
_UNIQUE = "23505"
_NO_TABLE = "42P01"
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


@contextmanager
def translated() -> Iterator[None]:
    """Raises errors of the database as ours; what is neither a conflict nor unavailable stays what it is."""
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable("All database connections are busy.") from error
    except DBAPIError as error:
        meaning = _sqlite_meaning(error) if isinstance(error.orig, sqlite3.Error) else _postgres_meaning(error)
        if meaning is None:
            raise
        raise meaning from error


def _sqlite_meaning(error: DBAPIError) -> Exception | None:
    number = getattr(error.orig, "sqlite_errorcode", 0)
    if number in _SQLITE_UNIQUE:
        return Conflict(f"The row exists already: {error.orig}.")
    if number & 0xFF in _SQLITE_UNABLE:
        return StoreUnavailable(f"The database cannot be used now: {error.orig}.")
    if "no such table" in str(error.orig):
        return StoreUnavailable("The database has not been set up.", hint=MIGRATE)
    return None


def _postgres_meaning(error: DBAPIError) -> Exception | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == _UNIQUE or state in _SERIALIZATION:
        return Conflict(f"Another transaction was first (SQLSTATE {state}).")
    if state == _NO_TABLE:
        return StoreUnavailable("The database has not been set up.", hint=MIGRATE)
    if isinstance(error, (OperationalError, InterfaceError)) and not isinstance(error, IntegrityError):
        return StoreUnavailable(f"The database cannot be used now: {str(error.orig).splitlines()[0]}")
    return None
