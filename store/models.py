"""Models: cards and arrays of every version, and which one serves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from core.domain.errors import NotFound
from core.domain.model import ModelRecord
from store.tables import model
from store.unit import Unit

_RECORD = (model.c.id, model.c.version, model.c.at, model.c.card, model.c.active)


def record_value(row: Row[Any]) -> ModelRecord:
    return ModelRecord(id=row.id, version=row.version, at=row.at, card=row.card, active=row.active)


class SqlModels:
    """Conforms to ``huiying.flows.registry.Models``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, record: ModelRecord, arrays: bytes) -> None:
        row = {
            "id": record.id,
            "version": record.version,
            "at": record.at,
            "card": record.card,
            "arrays": arrays,
            "active": False,
        }
        self._unit.add_new(model, [row], "version")

    def active(self) -> str:
        return self._unit.value(select(model.c.version).where(model.c.active)) or ""

    def latest(self) -> ModelRecord | None:
        row = self._unit.row(select(*_RECORD).order_by(model.c.id.desc()).limit(1))
        return None if row is None else record_value(row)

    def newest(self) -> int:
        return int(self._unit.value(select(func.max(model.c.id))) or 0)

    def record(self, version: str) -> ModelRecord | None:
        row = self._unit.row(select(*_RECORD).where(model.c.version == version))
        return None if row is None else record_value(row)

    def records(self, limit: int) -> tuple[ModelRecord, ...]:
        rows = self._unit.rows(select(*_RECORD).order_by(model.c.id.desc()).limit(limit))
        return tuple(record_value(row) for row in rows)

    def arrays(self, version: str) -> bytes | None:
        found = self._unit.value(select(model.c.arrays).where(model.c.version == version))
        return None if found is None else bytes(found)

    def activate(self, version: str) -> None:
        self._unit.change(model.update().where(model.c.active).values(active=False))
        if version and not self._unit.change(model.update().where(model.c.version == version).values(active=True)):
            raise NotFound(f"没有模型 {version} (no model {version})")
