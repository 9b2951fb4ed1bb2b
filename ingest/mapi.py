"""Reads the MAPI properties of a TNEF attribute (MS-OXTNEF, 2.1.3.4)."""

from __future__ import annotations

import struct

from ingest.charset import decode

_WIDTHS = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _STRING8, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_SIZED = (_OBJECT, _STRING8, _UNICODE, _BINARY)
_MANY = 0x1000
_MOST = 10_000

Properties = dict[int, tuple[int, bytes]]
"""By id: (type, the first value's bytes). Named properties are not kept: none of those that are read has a name."""


def read_properties(data: bytes) -> tuple[Properties, bool]:
    """What can be read, and whether that was all."""
    found: Properties = {}
    try:
        count, at = _number(data, 0)
        for _ in range(min(count, _MOST)):
            kind, name = struct.unpack_from("<HH", data, at)
            at += 4
            if name >= 0x8000:
                at = _past_name(data, at)
            value, at = _value(data, at, kind)
            if name < 0x8000:
                found.setdefault(name, (kind & ~_MANY, value))
    except (struct.error, ValueError):
        return found, False
    return found, count <= _MOST


def text_of(properties: Properties, name: int, codepage: str) -> str:
    """A string property, Unicode or in the writer's code page; '' when absent."""
    kind, value = properties.get(name, (0, b""))
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\x00")
    return decode(value.rstrip(b"\x00"), codepage).text if kind == _STRING8 else ""


def bytes_of(properties: Properties, name: int) -> bytes:
    """A binary or object property; b'' when absent."""
    kind, value = properties.get(name, (0, b""))
    return value if kind in (_BINARY, _OBJECT) else b""


def number_of(properties: Properties, name: int) -> int:
    """A 32-bit property; 0 when absent."""
    kind, value = properties.get(name, (0, b""))
    return int.from_bytes(value[:4], "little") if kind == 3 else 0


def instant_of(properties: Properties, name: int) -> int:
    """A time in tenths of microseconds since 1601; 0 when absent."""
    kind, value = properties.get(name, (0, b""))
    return int.from_bytes(value[:8], "little") if kind == 0x40 else 0


def _number(data: bytes, at: int) -> tuple[int, int]:
    found: tuple[int] = struct.unpack_from("<I", data, at)
    return found[0], at + 4


def _past_name(data: bytes, at: int) -> int:
    """Behind the GUID and the number or the word that name the property."""
    kind, at = _number(data, at + 16)
    length, at = _number(data, at)
    return at + _padded(length) if kind else at


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    count = 1
    if kind & _MANY or kind in _SIZED:
        count, at = _number(data, at)
    width = _WIDTHS.get(kind & ~_MANY)
    if width is None and kind & ~_MANY not in _SIZED:
        raise ValueError(kind)
    first = b""
    for turn in range(count):
        size = width
        if size is None:
            size, at = _number(data, at)
        if at + size > len(data):
            raise ValueError(size)
        first = first if turn else data[at : at + size]
        at += _padded(size)
    return first, at


def _padded(size: int) -> int:
    return size + -size % 4
