"""Statements that run for every mail: compiled once and handed straight to the driver, since what lies between costs
more than most of them."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Float, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


def dialect_of(database: str) -> Dialect:
    """How SQL is written for ``sqlite`` or ``postgresql``, without a connection."""
    return sqlite.dialect() if database == "sqlite" else psycopg.dialect()  # type: ignore[no-untyped-call]  # upstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A statement for one database: its SQL, how parameters are written and rows are read."""

    sql: str
    order: tuple[str, ...]
    positional: bool
    fixed: Mapping[str, Any]
    write: Mapping[str, Convert]
    row: Callable[..., Any]
    read: tuple[tuple[int, Convert], ...]

    def parameters(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  what the driver takes
        """Values as the driver wants them."""
        values = {**self.fixed, **given}
        for name, write in self.write.items():
            values[name] = write(values[name])
        return tuple(values[name] for name in self.order) if self.positional else values

    def rows(self, found: list[tuple[Any, ...]]) -> list[Any]:
        """The driver's rows as named tuples of our types."""
        if not self.read:
            return [self.row(*values) for values in found]
        rows = []
        for values in found:
            cells = list(values)
            for place, read in self.read:
                cells[place] = read(cells[place])
            rows.append(self.row(*cells))
        return rows


class Prepared:
    """A statement whose parameters are all single values (no ``expanding``), kept for as long as the process runs.

    It has no columns to read unless it selects or returns some."""

    def __init__(self, statement: Any) -> None:  # noqa: ANN401  a Select or an Insert, Update, Delete: no common type
        self.statement = statement
        self._ready: dict[str, Ready] = {}

    def ready(self, database: str) -> Ready:
        """The statement for ``sqlite`` or ``postgresql``."""
        found = self._ready.get(database)
        if found is None:
            found = self._ready[database] = _compiled(self.statement, dialect_of(database))
        return found


class PreparedList:
    """A statement about a list of values, or about some lists of one length, compiled once for 1, 2, 4, 8 … of them: a
    shorter list is filled up with its last value, which changes nothing where it stands behind IN."""

    def __init__(self, make: Callable[..., Any]) -> None:
        self._make = make
        self._sized: dict[int, Prepared] = {}

    def of(self, *lists: Sequence[Any]) -> tuple[Prepared, dict[str, Any]]:
        """The statement for so many values (at least one), and its parameters."""
        size = 1 << (len(lists[0]) - 1).bit_length()
        names = [[f"each{which}_{place}" for place in range(size)] for which in range(len(lists))]
        if size not in self._sized:
            self._sized[size] = Prepared(self._make(*([bindparam(name) for name in row] for row in names)))
        filled = [[*values, *repeat(values[-1], size - len(values))] for values in lists]
        return self._sized[size], dict(zip(chain(*names), chain(*filled), strict=True))


def _compiled(statement: Any, dialect: Dialect) -> Ready:  # noqa: ANN401  as above
    compiled = statement.compile(dialect=dialect)
    writers = {name: _writer(bind.type, dialect) for bind, name in compiled.bind_names.items()}
    columns = list(statement.exported_columns)
    readers = [(place, _reader(column.type, dialect)) for place, column in enumerate(columns)]
    return Ready(
        sql=str(compiled),
        order=tuple(compiled.positiontup or ()),
        positional=bool(compiled.positional),
        fixed=compiled.params,
        write={name: write for name, write in writers.items() if write},
        row=namedtuple("Row", [column.key or "value" for column in columns], rename=True),
        read=tuple((place, read) for place, read in readers if read),
    )


def _writer(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(type_, Float):
        return None  # both drivers give a float; SQLAlchemy would ask the cursor for the column's type
    return type_.dialect_impl(dialect).result_processor(dialect, None)
