"""Decides where a mail's header block ends and which lines of it are headers, whatever precedes or interrupts them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.limits import ParseLimits

_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:")
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|received|message-id|mime-version|content-[a-z-]+|return-path|reply-to|sender"
    rb"|in-reply-to|references|delivered-to|dkim-signature|list-[a-z-]+|x-[a-z0-9-]+)[ \t]*:",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_DOUBLED, _DOUBLED_ENDS = b"\r\r\n", re.compile(rb"\r{2,3}\n")
_BOM = b"\xef\xbb\xbf"
_ESSENTIAL = frozenset(
    ["from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "content-type", "mime-version"]
)
_STRUCTURAL = (
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-id",
    "mime-version",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderBlock:
    """Headers in order, names in lower case, values raw and still folded; ``body`` is all that follows them."""

    headers: tuple[tuple[str, bytes], ...]
    body: bytes
    defects: tuple[str, ...] = ()

    def first(self, name: str) -> bytes:
        """The first value of that (lower-case) name, empty when there is none."""
        return next((value for key, value in self.headers if key == name), b"")

    def all(self, name: str) -> tuple[bytes, ...]:
        return tuple(value for key, value in self.headers if key == name)

    def structure(self, limits: ParseLimits) -> bytes:
        """The headers that shape the MIME tree (each once, capped) followed by the body."""
        lines = []
        for name in _STRUCTURAL:
            value = self.first(name)
            if value:
                lines.append(name.encode() + b":" + value[: limits.structural_value].rstrip(b"\r\n") + b"\n")
        return b"".join([*lines, b"\n", self.body])


def split_header_block(data: bytes, limits: ParseLimits) -> HeaderBlock:
    """Splits a mail, repairing a BOM, an mbox ``From`` line, leading blank lines, damaged line ends and junk lines."""
    data, defects = _trimmed_start(data)
    if data[:1] in (b"\n", b"\r"):
        return HeaderBlock(headers=(), body=data, defects=(*defects, "no-headers"))
    blank = _BLANK_LINE.search(data)
    end, body_at = (blank.start(), blank.end()) if blank else (len(data), len(data))
    if end > limits.header_block:
        defects.append("headers-cut")
        end = limits.header_block
    headers, junk_at = _headers(data[:end], limits, defects)
    if not headers:
        return HeaderBlock(headers=(), body=data, defects=(*defects, "no-headers"))
    if junk_at >= 0:
        defects.append("header-end-missing")
        body_at = junk_at
    return HeaderBlock(headers=tuple(headers), body=data[body_at:], defects=tuple(defects))


def _trimmed_start(data: bytes) -> tuple[bytes, list[str]]:
    defects: list[str] = []
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
        defects.append("byte-order-mark")
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
        defects.append("bare-cr")
    elif 2 * data.count(_DOUBLED) > data.count(b"\n"):
        # A relay that made CR LF of LF read the mail in which that had been done already.
        data = _DOUBLED_ENDS.sub(b"\r\n", data)
        defects.append("doubled-cr")
    if data[:1] in (b"\r", b"\n", b" ", b"\t"):
        trimmed = data.lstrip(b"\r\n \t")
        if _KNOWN.match(trimmed):
            data = trimmed
            defects.append("leading-blank-lines")
    if data.startswith((b"From ", b">From ")):
        data = data.partition(b"\n")[2]
    return data, defects


def _headers(head: bytes, limits: ParseLimits, defects: list[str]) -> tuple[list[tuple[str, bytes]], int]:
    """The headers, and the offset of a junk line behind which no header follows (then the body begins there), or -1."""
    lines = head.split(b"\n")
    last_known = max((at for at, line in enumerate(lines) if _KNOWN.match(line)), default=-1)
    names: list[str] = []
    values: list[list[bytes]] = []
    current: list[bytes] = []
    offset = 0
    for at, line in enumerate(lines):
        found = _HEADER.match(line)
        if found:
            current = [line[found.end() :]]
            name = found[1].decode("ascii").lower()
            if len(names) < limits.headers or name in _ESSENTIAL:
                names.append(name)
                values.append(current)
        elif line[:1] in (b" ", b"\t") and names:
            current.append(line)
        elif line.strip():
            if at > last_known:
                return _joined(names, values), offset
            if "header-junk" not in defects:
                defects.append("header-junk")
        offset += len(line) + 1
    if len(names) >= limits.headers:
        defects.append("headers-cut")
    return _joined(names, values), -1


def _joined(names: list[str], values: list[list[bytes]]) -> list[tuple[str, bytes]]:
    return [
        (name, parts[0].strip() if len(parts) == 1 else b"\n".join(parts).strip())
        for name, parts in zip(names, values, strict=True)
    ]
