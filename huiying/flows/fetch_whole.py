"""Fetches the whole of a mail of which only the beginning was kept, and files it on the ticket it has."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from core.domain.ledger import LedgerEntry, Stage
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.mailbox import MailboxConnection
from huiying.flows.reconcile import mailbox_named


def mailbox_of_begun(ctx: Context, ledger_id: int) -> MailboxSettings:
    """The mailbox and folder to connect to for that mail. Raises ``NotFound`` or ``BadInput``."""
    mail = _begun(ctx, ledger_id)
    return replace(mailbox_named(ctx, mail.mailbox), folder=mail.folder)


def fetch_whole(ctx: Context, connection: MailboxConnection, ledger_id: int, actor: str) -> int:
    """Puts the whole bytes in place of the beginning and the mail back into the queue; its size. A death before the
    commit leaves all as it was. Raises ``NotFound`` when the server has the mail no more, ``BadInput`` when it is no
    mail of which only the beginning is here."""
    mail = _begun(ctx, ledger_id)
    data = connection.read_back(mail.uid) if connection.uidvalidity == mail.uidvalidity else b""
    if not data:
        raise NotFound(f"邮件服务器上已没有来信 {ledger_id} (the mail server has mail {ledger_id} no more)")
    with ctx.store.write() as tx:
        tx.ledger.replace_bytes(ledger_id, data)
        tx.ledger.requeue(ledger_id, ctx.now())
        entry = AuditEntry(id=ctx.ids(), at=ctx.now(), actor=actor, action="mail.fetched", subject=f"mail:{ledger_id}")
        tx.audit.add((entry,))
    ctx.wake.ring("kept")
    return len(data)


def _begun(ctx: Context, ledger_id: int) -> LedgerEntry:
    with ctx.store.read() as tx:
        mail = tx.ledger.entry(ledger_id)
    if mail is None:
        raise NotFound(f"没有这封来信：{ledger_id} (no such mail)")
    if mail.stage is not Stage.TOO_LARGE:
        raise BadInput(f"来信 {ledger_id} 已是全文 (mail {ledger_id} is here as a whole)")
    return mail
