"""Reads a logo for letters: a small PNG or JPEG with its size, the two kinds that every mail program shows."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

MOST_OCTETS = 100_000
"""It travels in each letter."""
_SHOWN_WIDTH, _SHOWN_HEIGHT = 240, 64
_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The JPEG markers that tell the size (ITU T.81, table B.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """``width`` and ``height`` are what is shown; ``cid`` names the part without angle brackets."""

    type: str
    data: bytes
    width: int
    height: int

    @property
    def cid(self) -> str:
        return f"logo.{hashlib.sha256(self.data).hexdigest()[:16]}@huiying"

    @property
    def ending(self) -> str:
        return "png" if self.type == "image/png" else "jpg"

    def as_data(self) -> str:
        """For a preview in the console; mail programs refuse such addresses."""
        return f"data:{self.type};base64,{base64.b64encode(self.data).decode()}"


def read_logo(content: str) -> Logo | None:
    """The logo of a bundle's file (base64), None when it is no PNG or JPEG or is too large."""
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        return None
    found = _png_size(data) or _jpeg_size(data)
    if found is None or len(data) > MOST_OCTETS or not (0 < found[0] <= 4000 and 0 < found[1] <= 4000):
        return None
    share = min(1.0, _SHOWN_WIDTH / found[0], _SHOWN_HEIGHT / found[1])
    kind = "image/png" if data.startswith(_PNG) else "image/jpeg"
    return Logo(type=kind, data=data, width=max(1, round(found[0] * share)), height=max(1, round(found[1] * share)))


def _png_size(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 33:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
