"""Which open messages teach the model most: the least certain, unlike each other, of each suggested type in turn; and
what the labels have brought so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.lesson import STEPS, next_fit
from core.domain.model import ModelRecord
from core.domain.views import MOST_ROWS, QueueFilter, QueueRow
from core.text.likeness import likeness, sketch
from huiying.flows.context import Context
from huiying.flows.models import figures
from huiying.flows.ports import Transaction

SHOWN = 10
SURE = 0.9
"""What the model is so sure of teaches little."""
ALIKE = 0.5
"""Who labels one of two messages that are so alike has labelled both."""
VERSIONS = 20

Sketch = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What agents' words have brought: how many labels there are, with how many the next fit comes, and of each past
    fit its labels and how right its answers were on rows that it had not seen, by target, oldest first."""

    labels: int
    next_fit: int
    fits: tuple[tuple[int, Mapping[str, float]], ...]


def most_telling(ctx: Context, count: int = SHOWN) -> tuple[QueueRow, ...]:
    """Looks at the tickets that are due next, at most ``MOST_ROWS`` of them."""
    with ctx.store.read() as tx:
        rows = tx.views.queue(QueueFilter(), "", MOST_ROWS).rows
    return telling(rows, count, lambda row: sketch(ctx.segmenter, row.subject, row.snippet))


def telling(rows: Sequence[QueueRow], count: int, read: Callable[[QueueRow], Sketch]) -> tuple[QueueRow, ...]:
    """The least certain unconfirmed rows; alike ones teach the same, so types take turns, a customer comes once, and
    so does each matter."""
    asked: dict[str, list[QueueRow]] = {}
    writers: set[str] = set()
    seen: list[Sketch] = []
    for row in sorted(rows, key=_certainty):
        if row.confirmed or row.stub or _certainty(row) >= SURE or row.customer in writers:
            continue
        words = read(row)
        if any(likeness(words, other) >= ALIKE for other in seen):
            continue
        seen.append(words)
        writers.add(row.customer)
        asked.setdefault(dict(row.fields).get("type", ""), []).append(row)
        if len(seen) >= 4 * count:
            break
    chosen: list[QueueRow] = []
    for turn in range(max(map(len, asked.values()), default=0)):
        chosen += sorted((of[turn] for of in asked.values() if len(of) > turn), key=_certainty)
    return tuple(chosen[:count])


def taught(tx: Transaction) -> Taught:
    records = tx.models.records(VERSIONS)
    labels = tx.corrections.labelled()
    return Taught(
        labels=labels,
        next_fit=next_fit(max(labels, records[0].labels if records else 0)) if labels >= STEPS[0] else STEPS[0],
        fits=tuple((record.labels, _accuracies(record)) for record in reversed(records)),
    )


def telling_json(row: QueueRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "subject": row.subject,
        "type": dict(row.fields).get("type", ""),
        "confidence": row.type_confidence,
    }


def _accuracies(record: ModelRecord) -> dict[str, float]:
    told = {name: figures(entry)["accuracy"] for name, entry in record.card.get("targets", {}).items()}
    return {name: accuracy for name, accuracy in told.items() if accuracy is not None}


def _certainty(row: QueueRow) -> float:
    """Of a row about which the model said nothing there is nothing to compare."""
    return 1.0 if row.type_confidence is None else row.type_confidence
