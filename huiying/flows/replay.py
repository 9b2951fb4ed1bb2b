"""Brings a quarantined or shunted mail back into the queue: same ticket, same number, no second letter (DESIGN 3.2)."""

from __future__ import annotations

from core.domain.errors import NotFound
from core.domain.filing import AuditEntry
from huiying.flows.context import Context


def replay(ctx: Context, ledger_id: int, actor: str) -> None:
    """Files the stored bytes once more. Raises ``NotFound`` when there is no such mail."""
    with ctx.store.write() as tx:
        if tx.ledger.entry(ledger_id) is None:
            raise NotFound(f"no mail {ledger_id}")
        tx.ledger.requeue(ledger_id, ctx.now())
        entry = AuditEntry(id=ctx.ids(), at=ctx.now(), actor=actor, action="mail.replay", subject=f"mail:{ledger_id}")
        tx.audit.add((entry,))
    ctx.wake.ring("kept")
