"""Raw mails as bytes, with defaults: a test shows only what matters to it."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Mapping
from typing import Any

from core.domain.mail import ParsedMail
from ingest.limits import ParseOptions
from ingest.parse import parse_mail

TEXT = "您好，我是陶喆，请联系朱镕基与李堃，地址：深圳市龙岗区坂田。"


def raw_mail(
    body: bytes = b"hello\r\n",
    *,
    subject: bytes = b"test",
    sender: bytes = b"zhangsan@example.cn",
    message_id: bytes = b"<one@example.cn>",
    date: bytes = b"Mon, 01 Jan 2024 08:00:00 +0800",
    content_type: bytes = b"text/plain; charset=utf-8",
    encoding: bytes = b"",
    more: Mapping[bytes, bytes] | None = None,
) -> bytes:
    """A mail of one part; an empty value leaves its header out."""
    headers = {
        b"Message-ID": message_id,
        b"Date": date,
        b"From": sender,
        b"To": b"desk@example.cn",
        b"Subject": subject,
        **(more or {}),
        b"MIME-Version": b"1.0",
        b"Content-Type": content_type,
        b"Content-Transfer-Encoding": encoding,
    }
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers.items() if value) + b"\r\n" + body


def encoded(data: bytes, encoding: str) -> tuple[bytes, bytes]:
    """(body, name of the encoding) for "8bit", "qp", "b64" or "nocte"."""
    if encoding == "b64":
        return base64.encodebytes(data), b"base64"
    if encoding == "qp":
        return quopri.encodestring(data), b"quoted-printable"
    return data, b"8bit" if encoding == "8bit" else b""


def part(content_type: bytes, body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"Content-Type: " + content_type, *headers, b"", body])


def multipart(*parts: bytes, subtype: bytes = b"mixed", boundary: bytes = b"b1", **headers: Any) -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + one + b"\r\n" for one in parts) + b"--" + boundary + b"--\r\n"
    kind = b"multipart/" + subtype + b'; boundary="' + boundary + b'"'
    return raw_mail(body, content_type=kind, **headers)


def parsed(data: bytes, *own_addresses: str) -> ParsedMail:
    """The parsed mail; fails where the answer is that no parse was possible."""
    answer = parse_mail(data, ParseOptions(own_addresses=own_addresses))
    assert answer.mail is not None, answer.failure
    return answer.mail
