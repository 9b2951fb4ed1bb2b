"""Decides in which character set bytes were written, and decodes them so that one bad byte costs one character."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.charset_labels import codec_of, decodes_text
from ingest.frequent import FREQUENT

_STATEFUL = {
    "iso2022_jp_ext",
    "iso2022_jp_2",
    "iso2022_kr",
    "hz",
    "utf-7",
    "iso2022_jp",
    "iso2022_jp_1",
    "iso2022_jp_3",
}
_WIDE = ("utf-16", "utf-32")
_FIRST_GUESSES = ("gb18030", "big5hkscs")
_LATER_GUESSES = ("euc_jp", "cp932", "cp949", "cp1252")
_PRIOR = {"gb18030": 0.06, "cp1252": -0.02, "euc_jp": -0.05, "cp932": -0.05, "cp949": -0.08}
_LATIN = frozenset("àâäáãåçéèêëíìîïñóòôöõøúùûüßæœÀÂÄÁÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØÚÙÛÜ°€£§«»–—’‘“”…·®©™ \xa0")
_ISO_2022 = re.compile(rb"\x1b[$(]")
_ISO_2022_KR = re.compile(rb"\x1b\$\)C")
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_HIGH = re.compile(rb"[\x80-\xff]")
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{2,40})", re.IGNORECASE)
_SAMPLE = 4_000
_SURE = 0.5
_PLAUSIBLE = 0.3
_REPLACED = "\ufffd"


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


def decode(data: bytes, label: str = "", *, hint: str = "", html: bool = False) -> Decoded:
    """Decodes ``data`` in the order of belief: declared, UTF-8, HTML's own word, a guess by frequent characters.

    ``hint`` is a codec that other parts of the mail used; it only tips a balance.
    """
    codec, believed = codec_of(label)
    if codec in _STATEFUL or codec.startswith(_WIDE):
        return _decode_declared(data, codec)
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
            return Decoded(text=text, codec=codec, how="declared")
    return _decode_undeclared(data, codec, believed=believed, hint=hint, html=html)


def _decode_undeclared(data: bytes, codec: str, *, believed: bool, hint: str, html: bool) -> Decoded:
    text = _strict(data, "utf-8")
    if text is not None:
        return Decoded(text=text, codec="utf-8", how="utf-8")
    meta = _META.search(data[:4096]) if html else None
    if meta:
        named, trusted = codec_of(meta[1].decode("ascii", "replace"))
        text = _strict(data, named) if named and trusted and named not in _STATEFUL else None
        if text is not None:
            return Decoded(text=text, codec=named, how="meta")
    if codec and not believed and not _looks_multibyte(data):
        return _replaced(data, codec, "declared")
    best, score = best_guess(data, declared=codec if believed else "", hint=hint)
    if score < _PLAUSIBLE:
        best = codec or _detected(data) or best
    return _replaced(data, best, "declared" if best == codec else "guessed")


def _decode_declared(data: bytes, codec: str) -> Decoded:
    text = _strict(data, codec)
    if text is not None:
        return Decoded(text=text, codec=codec, how="declared")
    if codec in _STATEFUL and not data.isascii():
        return _decode_undeclared(data, "", believed=False, hint="", html=False)
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
    return Decoded(text=text, codec=codec, how="replaced" if how == "declared" else how, bad=text.count(_REPLACED))


def _is_rather_utf8(data: bytes, text: str, codec: str) -> bool:
    """UTF-8 sent under a double-byte label: both decode, but only one reads like language."""
    if codec not in ("gb18030", "big5hkscs", "cp932", "cp949"):
        return False
    other = _strict(data, "utf-8")
    return other is not None and likeness(other[:_SAMPLE]) > likeness(text[:_SAMPLE])


def _looks_multibyte(data: bytes) -> bool:
    """Whether most high bytes stand in runs, as double-byte characters do and accented letters do not."""
    sample = _sample(data)
    high = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    in_runs = sum(len(run) for run in _RUN.findall(sample))
    return in_runs * 10 > high * 6


def _sample(data: bytes) -> bytes:
    """Stretches that begin at a high byte and end with their line, so that hardly a character is cut in two."""
    if len(data) <= _SAMPLE:
        return data
    stretches, size, at = [], 0, 0
    while size < _SAMPLE:
        high = _HIGH.search(data, at)
        if not high:
            break
        end = data.find(b"\n", high.start(), high.start() + _SAMPLE)
        at = end if end >= 0 else high.start() + _SAMPLE
        stretches.append(data[high.start() : at])
        size += len(stretches[-1])
    return b"\n".join(stretches)


def likeness(text: str) -> float:
    """From about -2 (noise) to 1 (all frequent characters): how much the characters beyond ASCII look like language."""
    foreign = [char for char in text if char > "\x7f"]
    if not foreign:
        return 0.0
    points = 0.0
    for char in foreign:
        if char in FREQUENT:
            points += 1.0
        elif char == _REPLACED:
            points -= 2.0
        elif "\x80" <= char <= "\x9f" or "\ue000" <= char <= "\uf8ff" or char > "\U00030000":
            points -= 1.0
        elif char in _LATIN:
            points += 0.45
    return points / len(foreign)


def best_guess(data: bytes, *, declared: str = "", hint: str = "") -> tuple[str, float]:
    """The codec whose decoding looks most like language, and how much."""
    sample = _sample(data)
    best, best_score = "gb18030", -9.0
    tried: list[str] = []
    for group in ((declared, *_FIRST_GUESSES), (hint, "utf-8", *_LATER_GUESSES)):
        for codec in group:
            if codec and codec not in tried and codec not in _STATEFUL:
                tried.append(codec)
                bonus = _PRIOR.get(codec, 0.0) + (0.15 if codec in (declared, hint) else 0.0)
                score = likeness(sample.decode(codec, "replace")) + bonus
                if codec == "cp1252" and _looks_multibyte(data):
                    score -= 0.4
                if score > best_score:
                    best, best_score = codec, score
        if best_score > _SURE + 0.2:
            break
    return best, best_score


def _detected(data: bytes) -> str:
    """The last resort: a statistical detector, imported only here because it is heavy."""
    from charset_normalizer import from_bytes

    best = from_bytes(_sample(data)).best()
    name = best.encoding if best is not None else ""
    return name if name and decodes_text(name) else ""


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
