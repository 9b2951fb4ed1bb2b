"""Which open messages teach the model most: the least certain, of each suggested type in turn."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.views import MOST_ROWS, QueueFilter, QueueRow
from huiying.flows.ports import Transaction

SHOWN = 10


def most_telling(tx: Transaction, count: int = SHOWN) -> tuple[QueueRow, ...]:
    """Looks at the tickets that are due next, at most ``MOST_ROWS`` of them."""
    return telling(tx.views.queue(QueueFilter(), "", MOST_ROWS).rows, count)


def telling(rows: Sequence[QueueRow], count: int) -> tuple[QueueRow, ...]:
    """The least certain unconfirmed rows; alike ones teach the same, so types take turns and a customer comes once."""
    asked: dict[str, list[QueueRow]] = {}
    writers: set[str] = set()
    for row in sorted(rows, key=_certainty):
        if row.confirmed or row.stub or row.type_confidence is None or row.customer in writers:
            continue
        writers.add(row.customer)
        asked.setdefault(dict(row.fields).get("type", ""), []).append(row)
    chosen: list[QueueRow] = []
    for turn in range(max(map(len, asked.values()), default=0)):
        chosen += sorted((of[turn] for of in asked.values() if len(of) > turn), key=_certainty)
    return tuple(chosen[:count])


def _certainty(row: QueueRow) -> float:
    return 1.0 if row.type_confidence is None else row.type_confidence
