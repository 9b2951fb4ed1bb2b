"""Decides in which character set bytes were written, and decodes them so that one bad byte costs one character."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.charset_guess import REPLACED, SAMPLE, guessed, likeness, looks_multibyte
from ingest.charset_labels import STATEFUL, codec_of

_WIDE = ("utf-16", "utf-32")
_ISO_2022 = re.compile(rb"\x1b[$(]")
_ISO_2022_KR = re.compile(rb"\x1b\$\)C")
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
_OTHER_SCRIPT = {"gb18030": "big5hkscs", "big5hkscs": "gb18030"}
_NOBODY_WRITES, _SURELY_WRITTEN, _ENOUGH = 0.35, 0.7, 4
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """``how`` is declared, utf-8, meta, guessed or replaced; ``bad`` counts replaced characters."""

    text: str
    codec: str
    how: str
    bad: int = 0

    @property
    def defects(self) -> tuple[str, ...]:
        found = []
        if self.how in ("guessed", "meta", "utf-8"):
            found.append(f"charset-guessed:{self.codec}")
        if self.bad:
            found.append(f"bad-bytes:{self.bad}")
        return tuple(found)


def decode(data: bytes, label: str = "", *, hint: str = "", html: bool = False, detect: bool = True) -> Decoded:
    """Decodes ``data`` in the order of belief: declared, UTF-8, HTML's own word, a guess by frequent characters.

    ``hint`` is a codec that other parts of the mail used; it only tips a balance. Without ``detect`` no slow detector
    is asked.
    """
    codec, believed = codec_of(label)
    if codec in STATEFUL or codec.startswith(_WIDE):
        return _decode_declared(data, codec, detect=detect)
    if data.isascii():
        return _decode_ascii(data)
    if codec == "utf-8" or not believed:
        text = _strict(data, "utf-8")
        if text is not None:
            return Decoded(text=text, codec="utf-8", how="declared" if codec == "utf-8" else "utf-8")
    elif codec:
        text = _strict(data, codec)
        if text is None and codec == "big5hkscs":
            text = _strict(data, "cp950")
        if text is not None and not _is_rather_utf8(data, text, codec):
            other = _other_script(data, text, codec)
            return other or Decoded(text=text, codec=codec, how="declared")
    return _decode_undeclared(data, codec, believed=believed, hint=hint, html=html, detect=detect)


def _decode_undeclared(data: bytes, codec: str, *, believed: bool, hint: str, html: bool, detect: bool) -> Decoded:
    text = _strict(data, "utf-8")
    if text is not None:
        return Decoded(text=text, codec="utf-8", how="utf-8")
    meta = _META.search(data[:4096]) if html else None
    if meta:
        named, trusted = codec_of(meta[1].decode("ascii", "replace"))
        text = _strict(data, named) if named and trusted and named not in STATEFUL else None
        if text is not None:
            return Decoded(text=text, codec=named, how="meta")
    if codec and not believed and not looks_multibyte(data):
        return _replaced(data, codec, "declared")
    best = guessed(data, declared=codec if believed else "", fallback=codec, hint=hint, detect=detect)
    return _replaced(data, best, "declared" if best == codec else "guessed")


def _decode_declared(data: bytes, codec: str, *, detect: bool) -> Decoded:
    text = _strict(data, codec)
    if text is not None:
        return Decoded(text=text, codec=codec, how="declared")
    if codec in STATEFUL and not data.isascii():
        return _decode_undeclared(data, "", believed=False, hint="", html=False, detect=detect)
    return _replaced(data, codec, "declared")


def _decode_ascii(data: bytes) -> Decoded:
    """Seven-bit bytes: plain ASCII, unless escapes tell of ISO-2022 or HZ whatever was declared."""
    if b"\x1b" in data and _ISO_2022.search(data):
        codec = "iso2022_kr" if _ISO_2022_KR.search(data) else "iso2022_jp_ext"
        text = _strict(data, codec)
        if text is not None:
            return Decoded(text=text, codec=codec, how="guessed")
    if b"~{" in data and _HZ.search(data):
        text = _strict(data, "hz")
        if text is not None:
            return Decoded(text=text, codec="hz", how="guessed")
    return Decoded(text=data.decode("ascii"), codec="ascii", how="declared")


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _replaced(data: bytes, codec: str, how: str) -> Decoded:
    text = _strict(data, codec)
    if text is not None:
        return Decoded(text=text, codec=codec, how=how)
    if codec == "cp1252":
        # The five bytes that windows-1252 leaves open are the control characters of ISO 8859-1.
        return Decoded(text=data.decode("latin-1"), codec="latin-1", how=how)
    text = data.decode(codec, "replace")
    return Decoded(text=text, codec=codec, how="replaced" if how == "declared" else how, bad=text.count(REPLACED))


def _is_rather_utf8(data: bytes, text: str, codec: str) -> bool:
    """UTF-8 sent under a double-byte label: both decode, but only one reads like language."""
    if codec not in ("gb18030", "big5hkscs", "cp932", "cp949"):
        return False
    other = _strict(data, "utf-8")
    return other is not None and likeness(other[:SAMPLE]) > likeness(text[:SAMPLE])


def _other_script(data: bytes, text: str, codec: str) -> Decoded | None:
    """Big5 sent as GB 2312, or GB as Big5: nearly any bytes of one decode as the other, into characters that nobody
    writes."""
    named = _OTHER_SCRIPT.get(codec)
    if named is None or likeness(text[:SAMPLE]) > _NOBODY_WRITES:
        return None
    other = _strict(data, named)
    seen = (other or "")[:SAMPLE]
    if other is None or sum(char > "\x7f" for char in seen) < _ENOUGH or likeness(seen) < _SURELY_WRITTEN:
        return None
    return Decoded(text=other, codec=named, how="guessed")


def clean(text: str) -> str:
    """Text that any database and any UTF-8 writer takes: no NUL, no lone surrogates; line ends are LF."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.removeprefix("\ufeff")
