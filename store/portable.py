"""The portable dump: compressed JSON lines, the same for both databases; sealed values stay sealed."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, column, not_, select, table, type_coerce
from sqlalchemy.types import TypeDecorator

from core.domain.bundle import MAKER
from core.domain.errors import BadInput
from store.tables import ledger, metadata, publication, ticket, user

_FORMAT = "huiying-backup"
_GZIP = b"\x1f\x8b"
_AT_ONCE = 500
_HOLDS_DATA = (ledger, ticket, user)


def is_portable(head: bytes) -> bool:
    return head.startswith(_GZIP)


def is_empty(connection: Connection) -> bool:
    """Whether nothing has happened in this database yet: nobody published anything but ``init`` what ships."""
    first = publication.c.author == MAKER
    holds = (select(each) for each in _HOLDS_DATA)
    return all(
        connection.execute(one.limit(1)).first() is None for one in (*holds, select(publication).where(not_(first)))
    )


def is_untouched(connection: Connection) -> bool:
    """Whether not even ``init`` has published anything."""
    return connection.execute(select(publication).limit(1)).first() is None


def dump(connection: Connection, file: Path, schema: int) -> None:
    """Writes all tables, in an order in which they can be filled, and a last line that proves completeness."""
    with gzip.open(file, "wt", encoding="utf-8", newline="\n", compresslevel=3) as out:

        def line(value: object) -> None:
            out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

        line({"format": _FORMAT, "schema": schema, "note": "The key ring is not in this file."})
        total = 0
        for each in metadata.sorted_tables:
            sealed = [c.name for c in each.columns if isinstance(c.type, LargeBinary)]
            line({"table": each.name, "columns": [c.name for c in each.columns], "binary": sealed})
            for row in _rows(connection, each):
                line([b64encode(item).decode() if isinstance(item, bytes) else item for item in row])
                total += 1
        line({"end": total})


def _rows(connection: Connection, each: Table) -> Iterator[Sequence[Any]]:
    query = select(*[_as_stored(c) for c in each.columns]).order_by(*each.primary_key.columns)
    yield from connection.execution_options(yield_per=_AT_ONCE).execute(query)


def _as_stored(c: Column[Any]) -> Any:  # noqa: ANN401  a column expression
    return type_coerce(c, c.type.impl_instance) if isinstance(c.type, TypeDecorator) else c


def schema_of(file: Path) -> int:
    """The schema whose tables a dump fills."""
    with _opened(file) as lines:
        return int(_header(lines)["schema"])


class _opened:
    """The JSON values of a dump's lines; ``BadInput`` where it is damaged."""

    def __init__(self, file: Path) -> None:
        self._text = gzip.open(file, "rt", encoding="utf-8")  # noqa: SIM115  closed in __exit__

    def __enter__(self) -> Iterator[Any]:
        return self._values()

    def _values(self) -> Iterator[Any]:
        try:
            for text in self._text:
                yield json.loads(text)
        except (OSError, EOFError, ValueError):
            raise BadInput("备份已损坏或不完整 (the backup is damaged or was cut short)") from None

    def __exit__(self, *_: object) -> None:
        self._text.close()


def _header(lines: Iterator[Any]) -> dict[str, Any]:
    first = next(lines, None)
    if not isinstance(first, dict) or first.get("format") != _FORMAT:
        raise BadInput("不是回应的备份 (not a backup of Huiying)")
    return first


def load(connection: Connection, file: Path) -> None:
    """Fills the tables from a dump; one that was cut short is refused as a whole (the caller rolls back)."""
    with _opened(file) as lines:
        _header(lines)
        total, end = 0, None
        current: dict[str, Any] = {}
        while end is None:
            values = list(islice(lines, _AT_ONCE))
            if not values:
                raise BadInput("备份已损坏或不完整 (the backup is damaged or was cut short)")
            waiting: list[list[Any]] = []
            for value in values:
                if isinstance(value, list):
                    waiting.append(value)
                    continue
                total += _insert(connection, current, waiting)
                waiting = []
                if "end" in value:
                    end = value["end"]
                    break
                current = value
                connection.execute(table(current["table"]).delete())
            total += _insert(connection, current, waiting)
        if end != total:
            raise BadInput("备份已损坏或不完整 (the backup is damaged or was cut short)")


def _insert(connection: Connection, current: dict[str, Any], rows: list[list[Any]]) -> int:
    if rows:
        names, binary = current["columns"], set(current["binary"])
        target = table(current["table"], *[column(name) for name in names])
        connection.execute(target.insert(), [dict(zip(names, _read(row, names, binary), strict=True)) for row in rows])
    return len(rows)


def _read(row: list[Any], names: list[str], binary: set[str]) -> list[Any]:
    return [
        b64decode(item) if name in binary and item is not None else item for name, item in zip(names, row, strict=True)
    ]
