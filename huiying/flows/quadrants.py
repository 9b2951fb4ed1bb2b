"""Which open tickets stand in which quadrant of importance and urgency (四象限, DOMAIN 4)."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.priority import IMPORTANT_TYPES, QUADRANTS, quadrant
from core.domain.taxonomy import Taxonomy
from core.domain.views import MOST_ROWS, QueueFilter, QueueRow
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

MOST_SORTED = 1_000
"""So many open tickets are looked at, the next due first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadrants:
    """Rows by quadrant, each in the order of their due times; ``whole`` says that no open ticket was left out."""

    rows: dict[int, tuple[QueueRow, ...]]
    whole: bool


def quadrants(ctx: Context, assignee: str = "") -> Quadrants:
    """Of all open tickets, or of one person's. What a person said of a ticket stands above what is computed."""
    taxonomy = ctx.desk().taxonomy
    found: dict[int, list[QueueRow]] = {one: [] for one in QUADRANTS}
    with ctx.store.read() as tx:
        rows, whole = _open(tx, assignee)
        said = tx.analyses.quadrants_of([row.id for row in rows])
    for row in rows:
        found[said.get(row.id) or _computed(taxonomy, row)].append(row)
    return Quadrants(rows={one: tuple(each) for one, each in found.items()}, whole=whole)


def _open(tx: Transaction, assignee: str) -> tuple[list[QueueRow], bool]:
    rows: list[QueueRow] = []
    key = ""
    while len(rows) < MOST_SORTED:
        page = tx.views.queue(QueueFilter(assignee=assignee), key, MOST_ROWS)
        rows += page.rows
        key = page.next_key
        if not key:
            return rows, True
    return rows, False


def _computed(taxonomy: Taxonomy, row: QueueRow) -> int:
    fields = dict(row.fields)
    type_ = next((one for one in IMPORTANT_TYPES if taxonomy.means("type", fields.get("type", ""), one)), "")
    return quadrant(
        gravity=fields.get("gravity", ""), level=row.level, impact=fields.get("impact", ""), type_=type_,
        urgency=fields.get("urgency", ""),
    )  # fmt: skip
