"""Reads what an S/MIME envelope is (RFC 5652): its kind, and the content of one that is only signed.

Nothing is verified: whether a signature holds is for whoever has the certificates.
"""

from __future__ import annotations

from core.domain.protection import Protection

_PKCS = bytes.fromhex("2a864886f70d01")
_DATA, _SIGNED, _ENVELOPED = _PKCS + b"\x07\x01", _PKCS + b"\x07\x02", _PKCS + b"\x07\x03"
_AUTH_ENVELOPED = _PKCS + b"\x09\x10\x01\x17"
_KINDS = {
    _SIGNED: Protection.SMIME_SIGNED,
    _ENVELOPED: Protection.SMIME_ENCRYPTED,
    _AUTH_ENVELOPED: Protection.SMIME_ENCRYPTED,
}
_SEQUENCE, _SET, _OID, _INTEGER, _FIRST = 0x30, 0x31, 0x06, 0x02, 0xA0
_OCTETS, _PIECES = 0x04, 0x24
_LONGEST_LENGTH = 5


class _NotCms(ValueError):
    pass


def envelope_kind(data: bytes) -> Protection | None:
    """None when it is no such envelope, or one that neither signs nor hides (compressed, certificates only)."""
    try:
        oid, _ = _oid(data, _entered(data, 0, _SEQUENCE))
    except _NotCms:
        return None
    return _KINDS.get(oid)


def signed_content(data: bytes) -> bytes:
    """The signed bytes within; b'' when there are none (a detached signature) or they cannot be found."""
    try:
        oid, at = _oid(data, _entered(data, 0, _SEQUENCE))
        if oid != _SIGNED:
            return b""
        at = _entered(data, _entered(data, at, _FIRST), _SEQUENCE)
        at = _passed(data, _passed(data, at, _INTEGER), _SET)
        oid, at = _oid(data, _entered(data, at, _SEQUENCE))
        return _octets(data, _entered(data, at, _FIRST)) if oid == _DATA else b""
    except _NotCms:
        return b""


def _header(data: bytes, at: int) -> tuple[int, int, int | None]:
    """(tag, where the value begins, where it ends); the end is None where an end mark says it (BER)."""
    if at + 2 > len(data):
        raise _NotCms
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        return tag, start, None
    if length > 0x80:
        size = length - 0x80
        if size > _LONGEST_LENGTH:
            raise _NotCms
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise _NotCms
    return tag, start, start + length


def _entered(data: bytes, at: int, tag: int) -> int:
    found, start, _ = _header(data, at)
    if found != tag:
        raise _NotCms
    return start


def _oid(data: bytes, at: int) -> tuple[bytes, int]:
    found, start, end = _header(data, at)
    if found != _OID or end is None:
        raise _NotCms
    return data[start:end], end


def _passed(data: bytes, at: int, tag: int) -> int:
    """Behind a value of known length, or behind the end marks of one without."""
    found, start, end = _header(data, at)
    if found != tag:
        raise _NotCms
    if end is not None:
        return end
    open_ones, at = 1, start
    while open_ones:
        if data[at : at + 2] == b"\x00\x00":
            open_ones, at = open_ones - 1, at + 2
            continue
        _, start, end = _header(data, at)
        open_ones, at = (open_ones + 1, start) if end is None else (open_ones, end)
    return at


def _octets(data: bytes, at: int) -> bytes:
    """An octet string, whole or in pieces."""
    tag, start, end = _header(data, at)
    if tag == _OCTETS and end is not None:
        return data[start:end]
    if tag != _PIECES:
        raise _NotCms
    pieces: list[bytes] = []
    at, last = start, len(data) if end is None else end
    while at < last and data[at : at + 2] != b"\x00\x00":
        tag, start, end = _header(data, at)
        if tag != _OCTETS or end is None:
            raise _NotCms
        pieces.append(data[start:end])
        at = end
    return b"".join(pieces)
