"""Outlook's winmail.dat is unpacked: its body is read, its files have their names, and no bytes break it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.mail import Address, ParsedMail
from ingest.embedded import Envelope, Piece, eml_of
from ingest.limits import ParseLimits
from ingest.parse import parse_mail, part_bytes
from ingest.rtf import decompressed, rtf_words
from ingest.tnef import read_tnef
from ingest.winmail import pieces_of
from tests.factories.winmail import (
    BODY,
    FILE,
    FILE_PROPERTIES,
    FROM,
    SENT_ON,
    SUBJECT,
    attribute,
    compressed,
    embedded,
    file,
    mail_with,
    message,
    properties,
    winmail,
)

PDF = b"%PDF-1.4\n\x00\xff"
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""The example of MS-OXRTFCP, 4.1.1."""
LIMITS = ParseLimits()
BROKEN = rb"\'b4\'f2\'d3\'a1\'bb\'fa\'bb\'b5\'c1\'cb"
"""In GBK, as RTF writes it."""


def parsed(raw: bytes) -> ParsedMail:
    mail = parse_mail(raw).mail
    assert mail is not None
    return mail


def test_files_are_attachments_under_their_long_names():
    """The title is short and in the writer's code page; the MAPI property has the whole name in Unicode."""
    inside = winmail(
        file("合同~1.PDF", PDF, long_name="采购合同（最终版）.pdf", mime="application/pdf"), file("日志.txt", b"log")
    )
    raw = mail_with(inside, words="请看附件".encode())
    mail = parsed(raw)
    assert [(one.name, one.type) for one in mail.attachments] == [
        ("采购合同（最终版）.pdf", "application/pdf"),
        ("日志.txt", "application/octet-stream"),
    ]
    assert [part_bytes(raw, one.part) for one in mail.attachments] == [PDF, b"log"]
    assert mail.text == "请看附件"
    assert mail.defects == ()


@pytest.mark.parametrize(
    "body",
    [
        attribute(BODY, "打印机坏了\0".encode("gbk")),
        message(text="打印机坏了"),
        message(html="<p>打印机坏了</p>".encode("gbk"), html_page=936),
        message(rtf=compressed(rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0 Arial;}}\f0 " + BROKEN + rb"\par}")),
        message(rtf=compressed(rb"{\rtf1\ansi\uc1{\*\generator x}\u25171?\u21360?\u26426?\u22351?\u20102?\par}")),
        message(rtf=compressed(rb"{\rtf1\ansi{\fonttbl{\f1\fcharset134 Song;}}\f1 " + BROKEN + b"}")),
    ],
    ids=["attribute", "plain", "html", "rtf-code-page", "rtf-unicode", "rtf-font"],
)  # fmt: skip
def test_the_body_is_read_where_there_is_no_other(body):
    """Whatever form Outlook chose."""
    mail = parsed(mail_with(winmail(body)))
    assert mail.text == "打印机坏了"
    assert mail.defects == ()


def test_words_that_stand_before_it_are_not_shown_twice():
    """The copy in winmail.dat stays an inline part, which no page lists as the customer's file."""
    mail = parsed(mail_with(winmail(message(text="打印机坏了")), words="打印机坏了".encode()))
    assert mail.text == "打印机坏了"
    assert [one.inline for one in mail.attachments] == [True]


def test_rtf_with_pictures_is_kept_beside_its_words():
    """What is more than words is for Word to show."""
    rtf = rb"{\rtf1\ansi hello{\pict\pngblip 89504e47}\par}"
    raw = mail_with(winmail(message(rtf=compressed(rtf))))
    mail = parsed(raw)
    assert mail.text == "hello"
    [kept] = mail.attachments
    assert (kept.name, part_bytes(raw, kept.part)) == ("message.rtf", rtf)


WANG: dict[str, str | datetime] = {
    "name": "王敏, 采购部", "address": "wang@example.cn", "to": "示例客服; 李雷", "subject": "订单 <SO1>：\r\n请回复",
    "sent": datetime(2026, 3, 5, 2, 30, tzinfo=UTC), "message_id": "<a1@example.cn>",
}  # fmt: skip


def opened(raw: bytes, name: str) -> ParsedMail:
    """The attachment of that name, read as a mail; it is the mail's only one."""
    mail = parsed(raw)
    [kept] = mail.attachments
    assert (kept.name, kept.type, kept.inline) == (name, "message/rfc822", False)
    data = part_bytes(raw, kept.part)
    assert data is not None and data == part_bytes(raw, kept.part) and data.isascii()
    assert max(map(len, data.split(b"\r\n"))) < 998 and b"\n" not in data.replace(b"\r\n", b"")
    return parsed(data)


