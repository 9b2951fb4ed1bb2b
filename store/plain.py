"""Turns frozen values into plain JSON data and back into equal values, by their type hints."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
_Turn = Callable[[Any], Any]
_Turns = tuple[_Turn | None, _Turn | None]
"""How to write and how to read; None where the value is plain already."""


def to_plain(value: Any) -> Any:  # noqa: ANN401  any frozen value of core.domain
    """Plain data (dict, list, str, number, None) of a frozen value."""
    kind: Any = type(value)
    write, _ = _dataclass(kind)
    return write(value)


def from_plain(kind: type[Value], data: Any) -> Value:  # noqa: ANN401  whatever JSON gave
    """The value of that class; a field that was stored before it existed takes its default."""
    wanted: Any = kind
    _, read = _dataclass(wanted)
    return cast(Value, read(data))


@cache
def _dataclass(kind: Any) -> tuple[_Turn, _Turn]:  # noqa: ANN401  a dataclass; a cache wants it hashable
    hints = get_type_hints(kind)
    turns = tuple((field.name, *_turns(hints[field.name])) for field in fields(kind))

    def write(value: Any) -> dict[str, Any]:  # noqa: ANN401  a value of ``kind``
        out = {}
        for name, turn, _ in turns:
            item = getattr(value, name)
            out[name] = turn(item) if turn else item
        return out

    def read(data: dict[str, Any]) -> Any:  # noqa: ANN401  a value of ``kind``
        return kind(**{name: turn(data[name]) if turn else data[name] for name, _, turn in turns if name in data})

    return write, read


@cache
def _turns(hint: Any) -> _Turns:  # noqa: ANN401  a type hint
    if get_origin(hint) is not None:
        return _generic(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return (lambda value: value.value), hint
    if hint is datetime:
        return _write_instant, datetime.fromisoformat
    return None, None


def _generic(hint: Any) -> _Turns:  # noqa: ANN401  a generic alias
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        write, read = _turns(next(arg for arg in args if arg is not type(None)))
        return _unless_none(write), _unless_none(read)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        write, read = _turns(args[0])
        return _each(write, list), _each(read, tuple)
    if origin is tuple:
        return list, tuple
    if isinstance(origin, type) and issubclass(origin, Mapping):
        write, read = _turns(args[1])
        return _each_value(write), _each_value(read)
    raise TypeError(f"no plain form is known for {hint}")


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _unless_none(turn: _Turn | None) -> _Turn | None:
    return None if turn is None else lambda value: None if value is None else turn(value)


def _each(turn: _Turn | None, into: Callable[[Any], Any]) -> _Turn:
    return into if turn is None else lambda value: into([turn(item) for item in value])


def _each_value(turn: _Turn | None) -> _Turn:
    return dict if turn is None else lambda value: {key: turn(item) for key, item in value.items()}
