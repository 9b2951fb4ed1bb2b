"""Header values, parameters, addresses and names."""

from __future__ import annotations

import pytest

from core.domain.mail import Address
from ingest.addresses import read_addresses, read_id, read_ids
from ingest.dates import read_date, read_offset
from ingest.header_block import split_header_block
from ingest.limits import ParseLimits
from ingest.names import listed_name
from ingest.params import parse_mime_value
from ingest.words import Notes, decode_value
from tests.factories.raw_mails import parsed, raw_mail


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"folded\r\n once", "folded once"),
        (b"Re:=?utf-8?B?5Y+R56Wo?=(urgent)", "Re:发票(urgent)"),
        (b"=?utf-8?q?a?= =?utf-8?q?_b?=", "a b"),
        (b"=?utf-8?q?a?= b", "a b"),
        (b"=?utf-8?q?=E5=8F\r\n =91?=", "发"),
        (b"=?utf-8?q?what?_?=", "what? "),
        (b"=?utf-8?B?5Y+R?=\r\n\t=?utf-8?B?56Wo?=", "发票"),
        (b"=?utf-8?B?5Y+R56W?=", "发\ufffd"),
        (b"=?x-nope?B?5Y+R56Wo?=", "发票"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?q?never closed", "=?utf-8?q?never closed"),
    ],
)
def test_unstructured_headers_are_unfolded_and_decoded(value, text):
    """Encoded words in all the forms that clients send them."""
    assert decode_value(value, Notes()).strip() == text.strip()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a@b.cn", [("", "a@b.cn")]),
        (b'"Li, Lei" <a@b.cn>, c@d.cn', [("Li, Lei", "a@b.cn"), ("", "c@d.cn")]),
        (b"A (comment, too) <a@b.cn>", [("A", "a@b.cn")]),
        (b"team: a@b.cn, C <c@d.cn>; e@f.cn", [("", "a@b.cn"), ("C", "c@d.cn"), ("", "e@f.cn")]),
        (b"undisclosed-recipients:;", []),
        (b"=?utf-8?q?a=2C_b?= <a@b.cn>", [("a, b", "a@b.cn")]),
        (b"=?utf-8?Q?a,b?= <a@b.cn>", [("a,b", "a@b.cn")]),
        (b'"quote \\" inside" <a@b.cn>', [('quote " inside', "a@b.cn")]),
        (b"<mailto:a@b.cn>", [("", "a@b.cn")]),
        (b"<@relay.cn:a@b.cn>", [("", "a@b.cn")]),
        (b"Name <a@b.cn", [("Name", "a@b.cn")]),
        (b"Support: Lee <a@b.cn>", [("Support: Lee", "a@b.cn")]),
        (b"a@b.cn <c@d.cn>", [("a@b.cn", "c@d.cn")]),
        (b"nobody", []),
    ],
)
def test_address_lists(value, expected):
    """Names with commas, comments, groups and half-written brackets give the mailboxes that were meant."""
    found = read_addresses((value,), Notes(), 10)
    assert [(one.name, one.address) for one in found] == expected


@pytest.mark.parametrize("name", ["\u200b", "\u3164 \u2060", "\u2800"])
def test_a_name_that_shows_nothing_is_none(name):
    """The customer is called by his address, as one without a name; so is what stands behind the address."""
    for value in (f"{name} <a@b.cn>", f"a@b.cn ({name})"):
        assert read_addresses((value.encode(),), Notes(), 10) == (Address(address="a@b.cn"),)


def test_a_missing_from_falls_back_and_is_noted():
    """Sender, Reply-To and Return-Path are asked before the requester counts as unknown."""
    mail = parsed(raw_mail(sender=b"", more={b"Return-Path": b"<r@b.cn>"}))
    assert mail.sender == Address(address="r@b.cn")
    assert "from-missing:return-path" in mail.defects


def test_a_local_sender_without_domain_is_kept():
    """MAILER-DAEMON writes without any domain."""
    mail = parsed(raw_mail(sender=b"MAILER-DAEMON (Mail Delivery System)"))
    assert mail.sender == Address(address="MAILER-DAEMON")


def test_message_ids_in_order_without_repeats():
    """Brackets, folding, comments and missing brackets are all understood."""
    assert read_ids((b"<a@b> (old)\r\n <c@d>, <a@b>",), 10) == ("a@b", "c@d")
    assert read_ids((b"a@b c@d",), 10) == ("a@b", "c@d")
    assert read_ids((b"Your message of Monday",), 10) == ()
    assert read_id(b"no-brackets@x") == "no-brackets@x"
    assert read_id(b"<no-at-sign>") == "no-at-sign"


def test_too_many_references_keep_the_root_and_the_newest():
    """The root names the thread, the newest are nearest."""
    many = b" ".join(b"<%d@x>" % number for number in range(500))
    assert read_ids((many,), 3) == ("0@x", "498@x", "499@x")