def test_an_embedded_message_is_one_mail_that_can_be_opened():
    """As a nested message is: its words are somebody else's, and it is a file with sender, time, words and files."""
    inner = winmail(
        message(text="请查一下订单", html="<p>请查一下订单</p>".encode("gbk"), html_page=936, **WANG),
        file("a~1.PDF", PDF, long_name="合同.pdf", mime="application/pdf"),
    )
    raw = mail_with(winmail(embedded(inner, "旧邮件")), words=b"see")
    assert (parsed(raw).text, parsed(raw).defects) == ("see", ())
    mail = opened(raw, "旧邮件.eml")
    assert mail.defects == ()
    assert (mail.sender, mail.subject) == (
        Address(name="王敏, 采购部", address="wang@example.cn"),
        "订单 <SO1>： 请回复",
    )
    assert (mail.date, mail.message_id, mail.text) == (WANG["sent"], "a1@example.cn", "请查一下订单")
    [pdf] = mail.attachments
    data = part_bytes(raw, parsed(raw).attachments[0].part)
    assert data is not None
    assert (pdf.name, pdf.type, part_bytes(data, pdf.part)) == ("合同.pdf", "application/pdf", PDF)


def test_the_oldest_form_says_who_and_when_too():
    """attFrom, attSubject and attDateSent, in the writer's code page; the subject is the name of the file."""
    place = b"SMTP:li@example.cn\0"
    name = "李雷\0".encode("gbk")
    above = (
        attribute(FROM, struct.pack("<HHHH", 4, 0, len(name), len(place)) + name + place),
        attribute(SUBJECT, "打印机\0".encode("gbk")),
        attribute(SENT_ON, struct.pack("<7H", 2026, 3, 5, 2, 30, 0, 4)),
    )
    mail = opened(mail_with(winmail(embedded(winmail(*above, attribute(BODY, "坏了\0".encode("gbk")))))), "打印机.eml")
    assert (mail.sender, mail.subject, mail.text) == (Address(name="李雷", address="li@example.cn"), "打印机", "坏了")
    assert mail.date == datetime(2026, 3, 5, 2, 30, tzinfo=UTC)


def test_messages_in_messages_open_one_in_another():
    """Three deep; what is deeper stays as Outlook wrote it, beside the whole file."""
    inner = winmail(message(text="最里面", subject="三"))
    for name in ("二", "一"):
        inner = winmail(message(text=name, subject=name), embedded(inner))
    raw = mail_with(winmail(embedded(inner)), words=b"see")
    for name, text in (("一", "一"), ("二", "二"), ("三", "最里面")):
        [kept] = parsed(raw).attachments
        assert kept.name == f"{name}.eml"
        raw = part_bytes(raw, kept.part) or b""
        assert parsed(raw).text == text
    deep = winmail(message(text="x"))
    for _ in range(6):
        deep = winmail(embedded(deep, "m"))
    mail = parsed(mail_with(deep, words=b"see"))
    assert [one.name for one in mail.attachments] == ["m.eml", "winmail.dat"]


def test_an_embedded_message_of_which_nothing_is_read_stays():
    """Its bytes are there, and the file that it came in."""
    for inner in (winmail(), winmail(attribute(0x12345678, b"?"))[:-3]):
        raw = mail_with(winmail(embedded(inner, "旧邮件")), words=b"see")
        kept = parsed(raw).attachments[0]
        assert (kept.name, part_bytes(raw, kept.part)) == ("旧邮件.dat", inner)


@pytest.mark.slow
def test_an_embedded_message_that_was_cut_off_is_read_as_far_as_it_goes():
    """At every place there is a mail, or the bytes; the file itself stands beside what is not whole."""
    inner = winmail(message(text="words", rtf=HELLO, **WANG), file("a.txt", b"exact", long_name="long.txt"))
    for end in range(20, len(inner)):
        raw = mail_with(winmail(embedded(inner[:end], "m")), words=b"see")
        mail = parsed(raw)
        assert mail.attachments[0].name in ("m.eml", "m.dat")
        assert mail.attachments[-1].name == "winmail.dat" or not mail.defects


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=300))
def test_no_word_of_it_becomes_a_header(name, address, subject):
    """Whatever it says of itself: line breaks, commas, half of a pair, other people's encoded words."""
    envelope = Envelope(name=name, address=address, subject=subject, to=name, message_id=address)
    piece = Piece(
        type="text/plain; x=\r\nEvil: 1", data=b"x", name=subject, content_id=address, disposition="attachment"
    )
    data = eml_of(envelope, [piece, Piece(type="text/plain", data=b"words", charset=name)])
    head = data.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert set(names) <= {b"From", b"To", b"Subject", b"Message-ID", b"MIME-Version", b"Content-Type"}
    assert len(names) == len(set(names)) and b"Evil" not in data
    mail = parsed(data)
    assert mail.text == "words"
    assert len(mail.attachments) == 1


