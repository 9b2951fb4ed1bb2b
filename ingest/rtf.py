"""Reads compressed RTF as Outlook sends it: undone (MS-OXRTFCP), and its words without the formatting."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from itertools import islice

from ingest.charset import clean
from ingest.charset_labels import codec_of

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_KNOWN = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What every writer and reader knows before the first byte (MS-OXRTFCP, 2.1.2.1)."""
_RING = 4096
_HEAD = struct.Struct("<IIII")
MOST_RTF = 4 << 20
_MOST_TOKENS = 1_000_000

_TOKEN = re.compile(
    rb"\\'([0-9A-Fa-f]{2})|\\([A-Za-z]{1,32})(-?\d{1,9})? ?|\\(.)|([{}])|([\r\n]+)|([^\\{}\r\n]+)", re.DOTALL
)
_UNSEEN = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata datastore header footer headerl headerr footerl footerr "
    b"generator listtable listoverridetable rsidtbl xmlnstbl fldinst".split()
)
_BREAKS = {b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t"}
_SIGNS = {b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“"}
_SIGNS |= {b"rdblquote": "”", b"~": "\xa0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}
_CHARSETS = {128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 177: 1255, 178: 1256, 204: 1251, 238: 1250}
_DEEPEST = 200
_OBJECTS = (b"\\pict", b"\\objdata")


def decompressed(data: bytes) -> tuple[bytes, str]:
    """The RTF and a defect code or ''; what is damaged is read as far as it goes."""
    if len(data) < _HEAD.size:
        return b"", "rtf-damaged"
    _, size, kind, crc = _HEAD.unpack_from(data)
    body = data[_HEAD.size :]
    if kind == _PLAIN:
        return body[: min(size, MOST_RTF)], ""
    if kind != _COMPRESSED:
        return b"", "rtf-damaged"
    out, whole = _undone(body)
    sound = whole and len(out) >= size and zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF == crc
    return out[: min(size, MOST_RTF)], "" if sound else "rtf-damaged"


def _undone(body: bytes) -> tuple[bytes, bool]:
    """All that can be read, and whether the end mark was reached."""
    out, at, last = bytearray(_KNOWN), 0, len(body)
    while at < last and len(out) < MOST_RTF:
        flags, at = body[at], at + 1
        for bit in range(8):
            if at >= last:
                break
            if not flags >> bit & 1:
                out.append(body[at])
                at += 1
                continue
            if at + 2 > last:
                break
            mark = int.from_bytes(body[at : at + 2], "big")
            at += 2
            back = (len(out) - (mark >> 4)) % _RING
            if back == 0:
                return bytes(out[len(_KNOWN) :]), True
            if back > len(out):
                return bytes(out[len(_KNOWN) :]), False
            _repeat(out, back, (mark & 15) + 2)
    return bytes(out[len(_KNOWN) :]), False


def _repeat(out: bytearray, back: int, length: int) -> None:
    start = len(out) - back
    piece = out[start : start + length]
    out += (piece * (length // len(piece) + 1))[:length]


def has_objects(rtf: bytes) -> bool:
    """Whether there is more in it than words: pictures, or files within."""
    return any(one in rtf for one in _OBJECTS)


@dataclass(slots=True)
class _Group:
    """What a closing brace forgets."""

    seen: bool = True
    fonts: bool = False
    font: int = -1
    skip: int = 1


class _Words:
    """Collects the words: bytes wait until the codec changes, so that a character in two tokens stays one."""

    def __init__(self, limit: int) -> None:
        self._limit, self._out, self._size = limit, list[str](), 0
        self._bytes, self._codec = bytearray(), "cp1252"
        self._page, self._fonts = "cp1252", dict[int, str]()
        self._group, self._stack, self._left = _Group(), list[_Group](), 0

    def read(self, rtf: bytes) -> str:
        for found in islice(_TOKEN.finditer(rtf), _MOST_TOKENS):
            if self._size > self._limit:
                break
            code, word, number, sign, brace, _, text = found.groups()
            if code:
                self._add_bytes(bytes([int(code, 16)]))
            elif text:
                self._add_bytes(text)
            elif brace:
                self._brace(brace)
            elif word:
                self._word(word, int(number) if number else None)
            elif sign:
                self._sign(sign)
        self._flush()
        return clean("".join(self._out))

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._left = 0
        if brace == b"{" and len(self._stack) < _DEEPEST:
            self._stack.append(self._group)
            group = self._group
            self._group = _Group(seen=group.seen, fonts=group.fonts, font=group.font, skip=group.skip)
        elif brace == b"}" and self._stack:
            self._group = self._stack.pop()

    def _word(self, word: bytes, number: int | None) -> None:
        group = self._group
        if word == b"fonttbl":
            group.fonts = True
        if word in _UNSEEN:
            group.seen = False
        elif word == b"u" and number is not None:
            self._add(chr(number % 0x10000))
            self._left = group.skip
        elif word == b"uc":
            group.skip = max(0, min(number or 0, 8))
        elif word == b"f" and number is not None:
            group.font = number
        elif word == b"fcharset" and group.fonts and number in _CHARSETS and len(self._fonts) < 1_000:
            self._fonts[group.font] = codec_of(f"cp{_CHARSETS[number]}")[0]
        elif word == b"ansicpg" and number:
            self._page = codec_of("utf-8" if number == 65001 else f"cp{number}")[0] or "cp1252"
        elif word in _BREAKS:
            self._add(_BREAKS[word])
        elif word in _SIGNS:
            self._add(_SIGNS[word])

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._group.seen = False
        elif sign in b"\r\n":
            self._add("\n")
        elif sign in _SIGNS:
            self._add(_SIGNS[sign])

    def _add(self, text: str) -> None:
        if self._group.seen:
            self._flush()
            self._out.append(text)
            self._size += len(text)

    def _add_bytes(self, data: bytes) -> None:
        dropped = min(self._left, len(data))
        self._left -= dropped
        data = data[dropped:]
        if not data or not self._group.seen:
            return
        codec = self._fonts.get(self._group.font, self._page)
        if codec != self._codec:
            self._flush()
            self._codec = codec
        self._bytes += data

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._codec, "replace")
            self._bytes.clear()
            self._out.append(text)
            self._size += len(text)


def rtf_words(rtf: bytes, limit: int) -> str:
    """The visible words, at most about ``limit`` characters; '' where it is no RTF."""
    if not rtf.lstrip().startswith(b"{\\rtf"):
        return ""
    return _Words(limit).read(rtf).strip("\n")
