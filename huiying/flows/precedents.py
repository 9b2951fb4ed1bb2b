"""Which past tickets are like this one, with what agents made of them: shown beside a suggestion (LEARNING)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.domain.learning import Precedent
from core.domain.taxonomy import TARGETS
from core.domain.ticket import Direction, Message
from core.domain.views import TicketDetail
from core.text.likeness import sketch
from huiying.flows.context import Context
from huiying.flows.labels import Label
from huiying.flows.ports import Transaction

SHOWN = 3
BATCH = 200
LEAST = 0.2
"""Less alike is by chance: a common word or two."""


def remember(ctx: Context, tx: Transaction, ticket_id: int, message: Message) -> None:
    """Keeps the telling words of a ticket that an agent has just decided."""
    tx.precedents.put(ticket_id, sketch_of(ctx, message))


def remember_labels(ctx: Context, found: Sequence[Label]) -> int:
    """Keeps those that were labelled in another way than by a correction today: imported, or before an upgrade. How
    many they were."""
    count = 0
    for first in range(0, len(found), BATCH):
        part = {label.ticket_id: label.row.message for label in found[first : first + BATCH]}
        with ctx.store.read() as tx:
            known = tx.precedents.known(tuple(part))
        unknown = [id_ for id_ in part if id_ not in known]
        missing = {id_: sketch(ctx.segmenter, part[id_].subject, part[id_].body) for id_ in unknown}
        if missing:
            with ctx.store.write() as tx:
                for id_, words in sorted(missing.items()):
                    tx.precedents.put(id_, words)
        count += len(missing)
    return count


def nearest(ctx: Context, detail: TicketDetail) -> tuple[Precedent, ...]:
    """The three past tickets most like the first message; none for one without words."""
    first = next((m for m in detail.messages if m.direction is Direction.IN), None)
    words = sketch_of(ctx, first) if first else {}
    if not words:
        return ()
    taxonomy = ctx.desk().taxonomy
    with ctx.store.read() as tx:
        found = tx.precedents.nearest(words, detail.ticket.id, SHOWN, LEAST)
    return tuple(replace(one, fields=taxonomy.today(one.fields)) for one in found)


def sketch_of(ctx: Context, message: Message) -> Mapping[str, float]:
    return sketch(ctx.segmenter, message.subject, message.reply or message.text)


def precedent_json(precedent: Precedent) -> dict[str, Any]:
    """As the API and ``explain`` tell it."""
    return {
        "number": precedent.number,
        "subject": precedent.subject,
        "received": precedent.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "likeness": round(precedent.likeness, 2),
        "words": list(precedent.words),
        "fields": {name: precedent.fields[name] for name in TARGETS if name in precedent.fields},
    }
