"""Undoes the transfer encoding of a part (RFC 2045, section 6), believing the bytes more than the label."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_JUNK = re.compile(rb"[^A-Za-z0-9+/=]")
_PIECE = re.compile(rb"([A-Za-z0-9+/]+)(=*)")
_WORD_GAP = re.compile(rb"[A-Za-z0-9,.] [A-Za-z0-9]")
_UUENCODED = ("x-uuencode", "uuencode", "uue", "x-uue")


def transfer_decoded(data: bytes, encoding: str, *, text: bool) -> tuple[bytes, str]:
    """The bytes and a defect code or ''. ``text`` parts labelled base64 may turn out to be plain text."""
    encoding = re.split(r"[;(]", encoding, maxsplit=1)[0].strip().strip('"')
    if encoding == "base64":
        return _base64(data, text=text)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data), ""
    if encoding in _UUENCODED:
        return _uuencoded(data), ""
    if encoding not in ("", "7bit", "8bit", "binary"):
        return data, f"transfer-encoding-unknown:{encoding[:40]}"
    return data, ""


def _base64(data: bytes, *, text: bool) -> tuple[bytes, str]:
    strange = len(_NOT_BASE64.findall(data[:20_000])) if text else 0
    if text and (strange * 20 > len(data[:20_000]) or _WORD_GAP.search(data[:2_000])):
        return data, "not-base64"
    padding = data.find(b"=")
    if not strange and (padding < 0 or not data[padding:].strip(b"=\r\n \t")):
        try:
            return binascii.a2b_base64(data), ""
        except binascii.Error:
            return _unpadded(_JUNK.sub(b"", data).rstrip(b"=")), "base64-padding"
    plain = _JUNK.sub(b"", data)
    body = plain.rstrip(b"=")
    if b"=" not in body:
        return _unpadded(body), "base64-junk" if strange else ""
    # Several base64 texts one after another, each padded (seen from gateways that append footers).
    return b"".join(_pieces(plain)), "base64-concatenated"


def _pieces(plain: bytes) -> list[bytes]:
    """The first base64 text, and what follows its padding if it is a whole one too: else somebody wrote there."""
    found = _PIECE.findall(plain)
    whole = [text for text, padding in found[1:] if len(text + padding) % 4 == 0]
    return [_unpadded(text) for text in (found[0][0], *whole)]


def _unpadded(plain: bytes) -> bytes:
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))


def _uuencoded(data: bytes) -> bytes:
    out = []
    for line in data.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # A workaround for encoders that count wrongly: the length byte tells how much is meant.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                continue
    return b"".join(out)
