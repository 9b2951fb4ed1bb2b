"""What is read out of a JSON column within the database, alike on both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Float, Text, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement


class member(FunctionElement[str]):
    """The value of a mapping's key, '' where there is none; the key is a word of ours."""

    type = Text()
    inherit_cache = True


class mean_of(FunctionElement[float]):
    """The mean of the numbers in a list of (name, number) pairs, NULL for an empty one."""

    type = Float()
    inherit_cache = True


def plucked(column: ColumnElement[Any], key: str) -> ColumnElement[str]:
    return member(type_coerce(column, Text), key)


def mean_of_pairs(column: ColumnElement[Any]) -> ColumnElement[float]:
    return mean_of(type_coerce(column, Text))


@compiles(member, "sqlite")
def _member_on_sqlite(element: member, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  upstream's
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"COALESCE(json_extract({column}, '$.' || {key}), '')"


@compiles(member, "postgresql")
def _member_on_postgresql(element: member, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  upstream's
    column, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"COALESCE(CAST({column} AS json) ->> {key}, '')"


@compiles(mean_of, "sqlite")
def _mean_on_sqlite(element: mean_of, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  upstream's
    [column] = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(SELECT AVG(json_extract(value, '$[1]')) FROM json_each({column}))"  # noqa: S608  a column of ours


@compiles(mean_of, "postgresql")
def _mean_on_postgresql(element: mean_of, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401  upstream's
    [column] = (compiler.process(clause, **kw) for clause in element.clauses)
    pairs = f"json_array_elements(CAST({column} AS json)) AS pair"
    return f"(SELECT AVG(CAST(pair ->> 1 AS float)) FROM {pairs})"  # noqa: S608  as above