@pytest.mark.parametrize(
    ("text", "expected", "defect"),
    [
        ("Mon, 01 Jan 2024 08:00:00 +0800", "2024-01-01T00:00:00+00:00", ""),
        ("Mon, 1 Jan 2024 08:00:00 +0800 (CST)", "2024-01-01T00:00:00+00:00", ""),
        ("2024-01-01 08:00:00 +0800", "2024-01-01T00:00:00+00:00", "date-repaired"),
        ("Mon, 32 Jan 2024 08:00:00 +0800", None, "date-unreadable"),
        ("Mon, 01 Jan 99999 08:00:00 +0800", None, "date-unreadable"),
        ("", None, "date-missing"),
    ],
)
def test_dates(text, expected, defect):
    """An aware UTC instant, or a reason for having none."""
    date, said = read_date(text)
    assert (date.isoformat() if date else None, said) == (expected, defect)


@pytest.mark.parametrize(("text", "minutes"), [
    ("Mon, 01 Jan 2024 08:00:00 +0800", 480), ("Mon, 1 Jan 2024 08:00:00 -0330 (NST)", -210),
    ("Mon, 01 Jan 2024 08:00:00 +0000", 0), ("Mon, 01 Jan 2024 08:00:00 -0000", 0),
    ("Mon, 01 Jan 2024 08:00:00 GMT", 0), ("Mon, 01 Jan 2024 08:00:00 +9900", 0), ("2024-01-01", 0), ("", 0),
])  # fmt: skip
def test_the_clock_of_the_writer(text, minutes):
    """UTC says nothing: servers write it for whoever uses them."""
    assert read_offset(text) == minutes


def test_mime_parameters():
    """Quotes, semicolons in quotes, RFC 2231 segments in any order and percent triplets split over them."""
    value = parse_mime_value('Text/Plain; CHARSET="utf-8"; x=\'y\'; z="a;b\\"c"; n*1*=%9F%E5; n*0*=gbk\'zh\'%D6%E')
    assert value.value == "text/plain"
    assert (value.get("charset"), value.get("x"), value.get("z")) == ("utf-8", "y", 'a;b"c')
    assert value.extended["n"] == ("gbk", b"\xd6%E%9F%E5".replace(b"%E%9F", b"%E\x9f").replace(b"%E5", b"\xe5"))


@pytest.mark.parametrize(
    ("name", "mime_type", "listed"),
    [
        ("../../etc/passwd", "text/plain", "passwd"),
        ("C:\\Users\\a\\合同.pdf", "application/pdf", "合同.pdf"),
        ("", "application/pdf", "part-2.pdf"),
        ("..", "image/png", "part-2.png"),
        ("\u202egnp.exe", "image/png", "gnp.exe"),
        ("a\nb\x00.txt", "text/plain", "ab.txt"),
        ("Fwd", "message/rfc822", "Fwd.eml"),
        ("", "application/x-unheard-of", "part-2.bin"),
    ],
)
def test_attachment_names_have_no_path_and_no_tricks(name, mime_type, listed):
    """What is listed is safe to show and to save, and never empty."""
    assert listed_name(name, mime_type, "2") == listed


def test_long_names_keep_their_extension():
    """Cut names still say what they are."""
    name = listed_name("长" * 500 + ".pdf", "application/pdf", "2")
    assert len(name) <= 180 and name.endswith(".pdf")


def test_essential_headers_survive_a_flood():
    """Thousands of invented headers do not hide the subject."""
    flood = b"".join(b"X-%d: a\r\n" % number for number in range(100))
    block = split_header_block(flood + b"Subject: s\r\n\r\nbody", ParseLimits(headers=10))
    assert block.first("subject") == b"s" and block.body == b"body"
    assert "headers-cut" in block.defects


def test_the_first_of_repeated_subjects_counts():
    """As every client shows it."""
    assert parsed(raw_mail(subject=b"first\r\nSubject: second")).subject == "first"


def test_headers_that_rules_ask_about_are_kept():
    """Any that begins with X-, few of them and not long; not what providers write for themselves, nor addresses."""
    lines = ["X-Shop-Id: 7", "X-MS-Exchange-Foo: a", "Sensitivity: private", "Received: x", f"X-Form: {'a' * 999}"]
    many = [f"X-Many-{number}: 1" for number in range(100)]
    kept = dict(parsed("\r\n".join([*lines, *many, "", "Hello"]).encode()).headers)
    assert (kept["x-shop-id"], kept["sensitivity"], len(kept["x-form"])) == ("7", "private", 300)
    assert not kept.keys() & {"x-ms-exchange-foo", "received", "x-many-99"}
    assert "x-many-50" in kept
