"""拆分: a customer asks for two things at once. What he says of the second becomes a ticket of its own (DOMAIN 14)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from core.domain.channel import BroughtFile, BroughtMessage, Channel
from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.mail import Address
from core.domain.people import Permission, User
from core.domain.ticket import Direction, Message
from core.domain.views import TicketDetail
from huiying.flows.context import Context
from huiying.flows.take_in import TakenIn, take_in
from ingest.brought import is_address
from responder.plain import first_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What is split off. ``message`` is where the customer says it, 0 his newest one; ``text`` his words, without any
    all that he says there; ``subject`` is by itself their first sentence; ``files`` are the parts that belong to it."""

    message: int = 0
    text: str = ""
    subject: str = ""
    files: tuple[str, ...] = ()


def split(ctx: Context, number: str, cut: Cut, user: User) -> TakenIn:
    """The way of every message: kept, then triage; rules and model see it, it has clocks, and its customer hears of it.
    The same words again are the same demand. The message stays where it is. Raises ``NotFound``, ``NotPermitted``, and
    ``BadInput`` for words that are not the customer's own."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    with ctx.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    message = _message(detail, cut.message)
    text = cut.text.strip() or message.reply.strip() or message.text.strip()
    _require_own_words(message, text)
    said = f"{message.id}\0{text}\0{'|'.join(cut.files)}"
    return take_in(
        ctx,
        BroughtMessage(
            key=f"split:{detail.ticket.id}:{hashlib.sha256(said.encode()).hexdigest()[:32]}",
            channel=_channel(detail),
            mailbox=_mailbox(ctx, detail),
            # Nobody has answered what he said there: he waits since then. Otherwise it is new to us all.
            at=ctx.now() if _is_answered(detail, message) else message.at,
            subject=cut.subject.strip() or first_sentence(text),
            text=text,
            customer=_customer(message),
            files=_files(ctx, message, cut.files),
            split_from=detail.ticket.id,
        ),
        user.name,
    )


def can_be_split(message: Message) -> bool:
    """Whether a customer says something there."""
    return message.direction is Direction.IN and message.automatic is None and bool(message.text.strip())


def _message(detail: TicketDetail, message_id: int) -> Message:
    said = [one for one in detail.conversation if can_be_split(one) and message_id in (0, one.id)]
    if not said:
        raise NotFound("客户没有说过这句话 (there is no such message of the customer)")
    return said[-1]


def _require_own_words(message: Message, text: str) -> None:
    """Each line stands in the message: what a customer is said to have asked for, he has."""
    whole = _bare(f"{message.subject}\n{message.reply}\n{message.text}")
    for line in text.splitlines():
        if _bare(line) not in whole:
            raise BadInput(f"不是客户在这里说的话：{line.strip()[:60]} (not what the customer says there)")


def _bare(text: str) -> str:
    return "".join(text.split())


def _is_answered(detail: TicketDetail, message: Message) -> bool:
    return any(one.direction is Direction.OUT and one.at > message.at for one in detail.conversation)


def _mailbox(ctx: Context, detail: TicketDetail) -> str:
    """Its own; of an imported case, or where that is no more, the first: somebody has to hear of the new ticket."""
    names = [box.name for box in ctx.desk().mailboxes]
    return next((name for name in names if name == detail.ticket.mailbox), names[0] if names else detail.ticket.mailbox)


def _channel(detail: TicketDetail) -> Channel:
    """As the whole came; what an old sheet calls otherwise came by mail."""
    return next((one for one in Channel if one == detail.ticket.channel), Channel.EMAIL)


def _customer(message: Message) -> Address | None:
    sender = message.sender
    return sender if sender is not None and is_address(sender.address) else None


def _files(ctx: Context, message: Message, parts: tuple[str, ...]) -> tuple[BroughtFile, ...]:
    """Raises ``NotFound`` where the mail, or this part of it, is no longer there."""
    if not parts:
        return ()
    with ctx.store.read() as tx:
        raw = tx.ledger.raw(message.ledger_id) if message.ledger_id else b""
    known = {one.part: one for one in message.attachments}
    found = [(known.get(part), ctx.parser.part(raw, part)) for part in dict.fromkeys(parts)]
    if any(file is None or data is None for file, data in found):
        raise NotFound("附件已不可取得 (this file cannot be had any more)")
    return tuple(BroughtFile(name=file.name, type=file.type, data=data) for file, data in found if file and data)
