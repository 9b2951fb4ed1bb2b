"""A notice as a mail to one person of the desk."""

from __future__ import annotations

from datetime import datetime
from html import escape

from core.domain.letter import OutgoingMail
from core.domain.mail import Address
from core.domain.settings import MailboxSettings
from responder.mime import usable_address, write_mail
from responder.notice_words import NoticeText

_HEADERS = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))


def notice_mail(
    text: NoticeText, *, copy_id: int, to: str, box: MailboxSettings, at: datetime, message_id: str
) -> OutgoingMail:
    """The same bytes for the same copy, so that a second try is the same mail. Raises ``BadTemplate`` for an address
    that cannot be sent to. The null return path keeps bounces of notices away from the customers' mailbox."""
    sender, recipient = usable_address(box.address), usable_address(to)
    rows = "".join(f"<tr><td>{escape(label)}</td><td>{escape(value)}</td></tr>" for label, value in text.facts)
    link = f'<p><a href="{escape(text.link)}">{escape(text.link)}</a></p>' if text.link else ""
    html = (
        f'<!doctype html><html lang="{text.language}"><meta charset="utf-8"><body>'
        f"<p><strong>{escape(text.title)}</strong></p><table>{rows}</table>{link}</body></html>"
    )
    data = write_mail(
        sender=Address(name=box.display or "Huiying", address=sender),
        recipient=Address(address=recipient),
        reply_to=sender,
        subject=text.title,
        date=at,
        message_id=message_id,
        headers=_HEADERS,
        language=text.language,
        text=text.text,
        html=html,
    )
    return OutgoingMail(letter_id=copy_id, mailbox=box.name, sender="", recipients=(recipient,), data=data)
