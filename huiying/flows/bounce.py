"""What a bounce does: the letter is marked, its address when it is dead, and the ticket's owner is told."""

from __future__ import annotations

from core.domain.address_mark import AddressMark, Mark
from core.domain.filing import AuditEntry
from core.domain.letter import LetterIntent
from core.domain.mail import Automatic, ParsedMail
from core.domain.notice import NoticeEvent
from huiying.flows.addresses import is_dead, status_in
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.tell import tell

_LOOKED_AT = 4_000


def note_bounce(ctx: Context, tx: Transaction, mail: ParsedMail) -> None:
    """Within the filing's transaction, by keys only. Only a Message-ID that we signed counts: nobody can make another
    customer's address unusable by inventing a bounce."""
    named = ctx.signer.read_message_id(mail.header("returned-message-id"))
    if mail.automatic is not Automatic.BOUNCE or named is None:
        return
    status = mail.header("returned-status") or status_in(mail.text[:_LOOKED_AT])
    letter = tx.outbox.bounced(named[1], status or "bounced", ctx.now())
    if letter is None:
        return
    details = (("code", status),) if status else ()
    if not status.startswith("4") and is_dead(status):
        mark_dead(ctx, tx, letter, status or "bounced")
    tell(ctx, tx, NoticeEvent.BOUNCED, f"letter:{letter.id}", ticket_id=letter.ticket_id, details=details)
    entry = AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor="system",
        action="letter.bounced",
        subject=f"ticket:{letter.ticket_id}",
        details=(("letter", str(letter.id)), *details),
    )
    tx.audit.add((entry,))


def mark_dead(ctx: Context, tx: Transaction, letter: LetterIntent, because: str) -> None:
    """No automatic letter goes to that address until a person clears it."""
    mark = AddressMark(
        address=letter.recipient,
        mark=Mark.BOUNCED,
        at=ctx.now(),
        because=because,
        letter_id=letter.id,
        ticket_id=letter.ticket_id,
    )
    tx.addresses.add(mark)


def clear_mark(ctx: Context, key: str, mark: Mark, actor: str) -> bool:
    """A person says that the address is good again; False when it was not marked."""
    try:
        digest = bytes.fromhex(key)
    except ValueError:
        return False
    with ctx.store.write() as tx:
        if not tx.addresses.clear(digest, mark):
            return False
        entry = AuditEntry(
            id=ctx.ids(), at=ctx.now(), actor=actor, action="address.cleared", subject=f"address:{key}",
            details=(("mark", mark.value),),
        )  # fmt: skip
        tx.audit.add((entry,))
    ctx.wake.ring("changed")
    return True
