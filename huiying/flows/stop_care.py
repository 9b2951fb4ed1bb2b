"""A customer wants no more care: one click, by a link that only a letter to him holds (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.address_mark import AddressMark, Mark
from core.domain.errors import NotFound
from core.domain.filing import AuditEntry
from core.domain.letter import LetterIntent, LetterKind
from core.text.mask import mask_address
from huiying.flows.context import Context
from huiying.flows.make_task import BY_PLAN
from huiying.flows.ports import Transaction
from huiying.flows.tasks import drop

PATH = "/stop"
REASON = "客户不再接收关怀 (the customer wants no more care)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whose wish it is, masked, in which language he reads, and whether he has said it already."""

    masked: str
    language: str
    is_known: bool


def stop_address(ctx: Context, portal: str, letter: LetterIntent) -> str:
    """The link of a letter of care; empty for any other letter, and where the mailbox has no customers' pages."""
    if letter.kind is not LetterKind.CARE or not portal:
        return ""
    return f"{portal}{PATH}/{ctx.signer.stop_token(letter.id)}"


def wish_of(ctx: Context, token: str) -> Wish:
    """What the page shows; looking at it changes nothing. Raises ``NotFound``."""
    with ctx.store.read() as tx:
        letter = _letter(ctx, tx, token)
        known = tx.addresses.why(letter.recipient.key, Mark.OPTED_OUT) is not None
    return Wish(masked=mask_address(letter.recipient.address), language=letter.language, is_known=known)


def stop_care(ctx: Context, token: str) -> None:
    """No letter of care goes to that address any more, and what care plans asked people to do for him is not to be done
    any more; said twice it is the same. Raises ``NotFound``."""
    with ctx.store.write() as tx:
        letter = _letter(ctx, tx, token)
        if tx.addresses.why(letter.recipient.key, Mark.OPTED_OUT) is not None:
            return
        mark = AddressMark(
            address=letter.recipient,
            mark=Mark.OPTED_OUT,
            at=ctx.now(),
            because="link",
            letter_id=letter.id,
            ticket_id=letter.ticket_id,
        )
        tx.addresses.add(mark)
        entry = AuditEntry(
            id=ctx.ids(), at=ctx.now(), actor="customer", action="care.stopped", subject=f"ticket:{letter.ticket_id}",
            details=(("letter", str(letter.id)),),
        )  # fmt: skip
        tx.audit.add((entry,))
        _drop_tasks(ctx, tx, letter.recipient.key)
    ctx.wake.ring("changed")


def _drop_tasks(ctx: Context, tx: Transaction, address_key: str) -> None:
    """Those of plans; what a person promised to do stays."""
    customer = tx.tickets.customer_by_address(address_key)
    head = (customer.merged_into or customer.id) if customer else 0
    theirs = tx.tasks.of_customers((head, *tx.tickets.merged_customers(head))) if head else ()
    for task in (row.task for row in theirs if row.task.is_live and row.task.because.startswith(BY_PLAN)):
        drop(ctx, tx, task, "customer", REASON)


def _letter(ctx: Context, tx: Transaction, token: str) -> LetterIntent:
    letter_id = ctx.signer.read_stop_token(token)
    letter = tx.outbox.intent(letter_id) if letter_id else None
    if letter is None:
        raise NotFound
    return letter
