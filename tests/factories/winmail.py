"""Writes winmail.dat as Outlook does (MS-OXTNEF): a test shows only what is in it."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.factories.raw_mails import multipart, part

CODEPAGE, CLASS, BODY, PROPERTIES = 0x00069007, 0x00078008, 0x0002800C, 0x00069003
FILE, TITLE, DATA, FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
LONG_NAME, MIME, CONTENT_ID, CONTENT, METHOD = 0x3707, 0x370E, 0x3712, 0x3701, 0x3705
SHOWN_NAME, SENT, SENDER_NAME, SENDER_SMTP, TO, MESSAGE_ID, TOPIC = 0x3001, 0x0039, 0x0C1A, 0x5D01, 0x0E04, 0x1035, 0x37
FROM, SUBJECT, SENT_ON = 0x00008000, 0x00018004, 0x00038005
TEXT, RTF, HTML, HTML_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE


def attribute(name: int, value: bytes, *, level: int = 1) -> bytes:
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(values: Mapping[int, str | bytes | int | datetime]) -> bytes:
    """Texts are Unicode, bytes binary, numbers 32 bits; after a named property that nobody asks for."""
    named = (
        struct.pack("<HH", 0x1F, 0x8001) + bytes(16) + struct.pack("<II", 1, 6) + "名x\0".encode("utf-16-le") + b"\0\0"
    )
    out = struct.pack("<I", len(values) + 1) + named + _sized(b"y\0")
    for name, value in values.items():
        if isinstance(value, int):
            out += struct.pack("<HHI", 3, name, value)
        elif isinstance(value, datetime):
            ticks = (value - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10
            out += struct.pack("<HHQ", 0x40, name, ticks)
        elif isinstance(value, str):
            out += struct.pack("<HH", 0x1F, name) + _sized(f"{value}\0".encode("utf-16-le"))
        else:
            out += struct.pack("<HH", 0x102, name) + _sized(value)
    return out


def _sized(value: bytes) -> bytes:
    return struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)


def file(name: str, data: bytes, *, long_name: str = "", **more: str) -> bytes:
    """``name`` is the short one, in GBK."""
    known = {"mime": MIME, "content_id": CONTENT_ID}
    told: dict[int, str | bytes | int] = {known[key]: value for key, value in more.items()}
    told |= {LONG_NAME: long_name} if long_name else {}
    begun = attribute(FILE, bytes(14), level=2) + attribute(TITLE, f"{name}\0".encode("gbk"), level=2)
    return begun + attribute(DATA, data, level=2) + attribute(FILE_PROPERTIES, properties(told), level=2)


def winmail(*attributes: bytes, kind: bytes = b"IPM.Note") -> bytes:
    head = attribute(CODEPAGE, struct.pack("<II", 936, 0)) + attribute(CLASS, kind + b"\0")
    return (0x223E9F78).to_bytes(4, "little") + b"\x01\x00" + head + b"".join(attributes)


def message(**values: str | bytes | int | datetime) -> bytes:
    names = {"text": TEXT, "rtf": RTF, "html": HTML, "html_page": HTML_PAGE, "sent": SENT, "name": SENDER_NAME}
    names |= {"address": SENDER_SMTP, "to": TO, "message_id": MESSAGE_ID, "subject": TOPIC}
    return attribute(PROPERTIES, properties({names[key]: value for key, value in values.items()}))


def embedded(inner: bytes, name: str = "") -> bytes:
    """A message in the message: TNEF again, behind the GUID of its interface."""
    told: dict[int, str | bytes | int] = {CONTENT: bytes(16) + inner, METHOD: 5}
    return attribute(FILE, bytes(14), level=2) + attribute(
        FILE_PROPERTIES, properties(told | ({SHOWN_NAME: name} if name else {})), level=2
    )


def compressed(rtf: bytes) -> bytes:
    """In literals alone, which any reader takes (MS-OXRTFCP, 3.1)."""
    end = (207 + len(rtf)) % 4096 << 4
    pieces = [rtf[at : at + 8] for at in range(0, len(rtf) - len(rtf) % 8, 8)]
    last = rtf[len(rtf) - len(rtf) % 8 :]
    body = b"".join(b"\0" + piece for piece in pieces) + bytes([1 << len(last)]) + last + end.to_bytes(2, "big")
    crc = zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<IIII", len(body) + 12, len(rtf), 0x75465A4C, crc) + body


def mail_with(data: bytes, *, words: bytes = b"", binary: bool = False) -> bytes:
    """As Exchange sends it: the words in plain text, and winmail.dat beside."""
    body, encoding = (data, b"binary") if binary else (base64.encodebytes(data).replace(b"\n", b"\r\n"), b"base64")
    return multipart(
        part(b"text/plain; charset=utf-8", words),
        part(
            b'application/ms-tnef; name="winmail.dat"',
            body,
            b"Content-Transfer-Encoding: " + encoding,
            b'Content-Disposition: attachment; filename="winmail.dat"',
        ),
        subject=b"=?utf-8?B?5pWF6Zqc5oql5ZGK?=",
    )
