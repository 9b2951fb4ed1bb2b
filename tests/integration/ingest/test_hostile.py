"""Mails made to take a worker's time or memory for themselves."""

from __future__ import annotations

import base64
import time

import pytest

from ingest.html import html_text
from ingest.html_display import safe_html
from tests.factories.raw_mails import multipart, parsed, part, raw_mail

SECONDS = 5.0
"""Far above what each takes on a slow machine, far below what a quadratic scan would take."""


def within_limit(data: bytes):
    start = time.process_time()
    mail = parsed(data)
    assert time.process_time() - start < SECONDS
    return mail


def test_a_subject_of_80_000_encoded_words():
    """1 MB of glued encoded words is decoded, not refused."""
    assert within_limit(raw_mail(subject=b"=?utf-8?q?a?=" * 80_000)).subject == "a" * 80_000


@pytest.mark.parametrize(
    "subject", [b"=?utf-8?q?a" * 80_000, b"=?" * 200_000, "中".encode("gbk") * 200_000, b"=?gb2312?b?1tA=?= x" * 20_000]
)
def test_subjects_that_never_close_or_never_end(subject):
    """No form of a broken encoded word costs the square of its length."""
    assert within_limit(raw_mail(subject=subject)).subject


@pytest.mark.parametrize(
    "junk", [b'"', b"<", b"(", b",", b":", b"\\", b"@", b"a", b"a@", b"=?u?q?", b'"<(', b":;", b"a,"]
)
def test_fifty_thousand_of_anything_in_from(junk):
    """The address scanner is linear for quotes, brackets, comments and what else a sender may repeat."""
    mail = within_limit(raw_mail(sender=junk * 50_000, more={b"Reply-To": b"real@example.cn"}))
    assert mail.sender is not None


@pytest.mark.parametrize("junk", [b'"', b";", b"=", b"a=b;", b"a*0=b;", b'"\\'])
@pytest.mark.parametrize("header", [b"Content-Type: text/plain; x=", b"Content-Disposition: attachment; x="])
def test_parameters_without_end_in_a_part(header, junk):
    """MIME parameters are read in linear time, in nested parts too."""
    name, _, value = header.partition(b": ")
    kinds = {b"Content-Type": b"text/plain"} | {name: value + junk * 50_000}
    lines = [key + b": " + text for key, text in kinds.items()]
    within_limit(multipart(b"\r\n".join([*lines, b"", b"hi"])))


def test_nesting_1500_deep_shows_the_innermost_text():
    """A tree too deep for the parser is walked flat."""
    data = b"From: a@b.cn\r\nSubject: deep\r\n"
    for depth in range(1_500):
        data += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth)
    mail = within_limit(data + b"Content-Type: text/plain\r\n\r\ninnermost\r\n")
    assert (mail.subject, mail.text) == ("deep", "innermost")
    assert any(defect.startswith("structure-flattened") for defect in mail.defects)


def test_a_large_attachment():
    """Is listed with its exact size and hashed, without being read line by line."""
    data = multipart(
        part(b"text/plain", b"see attachment"),
        part(b"application/pdf; name=a.pdf", base64.encodebytes(bytes(5 << 20)), b"Content-Transfer-Encoding: base64"),
    )
    assert within_limit(data).attachments[0].size == 5 << 20


@pytest.mark.parametrize(
    "head",
    [
        b"a:b\r\n" * 100_000,
        b"To: x@y\r\n" * 50_000,
        b"To: " + b"u@x.cn, " * 100_000 + b"\r\n",
        b"X: " + b"a" * 3_000_000 + b"\r\n",
    ],
)
def test_header_blocks_without_measure(head):
    """Too many or too long headers are cut; the mail is not lost."""
    mail = within_limit(b"From: a@b.cn\r\nSubject: s\r\n" + head + b"\r\nhi")
    assert mail.subject == "s" and len(mail.to) <= 1_000


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "deep text",
        "<table><tr><td>" * 3_000 + "deep text",
        "<div style='display:none'>" * 20_000,
        "<i hidden>x</i>" * 20_000,
        "&" * 300_000,
        "<" * 300_000,
        "<!--" * 100_000,
        "<a " + "x=1 " * 100_000 + ">hi</a>",
        "<table>x" * 20_000,
    ],
)
def test_knotted_html(html):
    """Neither the text nor the display of HTML costs the square of its nesting."""
    start = time.process_time()
    html_text(html)
    safe_html(html)
    assert time.process_time() - start < SECONDS
