"""Any bytes give an object: nothing raises, and what comes out fits through every door."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.parse import parse_mail
from ingest.wire import from_bytes, public, to_bytes
from tests.factories.raw_mails import raw_mail

_MARKS = b'\r\n|\n|\r|:| |--b--|charset=|=?gb2312?B?|?=|=?utf-8?q?=E5|"|<|(|@|,|;|\x00|\xff|~{|\x1b$B|<p>|<p hidden>'
_PIECES = st.sampled_from(
    [
        *_MARKS.split(b"|"),
        *("中文".encode(codec) for codec in ("utf-8", "gbk", "big5")),
        b"--b\r\n",
        b"Subject: ",
        b"From: ",
        b"Date: ",
        b"Message-ID: ",
        b"References: <",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Disposition: attachment; filename*0*=gbk''%D6",
    ]
)
_NOISE = st.lists(_PIECES | st.binary(max_size=20), max_size=40).map(b"".join)
_FEW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(data: bytes) -> None:
    answer = parse_mail(data)
    # What is no mail at all says so; every other failure would be a bug of the parser.
    assert answer.mail or (answer.failure and answer.failure.because.startswith(("empty:", "no-headers:")))
    assert from_bytes(to_bytes(answer)) == answer
    text = json.dumps(public(answer, "f"), ensure_ascii=False)
    text.encode("utf-8")
    assert "\\u0000" not in text


@pytest.mark.slow
@_FEW
@given(_NOISE)
def test_any_bytes_give_an_object(data):
    """Pieces of mail in any order, with noise between."""
    check(data)


@pytest.mark.slow
@_FEW
@given(_NOISE, st.sampled_from(["Subject", "From", "Content-Type", "Content-Disposition", "References"]))
def test_any_header_gives_an_object(value, header):
    """A mail in order but for one header."""
    check(header.encode() + b": " + value + b"\r\n" + raw_mail())
