"""How instants, words, JSON and ids are stored: the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from core.text.storable import storable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Id = BigInteger().with_variant(Integer(), "sqlite")
"""A 63-bit id; on SQLite an INTEGER, so that a single primary key is the row's own place."""


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    if instant.tzinfo is None:
        raise ValueError("a naive instant cannot be stored")
    return (instant - EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant as integer microseconds since 1970: exact, ordered and alike on both databases."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:
        return _write_instant

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:
        return _read_instant


def _write_instant(value: datetime | None) -> int | None:
    return None if value is None else to_micros(value)


def _read_instant(value: int | None) -> datetime | None:
    return None if value is None else from_micros(value)


class Words(TypeDecorator[str]):
    """Text that may come from outside; what a database would refuse is replaced, so that no mail is blocked."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[str | None], str | None]:
        return _write_words


def _write_words(value: str | None) -> str | None:
    return storable(value) if value else value


class Json(TypeDecorator[Any]):
    """Plain data as compact JSON text with its Chinese left readable."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return _write_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _read_json


def _write_json(value: Any) -> str:  # noqa: ANN401  any plain data
    if not value and isinstance(value, (tuple, list, dict)):
        return "{}" if isinstance(value, dict) else "[]"
    return storable(_ENCODER.encode(value))


class JsonOnce(Json):
    """A list that many look-ups read again within minutes: as a tuple, read once while it is asked for."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _read_once


@lru_cache(maxsize=4_096)
def _read_once(value: str | None) -> tuple[Any, ...]:
    return tuple(_read_json(value) or ())


def _read_json(value: str | None) -> Any:  # noqa: ANN401  any plain data
    return None if value is None else json.loads(value)
