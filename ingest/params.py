"""Reads the value and parameters of a MIME header in linear time (RFC 2045, RFC 2231), forgiving what clients do."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[^;\"]*")
_SEGMENT = re.compile(r"(.+?)\*(\d{1,5})(\*)?")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_MOST_PARAMETERS = 25_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MimeValue:
    """``value`` is lower case. ``params`` are unquoted texts by lower-case name; ``extended`` are those of
    RFC 2231: (charset, bytes) with all segments joined before they were %-decoded."""

    value: str
    params: dict[str, str]
    extended: dict[str, tuple[str, bytes]]

    def get(self, name: str) -> str:
        """A parameter as text; an RFC 2231 value only when it is ASCII."""
        if name in self.params:
            return self.params[name]
        if name in self.extended:
            return self.extended[name][1].decode("ascii", "replace")
        return ""


def parse_mime_value(raw: str) -> MimeValue:
    """``raw`` is the header as text; bytes beyond ASCII may be surrogate escapes."""
    value, pairs = _pairs(raw)
    params: dict[str, str] = {}
    segments: dict[str, list[tuple[int, bool, str]]] = {}
    for name, text in pairs:
        if not name.endswith("*") and "*" not in name:
            params.setdefault(name, text)
            continue
        found = _SEGMENT.fullmatch(name)
        if found:
            segments.setdefault(found[1], []).append((int(found[2]), bool(found[3]), text))
        elif name.endswith("*"):
            segments.setdefault(name[:-1], []).append((0, True, text))
    extended = {name: _joined(parts) for name, parts in segments.items()}
    return MimeValue(value=value, params=params, extended=extended)


def _pairs(raw: str) -> tuple[str, list[tuple[str, str]]]:
    pieces = _pieces(raw)
    pairs = []
    for piece in pieces[1:_MOST_PARAMETERS]:
        name, equals, text = piece.partition("=")
        if equals:
            pairs.append((name.strip().lower(), _unquoted(text.strip())))
    return "".join(pieces[0].split()).lower() if pieces else "", pairs


def _pieces(raw: str) -> list[str]:
    """Splits at semicolons outside quotes; a quote that is never closed ends at the end of the value."""
    pieces: list[str] = []
    current: list[str] = []
    at, end = 0, len(raw)
    while at < end:
        plain = _PLAIN.match(raw, at)
        assert plain is not None  # the pattern matches the empty string too
        current.append(plain[0])
        at = plain.end()
        if at >= end:
            break
        if raw[at] == ";":
            pieces.append("".join(current))
            current = []
            at += 1
        else:
            closing = _closing_quote(raw, at + 1)
            current.append(raw[at:closing])
            at = closing
    pieces.append("".join(current))
    return pieces


def _closing_quote(raw: str, at: int) -> int:
    """The offset behind the quote that closes the one before ``at``."""
    while True:
        close = raw.find('"', at)
        if close < 0:
            return len(raw)
        slashes = close - 1
        while slashes >= at and raw[slashes] == "\\":
            slashes -= 1
        if (close - 1 - slashes) % 2 == 0:
            return close + 1
        at = close + 1


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    elif text[:1] == '"':
        text = text[1:]
    elif text[:1] == "'" and text[-1:] == "'" and len(text) > 2 and text.count("'") == 2:
        text = text[1:-1]
    if "\\" in text:
        text = re.sub(r"\\([\"\\])", r"\1", text)
    return text


def _joined(parts: list[tuple[int, bool, str]]) -> tuple[str, bytes]:
    """Segments in order of their number; only starred ones are %-decoded, after joining, so that a triplet or a
    character split over two segments comes out whole."""
    charset = ""
    out: list[bytes] = []
    run: list[bytes] = []
    for place, (_, starred, text) in enumerate(sorted(parts, key=lambda part: part[0])):
        if place == 0 and starred and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data = text.encode("utf-8", "surrogateescape")
        if starred:
            run.append(data)
        else:
            out += [_percent_decoded(b"".join(run)), data]
            run = []
    out.append(_percent_decoded(b"".join(run)))
    return charset.strip().lower(), b"".join(out)


def _percent_decoded(data: bytes) -> bytes:
    return _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), data) if b"%" in data else data
