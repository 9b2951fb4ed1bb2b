"""What customers received can be read, and one's own mail is a proper one."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from core.domain.errors import BadInput
from huiying.demo.inbox import DemoInbox
from huiying.demo.send import own_mail
from huiying.demo.smtp import ReceivedLetter

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class Received:
    def __init__(self, *letters: bytes) -> None:
        self._letters = letters

    def letters(self) -> tuple[ReceivedLetter, ...]:
        return tuple(
            ReceivedLetter(
                number=n, sender="s@demo.example", recipients=("a@example.com",), data=x, at=NOW, monotonic=n
            )
            for n, x in enumerate(self._letters, 1)
        )


def a_letter(subject: str) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "云杉 <s@demo.example>", "王建国 <a@example.com>", subject
    mail["In-Reply-To"] = "<root@example.com>"
    mail.set_content("您好，已受理。\n")
    mail.add_alternative("<p>您好，<b>已受理</b>。</p>\n", subtype="html")
    return mail.as_bytes()


def test_letters_are_read_newest_first() -> None:
    """Addresses and subject are decoded; text and HTML stand beside each other; the bytes are kept."""
    second = a_letter("第二封")
    inbox = DemoInbox(Received(a_letter("第一封"), second))
    newest, oldest = inbox.letters()
    assert (newest.number, newest.subject, oldest.subject) == (2, "第二封", "第一封")
    assert newest.to == "王建国 <a@example.com>"
    assert newest.text.strip() == "您好，已受理。"
    assert "<b>已受理</b>" in newest.html
    assert newest.in_reply_to == "<root@example.com>"
    assert newest.raw.encode("utf-8", "surrogateescape") == second
    assert inbox.count() == 2


def test_one_letter_is_found_by_its_number() -> None:
    """Numbers count from one; others are nobody's."""
    inbox = DemoInbox(Received(a_letter("唯一")))
    found = inbox.letter(1)
    assert found is not None
    assert found.subject == "唯一"
    assert inbox.letter(2) is None


def test_a_letter_without_anything_is_still_shown() -> None:
    """Odd bytes give an empty letter with the envelope's recipient, not an error."""
    (letter,) = DemoInbox(Received(b"\xff\x00")).letters()
    assert (letter.to, letter.subject, letter.html) == ("a@example.com", "", "")


def test_own_mail_is_complete() -> None:
    """It has what a mail needs, in any language, and answers another one if told so."""
    data = own_mail(
        sender="张小雨 <x@example.com>",
        subject="打不开了",
        body="请看看",
        to="t@demo.example",
        now=NOW,
        reply_to="<a@b.example>",
    )
    mail = message_from_bytes(data, policy=policy.default)
    assert (mail["From"], mail["Subject"], mail["To"]) == ("张小雨 <x@example.com>", "打不开了", "t@demo.example")
    assert mail["In-Reply-To"] == mail["References"] == "<a@b.example>"
    assert mail["Date"].datetime == NOW
    assert mail.get_content() == "请看看\r\n" or mail.get_content() == "请看看\n"


def test_two_mails_never_share_a_message_id() -> None:
    """Neither another text nor another instant gives the same one."""
    ids = {
        message_from_bytes(own_mail(sender="a@example.com", subject="s", body=body, to="t@demo.example", now=now))[
            "Message-ID"
        ]
        for body in ("one", "two")
        for now in (NOW, NOW.replace(second=1))
    }
    assert len(ids) == 4


def test_a_subject_with_a_line_break_is_refused() -> None:
    """Nobody smuggles a header in."""
    with pytest.raises(BadInput):
        own_mail(sender="a@example.com", subject="s\r\nBcc: b@example.com", body="", to="t@demo.example", now=NOW)
