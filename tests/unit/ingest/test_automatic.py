"""Whether a machine wrote a mail, and which."""

from __future__ import annotations

import pytest

from core.domain.mail import Automatic
from core.domain.settings import SPAM_HEADERS as BELIEVABLE
from ingest.automatic import SPAM_HEADERS
from tests.factories.raw_mails import multipart, parsed, part, raw_mail

DSN = b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: %s\r\nStatus: 5.1.1\r\n"


def report(kind: bytes, action: bytes = b"failed", *more: bytes) -> bytes:
    return multipart(
        part(b"text/plain", b"words"),
        part(b"message/" + kind, DSN % action),
        *more,
        subtype=b"report; report-type=" + kind,
        sender=b"postmaster@mx.example",
    )


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, None),
        ({b"Auto-Submitted": b"no"}, None),
        ({b"Auto-Submitted": b"no (a human)"}, None),
        ({b"Auto-Submitted": b"auto-replied"}, "auto-reply"),
        ({b"Auto-Submitted": b'auto-generated; owner-email="x"'}, "auto-reply"),
        ({b"X-Autoreply": b"yes"}, "auto-reply"),
        ({b"X-Autorespond": b"vacation"}, "auto-reply"),
        ({b"X-Auto-Response-Suppress": b"OOF, AutoReply"}, None),
        ({b"X-Auto-Response-Suppress": b"DR, RN"}, None),
        ({b"Precedence": b"auto_reply"}, "auto-reply"),
        ({b"Precedence": b"bulk"}, "list"),
        ({b"Precedence": b"list"}, "list"),
        ({b"Precedence": b"first-class"}, None),
        ({b"List-Id": b"<users.example.org>"}, "list"),
        ({b"List-Unsubscribe": b"<mailto:x@y>"}, "list"),
        ({b"Return-Path": b"<>"}, "bounce"),
        ({b"Return-Path": b"<>", b"Auto-Submitted": b"auto-replied"}, "auto-reply"),
        ({b"Return-Path": b"<a@b.cn>"}, None),
        ({b"X-Failed-Recipients": b"a@b.cn"}, "bounce"),
    ],
)
def test_headers_of_machines(more, kind):
    """RFC 3834, RFC 2919 and the headers that mail systems add of their own."""
    mail = parsed(raw_mail(more=more))
    assert mail.automatic == kind
    assert bool(mail.automatic_because) == (kind is not None)


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("自动回复：我在休假", "auto-reply"),
        ("自動回覆: 謝謝", "auto-reply"),
        ("Automatic reply: Out of office", "auto-reply"),
        ("Out of Office: back on Monday", "auto-reply"),
        ("Abwesenheitsnotiz", "auto-reply"),
        ("自动回复", "auto-reply"),
        ("【自动回复】您好", "auto-reply"),
        ("自动回复 (Re: 发票)", "auto-reply"),
        ("自动回复 您好，邮件已收到", "auto-reply"),
        ("自动回复您好，邮件已收到", "auto-reply"),
        ("Out of office until Monday", "auto-reply"),
        ("Out of office reply is not sent", None),
        ("Automatic reply does not work", None),
        ("Auto-reply settings", None),
        ("自动回复功能不能用", None),
        ("自动回复怎么关闭？", None),
        ("自動回覆功能壞了", None),
        ("关于自动回复功能的咨询", None),
        ("Re: 自动回复怎么设置", None),
        ("Auto parts order", None),
        ("退信太多，请帮忙看看", None),
    ],
)
def test_subjects_of_machines_and_of_people(subject, kind):
    """A subject that begins as a machine's does is one; a question about machines is not."""
    assert parsed(raw_mail(subject=subject.encode())).automatic == kind


def test_auto_submitted_no_is_a_human_whatever_his_subject():
    """RFC 3834 lets a person say so."""
    assert parsed(raw_mail(subject="自动回复".encode(), more={b"Auto-Submitted": b"no"})).automatic is None


@pytest.mark.parametrize(
    "subject",
    ["系统退信", "系统退信/Systems bounce", "退信通知", "Undelivered Mail Returned to Sender", "failure notice"],
)
def test_subjects_of_returned_mail(subject):
    """Chinese providers send bounces without any standard header."""
    mail = parsed(raw_mail(subject=subject.encode(), sender=b"Postmaster <postmaster@163.com>"))
    assert mail.automatic is Automatic.BOUNCE


@pytest.mark.parametrize(
    ("kind", "action", "expected"),
    [
        (b"delivery-status", b"failed", "bounce"),
        (b"delivery-status", b"delayed", "report"),
        (b"delivery-status", b"delivered", "report"),
        (b"disposition-notification", b"displayed", "report"),
        (b"feedback-report", b"x", "report"),
    ],
)
def test_reports(kind, action, expected):
    """A failure is a bounce; a delay, a receipt or a complaint report is a report."""
    assert parsed(report(kind, action)).automatic == expected


def test_a_bounce_names_the_mail_that_came_back():
    """The Message-ID of our letter is kept, so that the bounce finds its ticket."""
    returned = part(b"message/rfc822", b"Message-ID: <hy.ours@example.cn>\r\nSubject: x\r\n\r\nold")
    mail = parsed(report(b"delivery-status", b"failed", returned))
    assert mail.header("returned-message-id") == "hy.ours@example.cn"


@pytest.mark.parametrize("own", ["desk@example.cn", "Desk+t1.k.abc@Example.CN"])
def test_our_own_mail_is_own_before_anything_else(own):
    """A mail from one of our addresses is never answered, even if it is also a bounce."""
    mail = parsed(raw_mail(sender=own.encode(), more={b"Return-Path": b"<>", b"List-Id": b"<x>"}), "desk@example.cn")
    assert mail.automatic is Automatic.OWN


def test_a_qmail_bounce_is_recognised_by_its_text():
    """Returned mails of systems that follow no standard are scanned for failed recipients."""
    body = (
        b"Hi. This is the qmail-send program at mx.example.\r\n"
        b"I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        b"This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        b"<nobody@mx.example>:\r\nSorry, no mailbox here by that name.\r\n\r\n"
        b"--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <d@e.cn>\r\n"
    )
    mail = parsed(raw_mail(body, subject=b"oh dear", sender=b"MAILER-DAEMON@mx.example", content_type=b""))
    assert mail.automatic is Automatic.BOUNCE


@pytest.mark.parametrize(
    ("header", "value", "spam"),
    [
        (b"X-Spam-Flag", b"YES", True),
        (b"X-Spam-Flag", b"NO", False),
        (b"X-Spam-Status", b"Yes, score=15.7 required=5.0", True),
        (b"X-Spam-Status", b"No, score=0.1", False),
        (b"X-Bogosity", b"Spam, tests=bogofilter", True),
        (b"X-Forefront-Antispam-Report", b"CIP:1.2.3.4;SFV:SPM;", True),
        (b"X-Forefront-Antispam-Report", b"CIP:1.2.3.4;SFV:NSPM;", False),
        (b"X-MS-Exchange-Organization-SCL", b"-1", False),
        (b"X-MS-Exchange-Organization-SCL", b"6", True),
    ],
)
def test_the_word_of_the_servers_spam_filter(header, value, spam):
    """What the receiving server said about spam is kept with its reason."""
    because = parsed(raw_mail(more={header: value})).spam_because
    assert bool(because) == spam
    assert not spam or because.startswith(header.decode().lower())


def test_every_mark_of_spam_that_is_known_can_be_believed():
    """What a mailbox may name is what is looked for."""
    assert tuple(SPAM_HEADERS) == BELIEVABLE