def test_a_wrong_checksum_is_a_defect_and_everything_is_kept():
    """What could be read is shown, and the file as it came stands beside."""
    data = winmail(file("a.txt", b"exact"), message(text="words"))
    damaged = data.replace(b"exact", b"exAct")
    raw = mail_with(damaged)
    mail = parsed(raw)
    assert mail.defects == ("tnef-checksum",)
    assert mail.text == "words"
    assert [part_bytes(raw, one.part) for one in mail.attachments] == [b"exAct", damaged]


@pytest.mark.slow
def test_what_was_cut_off_is_read_as_far_as_it_goes():
    """At every place."""
    data = winmail(message(text="words", rtf=HELLO), file("a.txt", b"exact", long_name="long.txt"))
    for end in range(len(data)):
        raw = mail_with(data[:end])
        mail = parsed(raw)
        assert mail.defects in ((), ("tnef-cut",), ("tnef-properties", "tnef-cut"))
        # Nothing is lost: either all of it was read, or the file itself is there.
        assert any(part_bytes(raw, one.part) == data[:end] for one in mail.attachments) or mail.defects == ()


@pytest.mark.parametrize("kind", [b"IPM.Microsoft Schedule.MtgReq", b"REPORT.IPM.Note.NDR"])
def test_meetings_and_reports_keep_their_file(kind):
    """There is more in them than is read here."""
    mail = parsed(mail_with(winmail(message(text="14:00"), kind=kind)))
    assert mail.text == "14:00"
    assert [one.name for one in mail.attachments] == ["winmail.dat"]


def test_a_file_that_only_has_the_name_stays_as_it_is():
    """Called winmail.dat, but something else."""
    raw = mail_with(b"hello")
    [kept] = parsed(raw).attachments
    assert (kept.name, part_bytes(raw, kept.part)) == ("winmail.dat", b"hello")


def test_rtf_is_undone_as_the_standard_says():
    """The published example, with references into what both sides know."""
    assert decompressed(HELLO) == (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", "")
    assert rtf_words(decompressed(HELLO)[0], 100) == "hello world"
    assert decompressed(HELLO[:-1] + b"\xa1")[1] == "rtf-damaged"
    repeated = compressed(b"{\\rtf1 ok}")
    assert decompressed(repeated) == (b"{\\rtf1 ok}", "")


def test_no_mail_takes_more_than_its_share():
    """A few bytes that mean megabytes, files without end, and groups that never close."""
    body = b"\0" + b"a" * 8 + b"\xff" + (b"\x00\xdf" * 8)
    huge = struct.pack("<IIII", 0, 0xFFFFFFFF, 0x75465A4C, 0) + body + (b"\xff" + b"\x0c\xff" * 8) * 60_000
    data, defect = decompressed(huge)
    assert len(data) <= 4 << 20
    assert defect == "rtf-damaged"
    assert rtf_words(b"{\\rtf1 " + b"{" * 100_000 + b"x", 1_000) == "x"
    found = read_tnef(winmail(*[attribute(FILE, b"")] * 50), most_files=10)
    assert (len(found.files), found.defects) == (10, ["tnef-files"])
    many = properties({})[4:]
    assert read_tnef(winmail(attribute(FILE_PROPERTIES, b"\xff\xff\xff\xff" + many)), most_files=1).defects == [
        "tnef-properties"
    ]


_PIECES = st.sampled_from(
    [
        winmail(),
        message(text="words", html=b"<p>", rtf=HELLO),
        file("a", b"b", long_name="c"),
        embedded(winmail(message(text="words", subject="s"))),
        attribute(FROM, b"\xff" * 9),
        attribute(SENT_ON, b"\xff" * 14),
        HELLO,
        b"{\\rtf1\\ansicpg936\\'b4{\\*\\u-5?\\fcharset134}",
        b"\\ansicpg65001 \\ansicpg999 \\uc9 \\u-99999 \\f-1",
        attribute(BODY, b"\xff\xfe")[:-1],
        struct.pack("<I", 0xFFFFFFFF),
        struct.pack("<HH", 0x101F, 0x3707),
    ]
)
_NOISE = st.lists(_PIECES | st.binary(max_size=20), max_size=12).map(b"".join)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(_NOISE, st.sampled_from([b"", winmail(), (0x223E9F78).to_bytes(4, "little") + b"\0\0"]))
def test_any_bytes_give_an_answer(noise, start):
    """Behind the right first bytes, too, where everything is looked at."""
    pieces, defects, whole = pieces_of(start + noise, LIMITS)
    assert whole or not pieces or defects or start
    rtf_words(decompressed(noise)[0] or b"{\\rtf1" + noise, 1_000).encode()
    parsed(mail_with(start + noise, words=b"words", binary=True))
    for kind in (BODY, FILE_PROPERTIES, 0x00069003):
        pieces_of(winmail(attribute(FILE, b""), attribute(kind, noise)), LIMITS)
