"""Seals with the newest data key what older ones seal, while everything goes on; says what each key still seals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from core.domain.errors import BadInput
from core.domain.filing import AuditEntry
from core.domain.keys import SealedRows
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried
from huiying.flows.upkeep import seal_old_letters

ADDED, ROTATED, REMOVED = "key.added", "key.rotated", "key.removed"
Told = Callable[[int, int], None]


def sealed_by(ctx: Context) -> Mapping[int, Mapping[str, int]]:
    """How many rows of each table each data key seals; it looks at every one of them, in short steps."""
    with ctx.store.read() as tx:
        tables = tx.sealed.tables
    counted: dict[int, Counter[str]] = {}
    for table in tables:
        after: tuple[Any, ...] | None = ()
        while after is not None:
            with ctx.store.read() as tx:
                seen = tx.sealed.look(table, after)
            for number, rows in seen.by_key.items():
                counted.setdefault(number, Counter())[table] += rows
            after = seen.after
    return counted


def rotate(ctx: Context, by: str, told: Told = lambda done, of: None) -> tuple[int, int]:
    """How many rows were sealed anew, and how many stay because they are damaged. Whoever stops it does it again: what
    is done stays done."""
    with ctx.store.write() as tx:
        tx.sealed.note_newest()
    while retried(partial(seal_old_letters, ctx)):
        pass
    with ctx.store.read() as tx:
        sizes = {table: tx.sealed.size(table) for table in tx.sealed.tables}
    done = unreadable = looked = 0
    for table in sizes:
        after: tuple[Any, ...] | None = ()
        while after is not None:
            seen, renewed = retried(partial(_step, ctx, table, after))
            done, unreadable, looked = done + renewed, unreadable + seen.unreadable, looked + seen.rows
            told(min(looked, sum(sizes.values())), sum(sizes.values()))
            after = seen.after
    with ctx.store.write() as tx:
        note(ctx, tx, by, ROTATED, rows=str(done), unreadable=str(unreadable))
    return done, unreadable


def _step(ctx: Context, table: str, after: tuple[Any, ...]) -> tuple[SealedRows, int]:
    """What was looked at, and how many rows were sealed anew. Sealing holds nobody up: only the finished values are
    written under the lock."""
    while True:
        with ctx.store.read() as tx:
            seen, rows = tx.sealed.renewed(table, after)
        if not rows:
            return seen, 0
        with ctx.store.write() as tx:
            whole = tx.sealed.put(table, rows)
        if whole:
            return seen, len(rows)


def require_unused(ctx: Context, number: int) -> None:
    """Raises ``BadInput`` while that data key still seals anything."""
    with ctx.store.read() as tx:
        unsealed = tx.outbox.unsealed()
    tables = sealed_by(ctx).get(number, {})
    left = ", ".join(f"{table} {rows}" for table, rows in tables.items()) or "letter"
    if unsealed or any(_opens(ctx, table, number) for table in tables):
        raise BadInput(
            f"数据钥匙 {number} 还加密着：{left} (this data key still seals rows)", hint="huiying key rotate"
        )
    if tables:
        raise BadInput(
            f"数据钥匙 {number} 只剩损坏的行：{left} (only damaged rows are left of this data key)",
            hint="谁也打不开它们，这把钥匙留着即可 (nobody can open them: keep the key, which does no harm)",
        )


def _opens(ctx: Context, table: str, number: int) -> bool:
    """Whether that data key opens anything there; the one that writes does."""
    if number == ctx.newest_key():
        return True
    after: tuple[Any, ...] | None = ()
    while after is not None:
        with ctx.store.read() as tx:
            seen, rows = tx.sealed.renewed(table, after)
        if any(head[0] == number for row in rows for head in row.heads.values()):
            return True
        after = seen.after
    return False


def note(ctx: Context, tx: Transaction, by: str, action: str, **details: str) -> None:
    """What was done to the key ring, for the audit trail."""
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=by, action=action, subject="keys", details=tuple(details.items())
    )
    tx.audit.add([entry])
