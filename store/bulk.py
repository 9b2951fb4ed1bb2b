"""Inserts many rows with one statement compiled once: filing is serial, so what it costs bounds all mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from store.prepared import dialect_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkInsert:
    """The driver's SQL, the columns in its order, and how each value is written (None: as it is)."""

    sql: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    positional: bool

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401  what the driver takes
        """The rows as the driver wants them."""
        if self.positional:
            return [tuple(write(row[name]) if write else row[name] for name, write in self.columns) for row in rows]
        return [{name: write(row[name]) if write else row[name] for name, write in self.columns} for row in rows]


@cache
def bulk_insert(database: str, table: Table, names: tuple[str, ...], unique: tuple[str, ...]) -> BulkInsert:
    """An insert of those columns; rows whose ``unique`` columns exist already are left out, if any are named."""
    insert: Any = sqlite.insert(table) if database == "sqlite" else postgresql.insert(table)
    dialect = dialect_of(database)
    if unique:
        insert = insert.on_conflict_do_nothing(index_elements=unique)
    compiled = insert.compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup or names
    return BulkInsert(
        sql=str(compiled),
        columns=tuple((name, _writer(table, name, dialect)) for name in order),
        positional=bool(compiled.positiontup),
    )


def _writer(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    type_ = table.c[name].type
    return type_.bind_processor(dialect) if isinstance(type_, TypeDecorator) else None
