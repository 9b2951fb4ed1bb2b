"""Letters for tests: an intent with good defaults, composed by the shipped book."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from core.domain.calendar import BusinessCalendar, Window
from core.domain.letter import LetterIntent, LetterKind, OutgoingMail
from core.domain.mail import Address
from core.domain.settings import MailboxSettings, ServerSettings
from responder.letters import LetterBook, compile_letters
from responder.variables import acknowledgement_variables

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = (Window.of("09:00", "12:00"), Window.of("13:00", "18:00"))
CN = BusinessCalendar(name="cn", zone="Asia/Shanghai", week=(*(OFFICE,) * 5, (), ()))
RECEIVED = datetime(2026, 3, 5, 10, 0, tzinfo=SHANGHAI)
TOLD = datetime(2026, 3, 5, 10, 15, tzinfo=SHANGHAI)
SERVER = ServerSettings(host="127.0.0.1", port=25)
BOX = MailboxSettings(name="support", address="support@desk.cn", imap=SERVER, smtp=SERVER)
REPLY_TO = "support+t2.k1.abcdefghij@desk.cn"
OUTLOOK_ID = "AM0PR04MB5267" + "0123456789ABCDEF" * 8 + "@AM0PR04MB5267.eurprd04.prod.outlook.com"
LOGO = (
    "iVBORw0KGgoAAAANSUhEUgAAAKAAAAAsCAIAAABt3yTZAAAAiklEQVR42u3XMQ0AIAwAwTqBFQWIwia+QAITTSD3qYLe0sbS14UV"
    "ABZgPQFcx0wbqwcswAIMGDBgwIBvAJfWzXEAAwYMGDBgwIABA5Y/WIAFGLAjy5EFGDBgwIABG8CAvUneJMCAAQMGDPjTIwswYMCA"
    "AQMGDBgwYG+SNwkwYMCAlQQswAIswEprA+ZvyvsO1o+kAAAAAElFTkSuQmCC"
)
"""A PNG of 160 × 44, as a bundle holds it."""
BOOK: LetterBook = compile_letters({})[0]


def variables(language: str, **changes: Any) -> dict[str, str]:
    facts = {
        "number": "20260305001", "subject": "无法登录系统", "text": "你好，\n系统从今天早上开始无法登录。请尽快处理",
        "name": "李明", "address": "li@example.cn", "received": RECEIVED, "told": TOLD, "calendar": CN,
    }  # fmt: skip
    return acknowledgement_variables(language=language, **{**facts, **changes})


def an_intent(language: str = "zh-CN", **changes: Any) -> LetterIntent:
    fields: dict[str, Any] = {
        "id": 7, "ticket_id": 2, "kind": LetterKind.ACKNOWLEDGEMENT, "occasion": "arrival",
        "template": "acknowledgement", "language": language, "bundle": "b", "mailbox": "support",
        "recipient": Address(name="李明", address="li@example.cn"),
        "date": RECEIVED, "message_id": "hy.2.7.k1.abcdefghijklmnop@desk.cn", "in_reply_to": "root@example.cn",
        "references": ("first@example.cn", "root@example.cn"), "not_before": RECEIVED,
    }  # fmt: skip
    merged = {**fields, **changes}
    return LetterIntent(**{"variables": variables(language), **merged})


def compose(intent: LetterIntent | None = None, **changes: Any) -> OutgoingMail:
    return BOOK.compose(intent or an_intent(**changes), BOX, REPLY_TO)


def read(mail: OutgoingMail) -> EmailMessage:
    """As the standard library reads it, which must find nothing wrong with it."""
    found = email.message_from_bytes(mail.data, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert all(not part.defects for part in found.walk())
    return found


def text_of(mail: OutgoingMail, kind: str = "plain") -> str:
    body = read(mail).get_body((kind,))
    assert body is not None
    return str(body.get_content())
