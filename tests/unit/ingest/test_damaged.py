"""What damaging mails at random has found: each once broke a promise of the parser."""

from __future__ import annotations

import hashlib
import logging
import time

import pytest

from core.domain.mail import Automatic
from ingest.parse import part_bytes
from ingest.returned import names_failed_recipients
from tests.factories.raw_mails import multipart, parsed, part, raw_mail

DSN = multipart(
    part(b"text/plain", b"could not be delivered"),
    part(b"message/delivery-status", b"Reporting-MTA: dns; mx.example.cn\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
    part(b"message/rfc822", b"Message-ID: <ours@example.cn>\r\nSubject: x\r\n\r\nhello"),
    subtype=b"report; report-type=delivery-status",
    boundary=b"b7",
    sender=b"MAILER-DAEMON@example.cn",
)


@pytest.mark.parametrize("encoding", [b"8\xfdit", b"ba\xe5e64", b"\xda", b"\x00"])
def test_a_defect_that_quotes_the_mail_can_be_written(encoding):
    """The name of an unknown transfer encoding is the mail's own bytes: no surrogate and no NUL comes out of it."""
    mail = parsed(raw_mail(more={b"Content-Transfer-Encoding": encoding}))
    for defect in mail.defects:
        defect.encode("utf-8")
        assert "\x00" not in defect


@pytest.mark.parametrize("wrong", [b'boundary="b8"', b"boundary=", b"x=y"])
def test_parts_of_a_repaired_multipart_are_found_again(wrong):
    """A bounce whose boundary is misnamed: its parts are listed, can be fetched by their paths, and it is a bounce."""
    data = DSN.replace(b'boundary="b7"', wrong)
    mail = parsed(data)
    assert "boundary-repaired" in mail.defects and mail.automatic is Automatic.BOUNCE
    assert [one.type for one in mail.attachments] == ["message/delivery-status", "message/rfc822"]
    for one in mail.attachments:
        found = part_bytes(data, one.part)
        assert found is not None and hashlib.sha256(found).hexdigest() == one.sha256


def test_parts_of_a_repaired_first_part_have_paths_of_their_own():
    """Where the first of several parts had to be repaired, no two attachments share a path."""
    inner = b"--i\r\nContent-Type: image/png\r\n\r\none\r\n--i\r\nContent-Type: image/png\r\n\r\ntwo\r\n--i--\r\n"
    data = multipart(part(b"multipart/mixed; boundary=j", inner), part(b"image/png", b"three"))
    mail = parsed(data)
    assert [one.part for one in mail.attachments] == ["1.1", "1.2", "2"]
    assert [part_bytes(data, one.part) for one in mail.attachments] == [b"one", b"two", b"three"]


def test_a_detector_that_trips_says_nothing_of_the_mail(caplog):
    """flufl.bounce logs the traces of its detectors, with pieces of the mail."""
    with caplog.at_level(logging.DEBUG):
        assert not names_failed_recipients(raw_mail(sender=b"\xff\xfe@example.cn"))
    assert not [one for one in caplog.records if one.name.startswith("flufl")]


@pytest.mark.slow
@pytest.mark.parametrize("name", [b"To", b"Subject", b"X-Spam-Status", b"Content-Disposition"])
def test_thousands_of_damaged_headers_are_read_in_time(name):
    """No slow detector is asked about each of them: 36 kB took three seconds, and a mail may have more."""
    head = b"".join(b"%s: \x9abarrh%d\r\n" % (name, number) for number in range(4_000))
    start = time.process_time()
    parsed(head + raw_mail(sender="\xe9milie <e@example.fr>".encode("latin-1")))
    assert time.process_time() - start < 2.5


@pytest.mark.slow
def test_thousands_of_damaged_file_names_are_read_in_time():
    """The same for the names of attachments, all of which are listed."""
    one = b'attachment; filename="\x9abarr%d.txt"'
    parts = [part(b"image/png", b"x", b"Content-Disposition: " + one % number) for number in range(2_000)]
    start = time.process_time()
    mail = parsed(multipart(*parts))
    assert time.process_time() - start < 2.5
    assert len({attachment.name for attachment in mail.attachments}) == 2_000


@pytest.mark.slow
def test_thousands_of_damaged_texts_are_read_in_time():
    """The same for parts that are shown, each of them in a character set of its own making."""
    parts = [part(b"text/plain", b"\x9abarr%d" % number) for number in range(2_000)]
    start = time.process_time()
    mail = parsed(multipart(*parts))
    assert time.process_time() - start < 2.5
    assert "barr1999" in mail.text


@pytest.mark.parametrize(
    ("ends", "defect"), [(b"\r\r\n", "doubled-cr"), (b"\r\r\r\n", "doubled-cr"), (b"\r", "bare-cr"), (b"\n", None)]
)
def test_any_line_ends_keep_structure_and_attachments(ends, defect):
    """A relay that made CR LF of LF once too often, an old Macintosh, a Unix file: the same mail."""
    right = multipart(
        part(b"text/plain; charset=utf-8", "您好\r\n\r\n附件是合同".encode()),
        part(b'application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64', b"JVBERi0x\r\nLjQ="),
    )
    wrong, expected = parsed(right.replace(b"\r\n", ends)), parsed(right)
    assert (wrong.text, wrong.attachments) == (expected.text, expected.attachments)
    assert [one.name for one in wrong.attachments] == ["a.pdf"] and wrong.text == "您好\n\n附件是合同"
    assert wrong.defects == ((defect,) if defect else ())


def test_one_doubled_return_in_a_mail_is_left_alone():
    """Only where most lines end so is it the relay."""
    mail = parsed(raw_mail(body=b"one\r\r\ntwo\r\nthree\r\n"))
    assert "doubled-cr" not in mail.defects
