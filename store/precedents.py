"""The telling words of tickets that agents have decided, and what is alike: a few look-ups, however many there are."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.learning import Precedent
from store.prepared import Prepared
from store.tables import precedent, ticket
from store.unit import Unit

NEWEST = 40
"""So many tickets are looked at for each word, the newest first."""
_CANDIDATES = 12

_WITH_WORD = Prepared(
    select(precedent.c.ticket_id, precedent.c.weight)
    .where(precedent.c.word == bindparam("of"))
    .order_by(precedent.c.ticket_id.desc())
    .limit(NEWEST)
)
_DROP = Prepared(precedent.delete().where(precedent.c.ticket_id == bindparam("of")))


class SqlPrecedents:
    """Conforms to ``huiying.flows.registry.Precedents``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def put(self, ticket_id: int, sketch: Mapping[str, float]) -> None:
        self._unit.change(_DROP, {"of": ticket_id}, quiet=True)
        rows = {_key(word): weight for word, weight in sketch.items()}
        made = [{"word": word, "ticket_id": ticket_id, "weight": weight} for word, weight in sorted(rows.items())]
        self._unit.add(precedent, made)

    def known(self, ticket_ids: Sequence[int]) -> frozenset[int]:
        there = select(precedent.c.ticket_id).where(precedent.c.ticket_id.in_(ticket_ids)).distinct()
        return frozenset(row.ticket_id for row in self._unit.rows(there)) if ticket_ids else frozenset()

    def nearest(self, sketch: Mapping[str, float], ticket_id: int, limit: int, least: float) -> tuple[Precedent, ...]:
        alike: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for word, weight in sketch.items():
            for row in self._unit.rows(_WITH_WORD, {"of": _key(word)}):
                alike[row.ticket_id][word] = weight * row.weight
        alike.pop(ticket_id, None)
        likeness = {id_: sum(words.values()) for id_, words in alike.items()}
        best = sorted((id_ for id_ in alike if likeness[id_] >= least), key=lambda id_: (-likeness[id_], -id_))
        found = self._tickets(best[:_CANDIDATES])
        return tuple(
            Precedent(
                ticket_id=id_,
                number=found[id_].number,
                subject=found[id_].subject,
                received=found[id_].received,
                fields=found[id_].fields,
                likeness=min(1.0, round(likeness[id_], 4)),
                words=tuple(sorted(alike[id_], key=lambda word: -alike[id_][word])),
            )
            for id_ in best[:_CANDIDATES]
            if id_ in found
        )[:limit]

    def _tickets(self, ids: list[int]) -> dict[int, Row[Any]]:
        """Those that an agent's word still stands on."""
        c = ticket.c
        wanted = select(c.id, c.number, c.subject, c.received, c.fields).where(c.id.in_(ids), c.confirmed)
        return {row.id: row for row in self._unit.rows(wanted)} if ids else {}


def _key(word: str) -> int:
    """A word as a number: two words that share one are as rare as an accident."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) >> 1
