"""Decodes header values: encoded words (RFC 2047, RFC 2231 languages) and raw 8-bit bytes, in linear time."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from ingest.charset import clean, decode

_OPENING = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?")
_FOLD = re.compile(rb"\r?\n[ \t]*")
_SPACES = re.compile(r"[ \t\r\n]+")
_BASE64_JUNK = re.compile(rb"[^A-Za-z0-9+/]")
_QUOTED_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")


MOST_DETECTED = 50
"""A mail of thousands of damaged headers would keep a detector busy for longer than a parse may take."""


@dataclass(slots=True)
class Notes:
    """What was odd while one mail's headers and names were decoded; ``hint`` is the body's codec, ``left`` how many
    more values a slow detector may be asked about."""

    hint: str = ""
    found: list[str] = field(default_factory=list)
    left: int = MOST_DETECTED

    def decoded(self, data: bytes, label: str = "") -> str:
        """The text; what was odd is noted."""
        decoded = decode(data, label, hint=self.hint, detect=self.left > 0)
        if decoded.defects:
            self.left -= 1
            self.found += [f"header-{defect}" for defect in decoded.defects]
        return decoded.text


def decode_value(value: bytes, notes: Notes) -> str:
    """A whole unstructured header: unfolded, decoded, white space at the ends removed."""
    if value.isascii() and b"=?" not in value and b"\x1b" not in value and b"~{" not in value:
        return clean(_unfolded(value).decode("ascii")).strip()
    return clean(_decoded(value, notes)).replace("\n", " ").strip()


def raw_text(value: bytes, notes: Notes) -> str:
    """A structured header as text: unfolded, raw 8-bit runs decoded, encoded words left for the tokeniser."""
    value = _unfolded(value)
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    return notes.decoded(value)


def decode_words(text: str, notes: Notes) -> str:
    """Encoded words inside text that was already cut out of a structured header."""
    if "=?" not in text:
        return text
    return clean(_decoded(text.encode("utf-8", "surrogateescape"), notes))


def _unfolded(value: bytes) -> bytes:
    """Line breaks go, the white space that began the next line stays as one space."""
    return _FOLD.sub(b" ", value) if b"\n" in value else value


@dataclass(slots=True)
class _Run:
    """Neighbouring encoded words of one charset, joined as bytes: clients cut characters in two."""

    label: str = ""
    pieces: list[bytes] = field(default_factory=list)

    def flush(self, out: list[str], notes: Notes) -> None:
        if self.pieces:
            out.append(notes.decoded(b"".join(self.pieces), self.label))
        self.pieces = []


def _decoded(value: bytes, notes: Notes) -> str:
    out: list[str] = []
    run = _Run()
    at = 0
    while True:
        found = _OPENING.search(value, at)
        close = value.find(b"?=", found.end()) if found else -1
        if found is None or close < 0:
            break
        between = value[at : found.start()]
        if between.strip(b" \t\r\n") or (between and not run.pieces):
            run.flush(out, notes)
            out.append(_raw(between, notes))
        label = found[1].decode("ascii", "replace").split("*", 1)[0].lower()
        if run.pieces and label != run.label:
            run.flush(out, notes)
        run.label = label
        # Some clients fold inside a word, even between "=E5" and the next byte.
        run.pieces.append(_word_bytes(found[2], _FOLD.sub(b"", value[found.end() : close])))
        at = close + 2
    run.flush(out, notes)
    out.append(_raw(value[at:], notes))
    return "".join(out)


def _raw(data: bytes, notes: Notes) -> str:
    data = _unfolded(data)
    if data.isascii() and b"\x1b" not in data and b"~{" not in data:
        return data.decode("ascii")
    return notes.decoded(data)


def _word_bytes(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return _QUOTED_BYTE.sub(lambda found: bytes([int(found[1], 16)]), text.replace(b"_", b" "))
    plain = _BASE64_JUNK.sub(b"", text)
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))


def collapsed(text: str) -> str:
    """Runs of white space as one space."""
    return _SPACES.sub(" ", text).strip()
