"""Brings a quarantined or shunted mail back into the queue: same ticket, same number, no second letter (DESIGN 3.2)."""

from __future__ import annotations

from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from core.domain.ledger import Stage
from core.domain.views import MOST_ROWS
from huiying.flows.context import Context
from huiying.flows.ports import Transaction


def replay(ctx: Context, ledger_id: int, actor: str) -> None:
    """Files the stored bytes once more; one that waits already is left to wait. Raises ``NotFound`` when there is no
    such mail, ``BadInput`` when it was filed: it would be said twice on its ticket."""
    with ctx.store.write() as tx:
        mail = tx.ledger.entry(ledger_id)
        if mail is None:
            raise NotFound(f"没有来信 {ledger_id} (no mail {ledger_id})")
        if mail.stage is Stage.FILED:
            raise BadInput(f"来信 {ledger_id} 已正常受理，无需重新处理 (mail {ledger_id} was filed as it should be)")
        if mail.stage is Stage.KEPT:
            return
        _bring_back(ctx, tx, ledger_id, actor)
    ctx.wake.ring("kept")


def replay_all(ctx: Context, actor: str) -> int:
    """Every mail of the quarantine whose original is there, a page in one transaction; how many. Those that fail again
    come back there."""
    count, key = 0, ""
    while True:
        with ctx.store.write() as tx:
            page = tx.views.quarantine(key, MOST_ROWS)
            there = [row for row in page.rows if not row.original_gone]
            for row in there:
                _bring_back(ctx, tx, row.id, actor)
        count, key = count + len(there), page.next_key
        ctx.wake.ring("kept")
        if not key:
            return count


def _bring_back(ctx: Context, tx: Transaction, ledger_id: int, actor: str) -> None:
    tx.ledger.requeue(ledger_id, ctx.now())
    entry = AuditEntry(id=ctx.ids(), at=ctx.now(), actor=actor, action="mail.replay", subject=f"mail:{ledger_id}")
    tx.audit.add((entry,))
