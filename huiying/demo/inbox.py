"""Decides how the letters that customers received are shown: parsed for reading, with the bytes beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Protocol

from huiying.demo.smtp import ReceivedLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLetter:
    """One received letter, readable. ``html`` is as sent: show it in a sandbox. ``raw`` decodes byte for byte."""

    number: int
    at: datetime
    to: str
    sender: str
    subject: str
    date: str
    text: str
    html: str
    message_id: str
    in_reply_to: str
    headers: tuple[tuple[str, str], ...]
    raw: str


class HasLetters(Protocol):
    def letters(self) -> tuple[ReceivedLetter, ...]: ...


class DemoInbox:
    """Reads what the embedded SMTP server received."""

    def __init__(self, server: HasLetters) -> None:
        self._server = server
        self._read: dict[int, InboxLetter] = {}

    def count(self) -> int:
        return len(self._server.letters())

    def letters(self, limit: int = 200) -> tuple[InboxLetter, ...]:
        """The newest letters first, at most ``limit``."""
        return tuple(self._readable(letter) for letter in reversed(self._server.letters()[-limit:]))

    def letter(self, number: int) -> InboxLetter | None:
        return next((self._readable(x) for x in self._server.letters() if x.number == number), None)

    def _readable(self, letter: ReceivedLetter) -> InboxLetter:
        """Parsed once: a received letter never changes."""
        if letter.number not in self._read:
            self._read[letter.number] = read_letter(letter)
        return self._read[letter.number]


def read_letter(letter: ReceivedLetter) -> InboxLetter:
    """The letter as its reader sees it."""
    mail = message_from_bytes(letter.data, policy=policy.default)
    return InboxLetter(
        number=letter.number,
        at=letter.at,
        to=str(mail["To"] or ", ".join(letter.recipients)),
        sender=str(mail["From"] or letter.sender),
        subject=str(mail["Subject"] or ""),
        date=str(mail["Date"] or ""),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        message_id=str(mail["Message-ID"] or ""),
        in_reply_to=str(mail["In-Reply-To"] or ""),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        raw=letter.data.decode("utf-8", "surrogateescape"),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else ""
