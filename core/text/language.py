"""Decides in which language and script a text is written, and in which the reply goes out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3\u1100-\u11ff]")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[A-Za-z]{2,}")
_GRAMMAR = re.compile("[的了是我您你请請吗嗎没沒这這们們]")
_ENGLISH = re.compile(
    r"\b(?:the|to|and|of|is|my|you|your|it|for|not|have|we|with|this|that|can|please|was|are|been|our|how|what|when|why"
    r"|has|would|could|still|thanks|thank|hello|hi|dear|does|did|but|there|from|an|in|on|do|will|order|help)\b",
    re.IGNORECASE,
)
_READS = 4000
# Written in both scripts' texts (names, 著作, 乾隆), so they tell nothing; and Traditional forms Big5 puts late.
_BOTH = frozenset("著乾於徵夥瞭藉麼麽後摺")


@cache
def script_only_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that only Simplified, and only Traditional texts use: GB 2312 without Big5, and the reverse."""
    gb2312 = _characters("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF))
    big5 = _characters("big5", (*range(0xA4, 0xC7), *range(0xC9, 0xFA)), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))
    return gb2312 - big5 - _BOTH, big5 - gb2312 - _BOTH


@cache
def _traditional_only() -> re.Pattern[str]:
    return re.compile(f"[{''.join(sorted(script_only_characters()[1]))}]")


def _characters(charset: str, first: Iterable[int], second: Sequence[int]) -> frozenset[str]:
    return frozenset(bytes(byte for a in first for b in second for byte in (a, b)).decode(charset, "ignore"))


def language_of(text: str) -> str:
    """The BCP 47 tag of the text: zh-Hans, zh-Hant, ja, ko, en, or und when its letters do not tell.

    Only the first 4,000 characters are read. A Chinese letter with a pasted English error in it is Chinese, and
    an English one with a Chinese product's name is English: words that only grammar needs decide.
    """
    text = text[:_READS]
    han, kana, hangul = (len(p.findall(text)) for p in (_HAN, _KANA, _HANGUL))
    words = len(_LATIN.findall(text))
    if hangul > max(han, words):
        return "ko"
    # の stands in Chinese shop names too; running Japanese is at least a fifth kana.
    if kana * 5 > han + kana > words:
        return "ja"
    if han and (len(_GRAMMAR.findall(text)) >= 3 or han * 6 >= words * 5):
        return _script(text)
    # Short texts get the benefit of the doubt; longer ones must use an English function word.
    return "en" if 0 < words < 4 or (words and _ENGLISH.search(text)) else "und"


def _script(text: str) -> str:
    if not _traditional_only().search(text):
        return "zh-Hans"
    simplified, traditional = script_only_characters()
    votes = sum(map(simplified.__contains__, text)) - sum(map(traditional.__contains__, text))
    return "zh-Hant" if votes < 0 else "zh-Hans"
