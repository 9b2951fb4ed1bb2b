"""Fills a database with as many tickets as wanted, by copying what a real sample became, row for row, inside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Engine, Integer, Table, create_engine, text

from store.tables import metadata

_COPIED = (
    "customer", "ledger", "raw_mail", "ticket", "ticket_participant", "message", "message_reference", "decision",
    "promise", "letter", "letter_bytes", "delivery", "audit",
)  # fmt: skip
_TABLES = [table for table in metadata.sorted_tables if table.name in _COPIED]
"""What others refer to comes first."""
_OTHER_IDS = ("linked_to", "superseded_by", "touched")
_SECRET_KEYS = ("address_key", "recipient_key", "digest")
OPEN_EVERY = 20
"""Of so many copies one is still open; the others are closed and their promises kept."""


def fill(url: str, tickets: int, told: Callable[[int], None] = lambda done: None) -> int:
    """Copies the stored sample until about ``tickets`` are there; how many are. The copies are older than the sample,
    of other customers, with keys that nothing else has."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            sample = _sample(connection)
        times = max(0, tickets // sample.tickets - 1)
        for number in range(times, 0, -1):
            with engine.begin() as connection:
                for table in _TABLES:
                    _copy(connection, table, number, sample)
                _copy_words(connection, number, sample)
            told((times - number + 2) * sample.tickets)
        _analyse(engine)
        return sample.tickets * (times + 1)
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """What is copied: its tickets, and how far apart its ids and UIDVALIDITYs are at the most."""

    tickets: int
    span: int
    validities: int


def _sample(connection: Connection) -> _Sample:
    count = int(connection.execute(text("SELECT count(*) FROM ticket")).scalar_one())
    ids = [f"SELECT min(id) AS low, max(id) AS high FROM {name}" for name in ("ledger", "audit", "delivery")]
    low, high = connection.execute(text(f"SELECT min(low), max(high) FROM ({' UNION ALL '.join(ids)}) AS x")).one()
    first, last = connection.execute(text("SELECT min(uidvalidity), max(uidvalidity) FROM ledger")).one()
    return _Sample(tickets=count, span=int(high) - int(low) + 1_000_000, validities=int(last) - int(first) + 1)


def _copy(connection: Connection, table: Table, number: int, sample: _Sample) -> None:
    sqlite = connection.dialect.name == "sqlite"
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(column, number, sample, sqlite=sqlite) for column in table.columns)
    newest = f"SELECT max({_key(table)}) FROM {table.name}"
    least = int(connection.execute(text(newest)).scalar_one()) - sample.span
    connection.execute(
        text(f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {table.name} WHERE {_key(table)} > {least}")
    )


def _copy_words(connection: Connection, number: int, sample: _Sample) -> None:
    """The index by which the copies are found."""
    key = "rowid" if connection.dialect.name == "sqlite" else "id"
    copied = f"{key} - :before, ticket_id - :before, words"
    rows = f"SELECT {copied} FROM message_words WHERE {key} > (SELECT max(id) FROM message) - :span ORDER BY {key}"
    connection.execute(
        text(f"INSERT INTO message_words ({key}, ticket_id, words) {rows}"),
        {"before": number * sample.span, "span": sample.span},
    )


def _key(table: Table) -> str:
    """The column whose ids say which rows are the sample's."""
    names = [column.name for column in table.columns]
    return next(name for name in ("id", "ledger_id", "letter_id", "ticket_id") if name in names)


def _value(column: Column[object], number: int, sample: _Sample, *, sqlite: bool) -> str:
    name, closed = column.name, number % OPEN_EVERY != 0
    if _is_id(column):
        return f'CASE WHEN "{name}" > 0 THEN "{name}" - {number * sample.span} ELSE "{name}" END'
    if name in _SECRET_KEYS:
        return "randomblob(32)" if sqlite else "decode(md5(random()::text), 'hex')"
    if name in ("number", "content_key"):
        return f"\"{name}\" || '.{sample.tickets}.{number}'"
    if name == "uidvalidity":
        return f'"{name}" + {number * sample.validities}'
    if closed and (column.table.name, name) in _CLOSED:
        return _CLOSED[column.table.name, name]
    return f'"{name}"'


def _is_id(column: Column[object]) -> bool:
    """Whether a column names a row by its number."""
    is_number = isinstance(column.type, Integer)
    return is_number and (column.name == "id" or column.name.endswith("_id") or column.name in _OTHER_IDS)


_CLOSED = {
    ("ticket", "state"): "'closed'",
    ("ticket", "is_open"): "false",
    ("ticket", "next_clock"): "''",
    ("promise", "state"): "'kept'",
    ("promise", "warn_at"): "NULL",
}


def _analyse(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
