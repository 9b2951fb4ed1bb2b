"""Measures the clocks' sweep: what ten due promises cost among few and among many, and how a backlog drains.

Run: ``python -m benchmarks.tick [--stored 1000 1000000] [--due 10 1000] [--backlog 10000]``; one JSON object a line.
Everything is SQLite in a temporary folder: cost must follow what is due, never what is stored.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.keys import KeyRing
from core.domain.signer import Signer
from core.settings.folder import read_folder
from core.text.segment import Segmenter
from huiying.app.home import shipped_config
from huiying.app.wake import Bells
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.tick import tick
from ingest.workers import InProcessParser
from store.migrate import migrate
from store.open import SqlStore, open_store

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
FAR = NOW + timedelta(days=30)
MICROS = 1_000_000


class _NoSuggester:
    """The clock's round asks no model; one that did would be told so."""

    version = ""

    def suggest(self, messages: object) -> tuple[object, ...]:
        raise NotImplementedError


class _NoTransport:
    """The clock's round only files letters; one that sent any would be told so."""

    def send(self, letters: object) -> tuple[object, ...]:
        raise NotImplementedError

    def close(self) -> None:
        return


def _context(url: str) -> tuple[Context, SqlStore]:
    keys = KeyRing(data={1: b"d" * 32}, index=b"i" * 32, signing={"b": b"s" * 32}, signs_with="b")
    migrate(url)
    store = open_store(url, keys, lambda: NOW)
    desk, problems = compile_desk(read_folder(shipped_config()))
    assert desk is not None and not problems
    context = Context(
        store=store,
        now=lambda: NOW,
        ids=store.ids,
        signer=Signer(keys.signing, keys.signs_with),
        parser=InProcessParser([]),
        transport=_NoTransport(),  # type: ignore[arg-type]  # nothing is sent here
        hooks=_NoTransport(),  # type: ignore[arg-type]  # nobody is told here
        mail_signer=_NoTransport(),  # type: ignore[arg-type]  # nothing is signed here
        wake=Bells(),
        suggester=_NoSuggester,  # type: ignore[arg-type]  # nothing is suggested here
        desk=lambda: desk,
        desk_of=lambda _: desk,
        segmenter=Segmenter(),
    )
    return context, store


def _micros(instant: datetime) -> int:
    return int(instant.timestamp()) * MICROS


def _fill(path: Path, first: int, count: int, due: datetime) -> None:
    """Tickets with one running promise each, whose first warning comes at ``due``; written as rows, for speed."""
    db = sqlite3.connect(path)
    ticket_names = [row[1] for row in db.execute("PRAGMA table_info(ticket)")]
    promise_names = [row[1] for row in db.execute("PRAGMA table_info(promise)")]
    instant = _micros(due)
    common = dict.fromkeys(ticket_names, "") | {
        "version": 1, "state": "open", "is_open": 1, "customer_id": None, "received": _micros(NOW), "fields": "{}",
        "decided_by": "{}", "type_guesses": "{}", "accepted": 0, "tags": "[]", "sort_due": instant,
        "next_clock": "resolution", "linked_to": 0, "stub": 0, "confirmed": 0, "first_response": None, "messages": 1,
        "touched": 1,
    }  # fmt: skip
    running = dict.fromkeys(promise_names, "") | {
        "clock": "resolution", "cause": "arrival:1", "started": _micros(NOW - timedelta(hours=4)),
        "due": instant + 3600 * MICROS, "state": "running", "version": 1, "ended": None, "warn_at": instant,
        "warned": 0, "superseded_by": 0, "working": 1, "pauses": "[]",
    }  # fmt: skip
    for table, names, row, key in (
        ("ticket", ticket_names, common, "id"),
        ("promise", promise_names, running, "ticket_id"),
    ):
        marks = ", ".join(f":{name}" for name in names)
        rows = (
            {**row, "id": n, key: n, **({"number": str(n)} if table == "ticket" else {})}
            for n in range(first, first + count)
        )
        db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
    db.commit()
    db.close()


def _sweep(context: Context) -> tuple[int, float]:
    """Handles everything that is due; how many, in how many seconds."""
    begun, handled = time.perf_counter(), 0
    while done := tick(context):
        handled += done
    return handled, time.perf_counter() - begun


def measure(stored: int, due: int) -> dict[str, float]:
    """``due`` promises among ``stored`` ones that are not due for a month."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "huiying.db"
        context, store = _context(f"sqlite:///{path}")
        _fill(path, 1_000, stored, FAR)
        _fill(path, 10_000_000, due, NOW)
        idle = time.perf_counter()
        handled, seconds = _sweep(context)
        idle = time.perf_counter()
        tick(context)
        idle = time.perf_counter() - idle
        store.close()
    assert handled == due, (handled, due)
    return {
        "stored": stored, "due": due, "ms": round(seconds * 1000, 2), "ms_each": round(seconds * 1000 / due, 3),
        "idle_ms": round(idle * 1000, 3),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, nargs="*", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--due", type=int, nargs="*", default=[10, 100, 1_000])
    parser.add_argument("--backlog", type=int, default=0, help="promises due at once after an outage")
    chosen = parser.parse_args()
    cases = [(stored, 10) for stored in chosen.stored] + [(10_000, due) for due in chosen.due]
    cases += [(10_000, chosen.backlog)] if chosen.backlog else []
    for stored, due in cases:
        print(json.dumps(measure(stored, due)), flush=True)


if __name__ == "__main__":
    main()
