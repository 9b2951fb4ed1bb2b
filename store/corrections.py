"""Corrections 修正分类: appended, and given back as labels for training."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, distinct, func, select

from core.domain.correction import Correction, CorrectionKind
from core.domain.ticket import Message
from store.tables import correction as corrections
from store.tables import message
from store.ticket_rows import message_value
from store.unit import Unit


def _pairs(data: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in data)


def correction_value(row: Row[Any]) -> Correction:
    return Correction(
        id=row.id,
        ticket_id=row.ticket_id,
        message_id=row.message_id,
        kind=CorrectionKind(row.kind),
        at=row.at,
        agent=row.agent,
        before=_pairs(row.before),
        before_by=_pairs(row.before_by),
        after=_pairs(row.after),
        undoes=row.undoes,
        weight=row.weight,
    )


class SqlCorrections:
    """Conforms to ``huiying.flows.ports.Corrections``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, correction: Correction) -> None:
        row = {
            "id": correction.id,
            "ticket_id": correction.ticket_id,
            "message_id": correction.message_id,
            "kind": correction.kind,
            "at": correction.at,
            "agent": correction.agent,
            "before": correction.before,
            "before_by": correction.before_by,
            "after": correction.after,
            "undoes": correction.undoes,
            "weight": correction.weight,
        }
        self._unit.add(corrections, [row])

    def of_ticket(self, ticket_id: int) -> tuple[Correction, ...]:
        of_ticket = select(corrections).where(corrections.c.ticket_id == ticket_id).order_by(corrections.c.id)
        return tuple(correction_value(row) for row in self._unit.rows(of_ticket))

    def labels(self, after_id: int, limit: int) -> tuple[tuple[Correction, Message], ...]:
        oldest = select(corrections).where(corrections.c.id > after_id).order_by(corrections.c.id).limit(limit)
        said = [correction_value(row) for row in self._unit.rows(oldest)]
        wanted = {each.message_id for each in said}
        rows = self._unit.rows(select(message).where(message.c.id.in_(wanted))) if wanted else ()
        messages = {row.id: message_value(self._unit.seal, row) for row in rows}
        return tuple((each, messages[each.message_id]) for each in said if each.message_id in messages)

    def newest(self) -> int:
        return int(self._unit.value(select(func.max(corrections.c.id))) or 0)

    def labelled(self) -> int:
        said = select(func.count(distinct(corrections.c.message_id))).where(corrections.c.kind != CorrectionKind.UNDO)
        return int(self._unit.value(said) or 0)
