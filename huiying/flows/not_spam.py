"""A person says that a mail is no spam or no machine's: it is understood anew, becomes a ticket, is acknowledged."""

from __future__ import annotations

from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from huiying.flows.context import Context


def not_spam(ctx: Context, ledger_id: int, actor: str) -> None:
    """Neither header nor rule takes it for spam again, nor anything of it for a machine's. Raises ``NotFound`` when
    there is no such mail, ``BadInput`` when it was taken for neither, or a ticket shows it."""
    with ctx.store.write() as tx:
        if tx.ledger.entry(ledger_id) is None:
            raise NotFound(f"没有来信 {ledger_id} (no mail {ledger_id})")
        if not tx.ledger.clear_spam(ledger_id):
            raise BadInput(
                f"来信 {ledger_id} 没有被判为垃圾或自动邮件 (mail {ledger_id} was not taken for spam or a machine's)"
            )
        entry = AuditEntry(id=ctx.ids(), at=ctx.now(), actor=actor, action="mail.not-spam", subject=f"mail:{ledger_id}")
        tx.audit.add((entry,))
    ctx.wake.ring("kept")
