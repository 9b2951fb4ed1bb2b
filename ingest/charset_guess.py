"""Guesses the character set of bytes without a believable label: the one whose characters look most like language."""

from __future__ import annotations

import re
from itertools import repeat

from ingest.charset_labels import STATEFUL, decodes_text
from ingest.frequent import FREQUENT, KANA

REPLACED = "\ufffd"
SAMPLE = 4_000
_FIRST = ("gb18030", "big5hkscs")
_LATER = ("utf-8", "euc_jp", "cp932", "cp949", "cp1252", "koi8_r", "cp1251")
_PRIOR = {"gb18030": 0.06, "cp1252": -0.02, "euc_jp": -0.02, "cp932": -0.05, "cp949": -0.08}
_SMALL_LATIN = "àâäáãåçéèêëíìîïñóòôöõøúùûüßæœ"
_OTHER_LATIN = _SMALL_LATIN.upper() + "°€£§«»–—’‘“”…·®©™ \xa0"
_SMALL_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяё"
_CYRILLIC_SETS = ("koi8_r", "cp1251")
_MIXED_WORD = re.compile("[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
_FOREIGN = re.compile("[^\x00-\x7f]")
_NOISE = re.compile("[\x80-\x9f\ue000-\uf8ff\U00030000-\U0010ffff]")
_HIGH = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]{2,}")
# Half of all Big5 characters end in such a byte, none of GB 2312 does.
_LOW_TRAIL = re.compile(rb"[\xa1-\xf9][\x40-\x7e]")
_SURE = 0.7
_PLAUSIBLE = 0.3
_WORTHS = {
    **dict.fromkeys(_SMALL_CYRILLIC, 0.75),
    **dict.fromkeys(_SMALL_CYRILLIC.upper(), -0.2),
    **dict.fromkeys(_SMALL_LATIN + _OTHER_LATIN, 0.45),
    **dict.fromkeys(FREQUENT, 1.0),
    REPLACED: -2.0,
}


def guessed(data: bytes, *, declared: str = "", fallback: str = "", hint: str = "", detect: bool = True) -> str:
    """The codec to decode with. ``declared`` is one that was believed but does not fit strictly; ``hint`` what other
    parts of the mail use: both tip the balance. Where nothing looks like language: ``fallback``, else Chinese for
    pairs of high bytes (a detector takes short GBK for Korean), else what a statistical detector says; it takes a
    millisecond and more, and is not asked without ``detect``."""
    codec, score = best_guess(data, declared=declared, hint=hint)
    if score >= _PLAUSIBLE:
        return codec
    if fallback:
        return fallback
    if looks_multibyte(data) and REPLACED not in sample_of(data).decode("gb18030", "replace"):
        return "gb18030"
    return (_detected(data) if detect else "") or "cp1252"


def best_guess(data: bytes, *, declared: str = "", hint: str = "") -> tuple[str, float]:
    """The codec whose decoding looks most like language, and how much."""
    sample = sample_of(data)
    in_pairs = looks_multibyte(data)
    best, best_score, best_text = "gb18030", -9.0, ""
    for group in ((declared, *_FIRST), (hint, *_LATER)):
        for codec in dict.fromkeys(group):
            if not codec or codec in STATEFUL:
                continue
            text = sample.decode(codec, "replace")
            score = likeness(text) + _PRIOR.get(codec, 0.0) + (0.15 if codec in (declared, hint) else 0.0)
            if codec == "big5hkscs" and not _LOW_TRAIL.search(sample):
                score -= 0.25
            if not _fits_single_bytes(codec, text, score, in_pairs=in_pairs):
                continue
            if score > best_score:
                best, best_score, best_text = codec, score, text
        # Kana stand at the same place in EUC-JP and GB 2312: only the Kanji between tell one from the other.
        if best_score > _SURE and not any(kana in best_text for kana in KANA[:10]):
            break
    return best, best_score


def _fits_single_bytes(codec: str, text: str, score: float, *, in_pairs: bool) -> bool:
    """Single-byte sets decode anything, so they must look like words: small letters, or high bytes that stand alone."""
    if codec in _CYRILLIC_SETS:
        return in_pairs and score > _SURE - 0.15 and not _MIXED_WORD.search(text)
    if codec == "cp1252" and in_pairs:
        return all(char in _SMALL_LATIN for char in _FOREIGN.findall(text))
    return True


def likeness(text: str) -> float:
    """From about -2 (noise) to 1 (all frequent characters): how much the characters beyond ASCII look like language."""
    foreign = _FOREIGN.findall(text)
    if not foreign:
        return 0.0
    points = sum(map(_WORTHS.get, foreign, repeat(0.0))) - len(_NOISE.findall(text))
    return points / len(foreign)


def looks_multibyte(data: bytes) -> bool:
    """Whether most high bytes stand in runs, as double-byte characters do and accented letters do not."""
    sample = sample_of(data)
    high = len(_HIGH.findall(sample))
    return sum(len(run) for run in _RUN.findall(sample)) * 10 > high * 6


def sample_of(data: bytes) -> bytes:
    """Stretches that begin at a high byte and end with their line, so that hardly a character is cut in two."""
    if len(data) <= SAMPLE:
        return data
    stretches, size, at = [], 0, 0
    while size < SAMPLE:
        high = _HIGH.search(data, at)
        if not high:
            break
        end = data.find(b"\n", high.start(), high.start() + SAMPLE)
        at = end if end >= 0 else high.start() + SAMPLE
        stretches.append(data[high.start() : at])
        size += len(stretches[-1])
    return b"\n".join(stretches)


def _detected(data: bytes) -> str:
    """The last resort, imported only here because it is heavy; code pages of old machines are not believed."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample_of(data)).best()
    name = best.encoding if best is not None else ""
    likely = name.startswith(
        ("cp125", "iso8859", "koi8", "euc_", "shift_jis", "big5", "gb", "johab", "cp874", "tis_620")
    )
    return name if likely and decodes_text(name) else ""
