"""Takes in a message that is no mail: kept once for its key, then filed at once, so that its number can be told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.channel import LOGGED, BroughtMessage
from core.domain.errors import BadInput, Conflict
from core.domain.filing import AuditEntry
from core.domain.mail import RawMail
from core.domain.seen import seen
from core.domain.views import LedgerRow
from huiying.flows.acknowledge import domain_of
from huiying.flows.context import Context
from huiying.flows.reconcile import mailbox_named
from huiying.flows.triage import triage
from ingest.brought import as_raw_mail

ROUNDS = 50
ROUND_S = 0.2
"""So long is waited for other workers that hold the message or what stands before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """``row`` is the message's line in the ledger; without a number it is kept and will be filed soon. ``again`` says
    that the key was known: nothing was done twice. ``late`` is how long after its time it came on record, None in
    time."""

    row: LedgerRow
    again: bool
    late: timedelta | None = None


def take_in(ctx: Context, message: BroughtMessage, actor: str) -> TakenIn:
    """The way of every mail: keep, then triage. Raises ``BadInput`` for what cannot be taken, ``NotFound`` for an
    unknown mailbox, ``Conflict`` when the key was used for another message."""
    if message.channel not in LOGGED and not message.split_from:
        raise BadInput(f"channel: {', '.join(LOGGED)}")
    if not seen(message.text) and not message.files:
        raise BadInput("消息没有内容 (the message is empty)")
    if message.at > ctx.now():
        raise BadInput("时间不能在将来 (the time lies in the future)")
    mail = as_raw_mail(message, domain_of(mailbox_named(ctx, message.mailbox)))
    with ctx.store.write() as tx:
        new = tx.ledger.keep([mail], ctx.now(), old_before_uid=0, after="nothing")
        if new:
            tx.audit.add((_logged(ctx, new[0], message, actor),))
        kept = new[0] if new else tx.ledger.id_of(mail.mailbox, mail.folder, mail.uidvalidity, mail.uid)
    row = _row(ctx, kept)
    _same(row, mail)
    ctx.wake.ring("kept")
    for _ in range(ROUNDS):
        if row.filed_at is not None:
            break
        if not triage(ctx):
            ctx.wake.wait("filed", ROUND_S)
        row = _row(ctx, kept)
    return TakenIn(row=row, again=not new, late=_late(message, ctx.now()) if new else None)


def _late(message: BroughtMessage, now: datetime) -> timedelta | None:
    within = message.record_within
    return now - message.at - within if within is not None and now - message.at > within else None


def _row(ctx: Context, ledger_id: int) -> LedgerRow:
    with ctx.store.read() as tx:
        row = tx.views.ledger_row(ledger_id)
    if row is None:
        raise LookupError(f"mail {ledger_id} was kept and is not there")
    return row


def _logged(ctx: Context, ledger_id: int, message: BroughtMessage, actor: str) -> AuditEntry:
    return AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor=actor,
        action="message.taken-in",
        subject=f"mail:{ledger_id}",
        details=(("channel", message.channel.value), *_said_late(message, ctx.now())),
    )


def _said_late(message: BroughtMessage, now: datetime) -> tuple[tuple[str, str], ...]:
    late = _late(message, now)
    return (("late_minutes", str(int(late.total_seconds() // 60) or 1)),) if late else ()


def _same(row: LedgerRow, mail: RawMail) -> None:
    if row.sha256 != hashlib.sha256(mail.data).hexdigest():
        raise Conflict("这个幂等键已用于另一条消息 (this idempotency key was used for another message)")
