"""Which conditions there are: the word in YAML, the file's name and the module are one (``subject`` is
``rules/conditions/subject.py``)."""

from __future__ import annotations

from collections.abc import Mapping

from rules.condition import ReadCondition
from rules.conditions import (
    attachments,
    body,
    cc,
    channel,
    clock,
    customer,
    emotion,
    headers,
    hours,
    impact,
    is_reply,
    language,
    mailbox,
    model,
    order_number,
    own,
    recipients,
    sender,
    subject,
    text,
    ticket,
    to,
    urged,
)

CONDITIONS: Mapping[str, ReadCondition] = {
    "text": text.read,
    "subject": subject.read,
    "own": own.read,
    "body": body.read,
    "sender": sender.read,
    "recipients": recipients.read,
    "to": to.read,
    "cc": cc.read,
    "attachments": attachments.read,
    "headers": headers.read,
    "order_number": order_number.read,
    "customer": customer.read,
    "language": language.read,
    "channel": channel.read,
    "mailbox": mailbox.read,
    "hours": hours.read,
    "is_reply": is_reply.read,
    "urged": urged.read,
    "emotion": emotion.read,
    "impact": impact.read,
    "model": model.read,
    "ticket": ticket.read,
    "clock": clock.read,
}
