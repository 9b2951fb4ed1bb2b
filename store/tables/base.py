"""The metadata that all tables share, and how constraints are named."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeEngine

from store.types import Id, Json, UTCDateTime, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key(name: str = "id") -> Column[Any]:
    """The primary key: an id made by us, never by the database."""
    return Column(name, Id, primary_key=True, autoincrement=False)


def link(name: str, target: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Id, ForeignKey(target), nullable=nullable)


def _column(name: str, type_: TypeEngine[Any], nullable: bool) -> Column[Any]:
    return Column(name, type_, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> Column[Any]:
    return _column(name, Id, nullable)


def count(name: str) -> Column[Any]:
    return _column(name, Integer(), False)


def flag(name: str) -> Column[Any]:
    return _column(name, Boolean(), False)


def code(name: str) -> Column[Any]:
    """A word of our own: a state, a kind, a hash."""
    return _column(name, Text(), False)


def words(name: str) -> Column[Any]:
    """Text that may come from outside."""
    return _column(name, Words(), False)


def data(name: str) -> Column[Any]:
    return _column(name, Json(), False)


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    return _column(name, UTCDateTime(), nullable)


def blob(name: str, *, nullable: bool = False) -> Column[Any]:
    """Sealed bytes, a digest or an array."""
    return _column(name, LargeBinary(), nullable)
