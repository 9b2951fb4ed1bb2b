"""Outlook's winmail.dat is unpacked: its body is read, its files have their names, and no bytes break it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.mail import ParsedMail
from ingest.limits import ParseLimits
from ingest.parse import parse_mail, part_bytes
from ingest.rtf import decompressed, rtf_words
from ingest.tnef import read_tnef
from ingest.winmail import pieces_of
from tests.factories.winmail import (
    BODY,
    CONTENT,
    FILE,
    FILE_PROPERTIES,
    attribute,
    compressed,
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


def test_an_embedded_message_is_one_attachment():
    """As a nested message is: its words are somebody else's."""
    inner = winmail(message(text="INNERTEXT"))
    told = properties({CONTENT: bytes(16) + inner, 0x3001: "旧邮件"})
    raw = mail_with(winmail(attribute(FILE, bytes(14)), attribute(FILE_PROPERTIES, told)), words=b"see")
    mail = parsed(raw)
    assert "INNERTEXT" not in mail.text
    [kept] = mail.attachments
    assert (kept.name, part_bytes(raw, kept.part)) == ("旧邮件.dat", inner)


def test_a_wrong_checksum_is_a_defect_and_everything_is_kept():
    """What could be read is shown, and the file as it came stands beside."""
    data = winmail(file("a.txt", b"exact"), message(text="words"))
    damaged = data.replace(b"exact", b"exAct")
    raw = mail_with(damaged)
    mail = parsed(raw)
    assert mail.defects == ("tnef-checksum",)
    assert mail.text == "words"
    assert [part_bytes(raw, one.part) for one in mail.attachments] == [b"exAct", damaged]


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
        HELLO,
        b"{\\rtf1\\ansicpg936\\'b4{\\*\\u-5?\\fcharset134}",
        b"\\ansicpg65001 \\ansicpg999 \\uc9 \\u-99999 \\f-1",
        attribute(BODY, b"\xff\xfe")[:-1],
        struct.pack("<I", 0xFFFFFFFF),
        struct.pack("<HH", 0x101F, 0x3707),
    ]
)
_NOISE = st.lists(_PIECES | st.binary(max_size=20), max_size=12).map(b"".join)


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
