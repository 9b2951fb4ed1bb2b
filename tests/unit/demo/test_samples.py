"""The sample mails are what the index says of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from importlib.resources import files
from itertools import pairwise

import pytest

from core.domain.mail import Automatic, ParsedMail
from huiying.app.demo import VIP
from huiying.demo.samples import EXPECTATIONS, SampleMail, sample_mails
from ingest.limits import ParseOptions
from ingest.parse import parse_mail

NOW = datetime(2026, 3, 2, 1, 30, 5, tzinfo=UTC)
READABLE = [mail for mail in sample_mails() if mail.expect != "quarantined"]
by_file = pytest.mark.parametrize("mail", READABLE, ids=lambda mail: mail.file)


def test_there_is_enough_of_everything() -> None:
    """The demo shows each kind of outcome, type and urgency, in three languages, with room to spare."""
    mails = sample_mails()
    counts = Counter(mail.expect for mail in mails)
    assert len(mails) >= 50
    assert set(counts) == set(EXPECTATIONS)
    assert counts["ticket"] >= 30
    assert counts["joined"] >= 3
    assert counts["silent"] >= 6
    assert {"咨询", "问题反馈", "投诉", "功能需求", "服务需求", "合作需求", "其他"} <= {mail.type for mail in mails}
    assert {"紧急", "重要", "常规"} <= {mail.urgency for mail in mails}
    assert {"zh-Hans", "zh-Hant", "en"} <= {mail.language for mail in mails}


def is_from(address: str) -> Callable[[SampleMail, ParsedMail], bool]:
    return lambda _, mail: mail.sender is not None and mail.sender.address == address


KINDS: dict[str, Callable[[SampleMail, ParsedMail], object]] = {
    "VIP": is_from(VIP[0]),
    "angry complaint": lambda sample, mail: sample.type == "投诉" and "12315" in mail.text,
    "outage": lambda sample, mail: (sample.type, sample.urgency) == ("问题反馈", "紧急"),
    "order number": lambda _, mail: mail.said and mail.said.orders,
    "attachment": lambda _, mail: mail.attachments,
    "reply to an earlier mail": lambda sample, mail: sample.expect == "joined" and mail.in_reply_to,
    "auto-reply": lambda _, mail: mail.automatic is Automatic.AUTO_REPLY,
    "bounce": lambda _, mail: mail.automatic is Automatic.BOUNCE,
    "spam": lambda sample, mail: sample.expect == "silent" and mail.spam_because,
    "GBK": lambda sample, mail: b"gb2312" in sample.data.lower() and "镕" in mail.subject,
    "Traditional": lambda _, mail: mail.language == "zh-Hant",
    "English": lambda _, mail: mail.language == "en",
}
"""What a newcomer is to see beside ordinary mail; the broken one has a test of its own."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_mail_is_there(kind: str) -> None:
    """As the parser sees it, not only as the index says."""
    read = ((mail, parse_mail(mail.on_delivery(NOW, "r7"), ParseOptions()).mail) for mail in READABLE)
    assert any(KINDS[kind](sample, mail) for sample, mail in read if mail is not None)


def test_every_file_is_in_the_index_once() -> None:
    """No sample is forgotten and none is named twice."""
    folder = files("huiying.demo").joinpath("mails")
    present = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".eml"))
    assert sorted(mail.file for mail in sample_mails()) == present


def test_the_screen_is_not_empty_at_first_and_the_last_mail_comes_within_a_minute() -> None:
    """Several mails are there at once, and the pauses between the others stay short enough to watch."""
    times = [mail.at for mail in sample_mails()]
    assert sum(1 for at in times if at <= 2) >= 6
    assert times[-1] <= 60
    assert max(b - a for a, b in pairwise(times)) <= 3


@by_file
def test_a_sample_is_fresh_on_delivery(mail: SampleMail) -> None:
    """Its Date is now, its own Message-ID carries the run, and its lines end as on the wire."""
    data = mail.on_delivery(NOW, "r7")
    head = message_from_bytes(data, policy=policy.compat32)
    assert head["Date"] == "Mon, 02 Mar 2026 01:30:05 +0000"
    assert ".r7@" in str(head["Message-ID"])
    assert b"1970" not in data
    assert b".demo@" not in data
    assert data.count(b"\n") == data.count(b"\r\n")


@by_file
def test_a_sample_names_nobody_real(mail: SampleMail) -> None:
    """Every address is under a reserved name, and phone numbers are masked or from our made-up block."""
    domains = {found.lower() for found in re.findall(rb"@([A-Za-z0-9-]+\.[A-Za-z0-9.-]+)", mail.data)}
    allowed = (b"example.com", b"example.cn", b"example.net", b"example.org", b"demo.example")
    assert all(domain.rstrip(b".").endswith(allowed) for domain in domains), domains
    phones = re.findall(rb"(?<![0-9A-Za-z+/])1[3-9][0-9]{9}(?![0-9A-Za-z+/])", mail.data)
    assert all(phone.startswith(b"13800130") for phone in phones), phones


def test_one_sample_is_no_mail_at_all() -> None:
    """The broken one has no header that anybody could read, and NULs besides."""
    (broken,) = [mail for mail in sample_mails() if mail.expect == "quarantined"]
    assert b"\0" in broken.data
    assert broken.on_delivery(NOW, "r7") == broken.data
