"""The audit trail 操作日志: appended, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.domain.filing import AuditEntry
from store.tables import audit
from store.unit import Unit


def audit_row(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
    }


class SqlAudit:
    """Conforms to ``huiying.flows.ports.Audit``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, entries: Sequence[AuditEntry]) -> None:
        self._unit.add(audit, [audit_row(entry) for entry in entries])
