"""Decides how your own mail gets into a running demo: over SMTP, like a customer's."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.domain.errors import BadInput, TransportUnavailable
from huiying.demo.running import RunningDemo

SENDER = "张小雨 <xiaoyu@example.com>"
SUBJECT = "想咨询一下企业版的价格"
BODY = "您好，我们有 30 个人要用，企业版怎么收费？可以开增值税专用发票吗？谢谢！\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """What was sent and what the server said to it."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    answer: str


def own_mail(*, sender: str, subject: str, body: str, to: str, now: datetime, reply_to: str = "") -> bytes:
    """A plain mail in a customer's name; ``reply_to`` is the Message-ID that it answers."""
    mail = EmailMessage(policy=policy.SMTP)
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    except (ValueError, IndexError) as error:
        raise BadInput(
            f"这个发件人或主题不能写进邮件头。Not usable in a mail header: {sender!r}, {subject!r}"
        ) from error
    mail["Date"] = format_datetime(now)
    word = hashlib.sha256("\0".join((sender, subject, body, now.isoformat())).encode()).hexdigest()[:20]
    mail["Message-ID"] = f"<{word}@mail.example.com>"
    if reply_to:
        mail["In-Reply-To"] = mail["References"] = reply_to
    mail.set_content(body if body.endswith("\n") else body + "\n")
    return mail.as_bytes()


def send_own_mail(demo: RunningDemo, data: bytes) -> SentMail:
    """Sends one mail, whatever its To says, to the demo's address.

    ``TransportUnavailable`` when the demo does not listen (any more), ``BadInput`` when it refuses the mail."""
    mail = message_from_bytes(data, policy=policy.compat32)
    sender = parseaddr(str(mail["From"] or ""))[1]
    answer = asyncio.run(_send(demo, sender if sender.isascii() else "", data))
    return SentMail(
        message_id=str(mail["Message-ID"] or ""),
        sender=sender,
        recipient=demo.address,
        subject=str(message_from_bytes(data, policy=policy.default)["Subject"] or ""),
        answer=answer,
    )


async def _send(demo: RunningDemo, sender: str, data: bytes) -> str:
    import aiosmtplib

    host, port = demo.drop
    try:
        async with aiosmtplib.SMTP(hostname=host, port=port, start_tls=False, timeout=10) as client:
            _, answer = await client.sendmail(sender, [demo.address], data)
    except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError) as error:
        raise TransportUnavailable(
            f"演示没有在 {host}:{port} 上接收邮件。The demo does not take mail at {host}:{port}.",
            hint="先运行 / first run: huiying demo",
        ) from error
    except aiosmtplib.SMTPException as error:
        raise BadInput(f"演示没有收下这封邮件。The demo refused the mail: {error}") from error
    return answer
