"""Which columns hold sealed values, which data key seals each of them, and how they are sealed anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, bindparam, func, literal, select, tuple_

from core.domain.errors import KeyMissing, Unreadable
from core.domain.keys import RenewedRow, SealedRows
from store.sealed import HEAD, readable
from store.tables import (
    address_mark,
    customer,
    delivery,
    letter,
    letter_bytes,
    letter_file,
    message,
    meta,
    notice_copy,
    oauth_token,
    raw_mail,
    second_factor,
)
from store.unit import Unit
from store.version import NEWEST_KEY

_FAULT = "unreadable:"
ROWS, BYTES = 200, 4_000_000
"""So much is read and written in one step."""


_Key = tuple[Any, ...]


def _typed(key: Column[Any], word: str) -> int | bytes | str:
    """A part of a place as its column has it."""
    kind = key.type.python_type
    return int(word) if kind is int else bytes.fromhex(word) if kind is bytes else word


def _joined(row: tuple[Any, ...]) -> str:
    return ".".join(map(str, row))


@dataclass(frozen=True, slots=True)
class _SealedTable:
    """``place`` is what stands for a row behind table and column in the place of a sealed value."""

    table: Table
    columns: tuple[str, ...]
    place: Callable[[tuple[Any, ...]], str] = _joined

    @property
    def key(self) -> list[Column[Any]]:
        return list(self.table.primary_key)

    def place_of(self, column: str, row: tuple[Any, ...]) -> str:
        return f"{self.table.name}.{column}.{self.place(row)}"


_SEALED = {
    each.table.name: each
    for each in (
        _SealedTable(raw_mail, ("data",)),
        _SealedTable(message, ("addresses",)),
        _SealedTable(customer, ("address", "phone")),
        _SealedTable(letter, ("recipient", "sealed", "answer")),
        _SealedTable(letter_bytes, ("recipients", "data")),
        _SealedTable(letter_file, ("name", "data")),
        _SealedTable(delivery, ("answer",)),
        _SealedTable(notice_copy, ("answer",)),
        _SealedTable(address_mark, ("address",), lambda row: row[0].hex()),
        _SealedTable(oauth_token, ("access", "refresh")),
        _SealedTable(second_factor, ("secret", "pending")),
    )
}


def _seen(heads: Mapping[_Key, Mapping[str, bytes]], following: _Key | None) -> SealedRows:
    by_key = Counter(number for by in heads.values() for number in {head[0] for head in by.values()})
    return SealedRows(rows=len(heads), by_key=by_key, after=following)


class SqlSealed:
    """Conforms to ``huiying.flows.sealed.Sealed``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(_SEALED)

    def size(self, table: str) -> int:
        return int(self._unit.value(select(func.count()).select_from(_SEALED[table].table)))

    def look(self, table: str, after: tuple[Any, ...]) -> SealedRows:
        keys, following = self._step(_SEALED[table], after)
        heads = self._heads(_SEALED[table], keys)
        return _seen(heads, following)

    def renewed(self, table: str, after: tuple[Any, ...]) -> tuple[SealedRows, tuple[RenewedRow, ...]]:
        sealed, newest = _SEALED[table], self._unit.seal.writes_with
        keys, following = self._step(sealed, after)
        heads = self._heads(sealed, keys)
        old = {row: {name: head for name, head in by.items() if head[0] != newest} for row, by in heads.items()}
        old = {row: by for row, by in old.items() if by}
        rows = tuple(self._renewed(sealed, old)) if old else ()
        return replace(_seen(heads, following), unreadable=len(old) - len(rows)), rows

    def _step(self, sealed: _SealedTable, after: tuple[Any, ...]) -> tuple[list[_Key], _Key | None]:
        """The keys of the next rows, as many as are read at once, and where the step after this one begins."""
        size = sum((func.coalesce(func.length(sealed.table.c[name]), 0) for name in sealed.columns), literal(0))
        rows = select(*sealed.key, size).order_by(*sealed.key).limit(ROWS)
        keys: list[_Key] = []
        total = 0
        found = self._unit.rows(rows.where(tuple_(*sealed.key) > after) if after else rows)
        for row in found:
            total += row[-1]
            if keys and total > BYTES:
                break
            keys.append(tuple(row[:-1]))
        is_last = len(keys) == len(found) < ROWS
        return keys, None if is_last else keys[-1]

    def _heads(self, sealed: _SealedTable, keys: list[_Key]) -> dict[_Key, dict[str, bytes]]:
        """How the values of each of these rows begin."""
        firsts = [func.substr(sealed.table.c[name], 1, HEAD, type_=LargeBinary()) for name in sealed.columns]
        found = self._by_key(sealed, firsts, keys)
        return {
            key: {name: bytes(head) for name, head in zip(sealed.columns, heads, strict=True) if head}
            for key, heads in found.items()
        }

    def _renewed(self, sealed: _SealedTable, old: Mapping[_Key, dict[str, bytes]]) -> Iterator[RenewedRow]:
        found = self._by_key(sealed, [sealed.table.c[name] for name in sealed.columns], list(old))
        for key, heads in old.items():
            values = dict(zip(sealed.columns, found[key], strict=True))
            # A damaged value stays as it is: others must not wait for what nobody can open.
            with suppress(Unreadable, KeyMissing):
                anew = {name: self._unit.seal.renew(values[name], sealed.place_of(name, key)) for name in heads}
                yield RenewedRow(row=key, heads=heads, values=anew)

    def _by_key(
        self, sealed: _SealedTable, columns: Sequence[ColumnElement[Any]], keys: list[_Key]
    ) -> dict[_Key, tuple[Any, ...]]:
        rows = select(*sealed.key, *columns).where(tuple_(*sealed.key).in_(keys)).order_by(*sealed.key)
        width = len(sealed.key)
        return {tuple(row[:width]): tuple(row[width:]) for row in (self._unit.rows(rows) if keys else ())}

    def put(self, table: str, rows: Sequence[RenewedRow]) -> bool:
        sealed = _SEALED[table]
        return all(self._put(sealed, name, [row for row in rows if name in row.values]) for name in sealed.columns)

    def _put(self, sealed: _SealedTable, name: str, rows: list[RenewedRow]) -> bool:
        """Only what is still as it was read: whoever wrote meanwhile knows better."""
        column = sealed.table.c[name]
        here = [key == bindparam(f"key_{place}") for place, key in enumerate(sealed.key)]
        as_it_was = func.substr(column, 1, HEAD, type_=LargeBinary()) == bindparam("head")
        change = sealed.table.update().where(*here, as_it_was).values({name: bindparam("sealed_anew")})
        changes = [
            {f"key_{place}": value for place, value in enumerate(row.row)}
            | {"head": row.heads[name], "sealed_anew": row.values[name]}
            for row in rows
        ]
        return self._unit.change(change, changes, quiet=True) == len(rows)

    def newest(self) -> int:
        return int(self._unit.value(select(meta.c.value).where(meta.c.key == NEWEST_KEY)) or 1)

    def met(self) -> frozenset[str]:
        return frozenset(self._unit.seal.faults)

    def faults(self) -> tuple[str, ...]:
        return tuple(sorted(place for place in self._noted() if self._is_faulty(place)))

    def note_faults(self, places: Collection[str]) -> None:
        for place in self._noted():
            if not self._is_faulty(place):
                self._unit.change(meta.delete().where(meta.c.key == _FAULT + place), quiet=True)
        faulty = [{"key": _FAULT + place, "value": ""} for place in sorted(places) if self._is_faulty(place)]
        self._unit.add_new(meta, faulty, "key")

    def _noted(self) -> tuple[str, ...]:
        noted = select(meta.c.key).where(meta.c.key.startswith(_FAULT)).limit(ROWS)
        return tuple(row.key.removeprefix(_FAULT) for row in self._unit.rows(noted))

    def _is_faulty(self, place: str) -> bool:
        """Whoever was erased, and what was written anew, is none any more."""
        name, column, row = place.split(".", 2)
        sealed = _SEALED.get(name)
        if sealed is None or column not in sealed.columns:
            return True
        words = row.split(".") if len(sealed.key) > 1 else [row]
        here = [key == _typed(key, word) for key, word in zip(sealed.key, words, strict=False)]
        found = self._unit.rows(select(sealed.table.c[column]).where(*here, sealed.table.c[column].is_not(None)))
        return any(readable(partial(self._unit.seal.open, value, place), None) is None for (value,) in found)

    def note_newest(self) -> None:
        insert = self._unit.insert(meta).values(key=NEWEST_KEY, value=str(self._unit.seal.writes_with))
        again = {"value": insert.excluded.value}
        self._unit.change(insert.on_conflict_do_update(index_elements=["key"], set_=again), quiet=True)
