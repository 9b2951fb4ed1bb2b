"""Measures the clocks' sweep: what ten due promises cost among few and among many, and how a backlog drains.

Run: ``python -m benchmarks.tick [--stored 1000 1000000] [--due 10 1000] [--backlog 10000]`` or
``--outage 100000``; one JSON object a line.
Everything is SQLite in a temporary folder: cost must follow what is due, never what is stored.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import sys
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
from huiying.flows.tick import BATCH, tick
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


def _fill(path: Path, first: int, count: int, due: datetime, step: timedelta = timedelta()) -> None:
    """Tickets with one running promise each, whose first warning comes at ``due`` (each one ``step`` before the one
    with the id before it); written as rows, for speed."""
    db = sqlite3.connect(path)
    ticket_names, promise_names = _columns(db, "ticket"), [*_columns(db, "promise"), "warn_at"]
    instant = _micros(due)
    common = dict.fromkeys(ticket_names, "") | {
        "version": 1, "state": "open", "is_open": 1, "customer_id": None, "received": _micros(NOW), "fields": "{}",
        "decided_by": "{}", "type_guesses": "{}", "accepted": 0, "tags": "[]", "sort_due": instant,
        "next_clock": "resolution", "linked_to": 0, "stub": 0, "confirmed": 0, "first_response": None, "messages": 1,
        "touched": 1, "resolved": None, "closed": None,
    }  # fmt: skip
    running = dict.fromkeys(promise_names, "") | {
        "clock": "resolution", "cause": "arrival:1", "started": _micros(NOW - timedelta(hours=4)),
        "due": instant + 3600 * MICROS, "state": "running", "version": 1, "ended": None, "warn_at": instant,
        "warned": 0, "superseded_by": 0, "working": 1, "pauses": "[]",
        "told": None,
    }  # fmt: skip
    for table, names, row, key in (
        ("ticket", ticket_names, common, "id"),
        ("promise", promise_names, running, "ticket_id"),
    ):
        marks = ", ".join(f":{name}" for name in names)
        rows = (
            {**row, "id": n, key: n, **_own(table, n, instant - (n - first) * (step // timedelta(microseconds=1)))}
            for n in range(first, first + count)
        )
        db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
    db.commit()
    db.close()


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    """Those that an insert has to name: what has a default, or may be empty, keeps that."""
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[3] and row[4] is None]


def _own(table: str, n: int, instant: int) -> dict[str, object]:
    """What is each row's own."""
    if table == "ticket":
        return {"number": str(n), "sort_due": instant}
    return {"warn_at": instant, "due": instant + 3600 * MICROS}


def _sweep(context: Context) -> tuple[int, float]:
    """Handles everything that is due; how many, in how many seconds."""
    begun, handled = time.perf_counter(), 0
    while done := tick(context):
        handled += done
    return handled, time.perf_counter() - begun


def _require_no_failure(path: Path) -> None:
    """What is set aside as failed is quicker than what is done, and would be measured in its place."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        failed = db.execute("SELECT count(*) FROM audit WHERE action = 'promise.failed'").fetchone()[0]
    assert not failed, f"{failed} promises could not be handled"


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
        _require_no_failure(path)
    assert handled == due, (handled, due)
    return {
        "stored": stored, "due": due, "ms": round(seconds * 1000, 2), "ms_each": round(seconds * 1000 / due, 3),
        "idle_ms": round(idle * 1000, 3),
    }  # fmt: skip


def outage(due: int) -> dict[str, float]:
    """``due`` promises whose warnings fell into a day without service: seen to in the order in which they came due,
    a small batch a transaction, so that mail that comes meanwhile waits for one batch only. Progress on stderr."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "huiying.db"
        context, store = _context(f"sqlite:///{path}")
        step = timedelta(days=1) / due
        _fill(path, 10_000_000, due, NOW, step)
        begun = last = time.perf_counter()
        handled, longest = 0, 0.0
        while done := tick(context):
            now = time.perf_counter()
            handled, longest, last = handled + done, max(longest, now - last), now
            if handled % max(BATCH, due // 10) == 0:
                print(f"{handled} of {due} in {now - begun:.1f} s", file=sys.stderr, flush=True)
        seconds = time.perf_counter() - begun
        db = sqlite3.connect(path)
        order = [row[0] for row in db.execute("SELECT subject FROM audit WHERE action LIKE 'promise.%' ORDER BY id")]
        told = db.execute("SELECT count(*) FROM notice").fetchone()[0]
        db.close()
        store.close()
        _require_no_failure(path)
    wanted = [f"ticket:{10_000_000 + place}" for place in reversed(range(due))]
    assert handled == due and order == wanted and told == due, (handled, len(order), told)
    return {
        "outage_due": due, "seconds": round(seconds, 2), "ms_each": round(seconds * 1000 / due, 3),
        "longest_batch_ms": round(longest * 1000, 1), "in_order": 1,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, nargs="*", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--due", type=int, nargs="*", default=[10, 100, 1_000])
    parser.add_argument("--backlog", type=int, default=0, help="promises due at once after an outage")
    parser.add_argument("--outage", type=int, default=0, help="only this: so many came due during a day")
    chosen = parser.parse_args()
    if chosen.outage:
        print(json.dumps(outage(chosen.outage)), flush=True)
        return
    cases = [(stored, 10) for stored in chosen.stored] + [(10_000, due) for due in chosen.due]
    cases += [(10_000, chosen.backlog)] if chosen.backlog else []
    for stored, due in cases:
        print(json.dumps(measure(stored, due)), flush=True)


if __name__ == "__main__":
    main()
