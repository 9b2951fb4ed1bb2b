"""Which conditions there are: the word in YAML, the file's name and the module are one (``subject`` is
``rules/conditions/subject.py``)."""

from __future__ import annotations

from collections.abc import Mapping

from rules.condition import ReadCondition
from rules.conditions import (
    attachments,
    body,
    channel,
    customer,
    headers,
    hours,
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
)

CONDITIONS: Mapping[str, ReadCondition] = {
    "text": text.read,
    "subject": subject.read,
    "own": own.read,
    "body": body.read,
    "sender": sender.read,
    "recipients": recipients.read,
    "attachments": attachments.read,
    "headers": headers.read,
    "order_number": order_number.read,
    "customer": customer.read,
    "language": language.read,
    "channel": channel.read,
    "mailbox": mailbox.read,
    "hours": hours.read,
    "is_reply": is_reply.read,
    "model": model.read,
}
