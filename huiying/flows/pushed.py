"""Takes in what a mail server hands over (LMTP): kept and committed before it is told so (DESIGN 3.1)."""

from __future__ import annotations

from core.domain.errors import MailTooLarge, NotFound
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.receive import keep_files

PUSHED = "lmtp"
"""The source of mail that was handed over."""


def mailbox_of(ctx: Context, recipient: str) -> MailboxSettings:
    """The mailbox that has this address, or one like it with a tag (``desk+t12@…``). Raises ``NotFound``."""
    wanted = {recipient.strip().lower(), _untagged(recipient)}
    for box in ctx.desk().mailboxes:
        if wanted & {address.lower() for address in (box.address, *box.aliases)}:
            return box
    raise NotFound("没有这个邮箱 (no such mailbox)")


def keep_pushed(ctx: Context, sender: str, recipient: str, data: bytes) -> None:
    """Committed when it returns. The same mail handed over again, because the first answer got lost, is kept once.
    Raises ``NotFound``, ``MailTooLarge``, or ``Unavailable`` when the sender is to try again later."""
    box = mailbox_of(ctx, recipient)
    if len(data) > box.largest_mb << 20:
        raise MailTooLarge(f"{box.largest_mb} MB")
    raw = RawMail(
        source=PUSHED,
        mailbox=box.name,
        folder=PUSHED,
        uidvalidity=0,
        uid=0,
        arrived=ctx.now(),
        data=_with_envelope(sender, recipient, data),
    )
    keep_files(ctx, [raw])


def largest(ctx: Context) -> int:
    """Bytes of the largest mail that any mailbox takes."""
    return max((box.largest_mb for box in ctx.desk().mailboxes), default=1) << 20


def _with_envelope(sender: str, recipient: str, data: bytes) -> bytes:
    """What a final delivery writes above a mail (RFC 5321, 4.4): a bounce is known by its empty sender, a reply by the
    tag of the address it went to. Nothing that differs at a second try."""
    head = f"Return-Path: <{_line(sender).strip('<>')}>\r\nDelivered-To: {_line(recipient)}\r\n"
    return head.encode("utf-8", "replace") + data


def _line(text: str) -> str:
    return "".join(text.split())


def _untagged(address: str) -> str:
    local, at, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
