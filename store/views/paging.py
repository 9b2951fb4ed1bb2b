"""Keyset pages: how a page's key is written and read, and where a page ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, Row, Select, func, select

from core.domain.errors import WrongUsage
from core.domain.views import MOST_COUNTED, MOST_ROWS, Page
from store.unit import Unit

Value = TypeVar("Value")
_BEYOND = 1 << 63
"""No database has an integer as large."""


def bounded(limit: int) -> int:
    return max(1, min(limit, MOST_ROWS))


def read_key(key: str, parts: int) -> tuple[int, ...]:
    """The integers of a page's key, empty for the first page. ``WrongUsage`` for a key that is none of ours."""
    if not key:
        return ()
    try:
        numbers = tuple(int(part) for part in key.split("."))
    except ValueError:
        numbers = ()
    if len(numbers) != parts or not all(-_BEYOND < number < _BEYOND for number in numbers):
        raise WrongUsage("The page's key cannot be read.")
    return numbers


def page(
    rows: Sequence[Row[Any]], limit: int, value: Callable[[Row[Any]], Value], key: Callable[[Row[Any]], str]
) -> Page[Value]:
    """The page of at most ``limit`` rows; there was one row more when another page follows."""
    shown = rows[:limit]
    return Page(rows=tuple(value(row) for row in shown), next_key=key(shown[-1]) if len(rows) > limit else "")


def newest_first(
    unit: Unit, query: Select[Any], id_: Column[Any], key: str, limit: int, value: Callable[[Row[Any]], Value]
) -> Page[Value]:
    """A page ordered by falling id; the key is the last id shown."""
    limit = bounded(limit)
    after = read_key(key, 1)
    if after:
        query = query.where(id_ < after[0])
    rows = unit.rows(query.order_by(id_.desc()).limit(limit + 1))
    return page(rows, limit, value, lambda row: str(row.id))


def counted(unit: Unit, query: Select[Any], most: int = MOST_COUNTED) -> int:
    """How many rows, at most ``most``."""
    return int(unit.value(select(func.count()).select_from(query.limit(most).subquery())))
