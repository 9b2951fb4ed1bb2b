"""Writes a message that was embedded in a winmail.dat as an .eml file, which every mail program opens (RFC 5322).

The same input gives the same bytes: an attachment is found again by its place and its digest.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

_PLAIN = re.compile(r"[ -~]{0,60}")
_ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]{1,64}@[A-Za-z0-9.-]{1,253}")
_TYPE = re.compile(r"[\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80}")
_CHARSET = re.compile(r"[\w.:-]{1,40}")
_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_WORD = 42
"""So many octets of UTF-8 in an encoded word stay below its 75 characters (RFC 2047, 2)."""
_LONGEST = 2_000
NESTED = "message/rfc822"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands above an embedded message; empty where its writer did not say."""

    subject: str = ""
    name: str = ""
    address: str = ""
    to: str = ""
    cc: str = ""
    date: datetime | None = None
    message_id: str = ""

    def __bool__(self) -> bool:
        return bool(self.subject.strip() or self.name.strip() or self.address or self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part to be; the body is "inline", a file "attachment", a picture of the text has its content id alone."""

    type: str
    data: bytes
    name: str = ""
    charset: str = ""
    content_id: str = ""
    disposition: str = "inline"

    @property
    def is_words(self) -> bool:
        return self.disposition == "inline" and self.type in ("text/plain", "text/html")


def eml_of(envelope: Envelope, pieces: Sequence[Piece]) -> bytes:
    """The message in seven-bit lines; its plain and HTML words are alternatives, everything else is attached."""
    mark = _mark(envelope, pieces)
    words = [_part(piece) for piece in pieces if piece.is_words]
    others = [_part(piece) for piece in pieces if not piece.is_words]
    body = words[0] if len(words) == 1 else _multipart("alternative", words, f"{mark}a") if words else None
    if body is None or others:
        body = _multipart("mixed", [*([body] if body else []), *others] or [_part(_NOTHING)], f"{mark}m")
    return b"\r\n".join([*_headers(envelope), b"MIME-Version: 1.0", body])


_NOTHING = Piece(type="text/plain", data=b"", charset="utf-8")


def _mark(envelope: Envelope, pieces: Sequence[Piece]) -> str:
    """A boundary that no base64 and no other of our messages holds."""
    digest = hashlib.sha256(repr(envelope).encode("utf-8", "replace"))
    for piece in pieces:
        digest.update(hashlib.sha256(piece.data).digest())
    return f"=_{digest.hexdigest()[:40]}"


def _headers(envelope: Envelope) -> list[bytes]:
    name = _words(envelope.name)
    address = envelope.address if _ADDRESS.fullmatch(envelope.address) else ""
    nobody = f"{name or 'unknown'}:;"
    lines = [f"From: {name} <{address}>" if address and name else f"From: {address or nobody}"]
    lines += [f"{header}: {_words(who)}:;" for header, who in (("To", envelope.to), ("Cc", envelope.cc)) if who.strip()]
    lines += [f"Subject: {_words(envelope.subject)}"] if envelope.subject.strip() else []
    lines += [f"Date: {format_datetime(envelope.date)}"] if envelope.date else []
    lines += [f"Message-ID: {envelope.message_id}"] if _ID.fullmatch(envelope.message_id) else []
    return [line.encode("ascii") for line in lines]


def _words(text: str) -> str:
    """As it stands where that is short ASCII without meaning for a header, else in encoded words (RFC 2047)."""
    text = " ".join(text[:_LONGEST].split())
    if _PLAIN.fullmatch(text) and "=?" not in text and not set(text) & set('()<>[]:;@\\,."'):
        return text
    data, lines = text.encode("utf-8", "replace"), []
    while data:
        end = min(len(data), _WORD)
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        lines.append(f"=?utf-8?B?{base64.b64encode(data[:end]).decode()}?=")
        data = data[end:]
    return "\r\n ".join(lines)


def _part(piece: Piece) -> bytes:
    kind = piece.type if _TYPE.fullmatch(piece.type) else "application/octet-stream"
    charset = f"; charset={piece.charset}" if _CHARSET.fullmatch(piece.charset) else ""
    lines = [f"Content-Type: {kind}{charset}".encode("ascii", "replace")]
    if not piece.is_words:
        name = quote(piece.name[:200].encode("utf-8", "replace"), safe="")
        lines.append(f"Content-Disposition: {piece.disposition or 'inline'}; filename*=utf-8''{name}".encode())
    if _PLAIN.fullmatch(piece.content_id) and piece.content_id.strip() and not set(piece.content_id) & set("<> "):
        lines.append(f"Content-ID: <{piece.content_id}>".encode())
    if piece.type == NESTED:
        return b"\r\n".join([*lines, b"", piece.data])  # RFC 2046, 5.2.1: it is not encoded, and ours has seven bits
    body = base64.encodebytes(piece.data).replace(b"\n", b"\r\n")
    return b"\r\n".join([*lines, b"Content-Transfer-Encoding: base64", b"", body])


def _multipart(kind: str, parts: Sequence[bytes], boundary: str) -> bytes:
    edge = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode()
    return b"\r\n".join([head, b"", *(line for part in parts for line in (edge, part)), edge + b"--", b""])
