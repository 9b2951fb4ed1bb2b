"""Decides when two texts count as the same for matching: width, case, script and regional words do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from core.text.regional import regional_matches, to_mainland
from core.text.simplified import to_simplified
from core.text.width import NARROW

_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
# Everything but ASCII, ideographs, their commonest punctuation and full-width ASCII: those fold one to one, alone.
_ODD = re.compile("[^\x00-\x7f\u2014\u2018-\u201d\u3000-\u3002\u3008-\u3011\u3400-\u9fff\uff01-\uff5e]+")
_WIDE = re.compile("[\u3000\uff01-\uff5e]+")
# What hardly any Chinese text does without, each replaced by itself; whatever else is not as it folds is rare then.
_OFTEN = tuple((wide, chr(NARROW[ord(wide)])) for wide in "，：？！（）；\u3000")
_RARE = re.compile("[^\x00-\x7f\u2014\u2018-\u201d\u3001-\u3002\u3008-\u3011\u3400-\u9fff]")
# Starters that nevertheless join the character before them (Hangul vowels and finals, some Indic vowel signs).
_JOINERS = frozenset(
    "\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf\u0ddf\u102e\u1b35"
    "\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af\U00011930"
    "\U000113b8\U000113bb\U000113c2\U000113c5\U000113c7\U000113c8\U000113c9"
).union(map(chr, range(0x1161, 0x1176)), map(chr, range(0x11A8, 0x11C3)))


def fold(text: str) -> str:
    """The form in which texts are matched: NFKC, invisible characters dropped, case folded, Simplified."""
    if text.isascii():
        return text.lower()
    plain = _plain(text)
    return to_mainland(to_simplified(plain)) if _HAN.search(plain) else plain


def fold_with_places(text: str) -> tuple[str, Sequence[int]]:
    """``fold(text)`` and, for each of its characters, the index in ``text`` where what it came from begins.

    The places have one more item at the end, ``len(text)``. ``span`` turns a match into a slice of ``text``.
    """
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    plain, places = _plain_with_places(text)
    if not _HAN.search(plain):
        return plain, places
    return _mainland_with_places(to_simplified(plain), places)


def span(places: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Where ``folded[start:end]`` stands in the original: never empty, combining marks included."""
    if end <= start:
        return places[start], places[start]
    return places[start], max(places[end], places[end - 1] + 1)


def _plain(text: str) -> str:
    """What ``_any`` makes of it, in a quarter of the time where nothing is rare."""
    for wide, narrow in _OFTEN:
        if wide in text:
            text = text.replace(wide, narrow)
    if not _RARE.search(text):
        return text.casefold()
    return _common(text) if not _ODD.search(text) else _any(text)


def _common(text: str) -> str:
    """What ``_any`` makes of a text without odd characters."""
    return _WIDE.sub(_narrow, text).casefold()


def _narrow(found: re.Match[str]) -> str:
    return found[0].translate(NARROW)


def _any(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()


def _plain_with_places(text: str) -> tuple[str, Sequence[int]]:
    if not _ODD.search(text):
        return _plain(text), range(len(text) + 1)
    parts: list[str] = []
    places: list[int] = []
    for start, end, simple in _pieces(text):
        part = _plain(text[start:end])
        parts.append(part)
        places.extend(range(start, end) if simple else [start] * len(part))
    places.append(len(text))
    return "".join(parts), places


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Slices that fold independently of each other; in simple ones each character folds to exactly one."""
    done = 0
    for odd in _ODD.finditer(text):
        start = odd.start()
        if start > done and not _begins(text[start]):
            start -= 1
        if start > done:
            yield done, start, True
        for index in range(start + 1, odd.end()):
            if _begins(text[index]):
                yield start, index, False
                start = index
        yield start, odd.end(), False
        done = odd.end()
    if done < len(text):
        yield done, len(text), True


def _begins(char: str) -> bool:
    """Whether nothing of the character can compose with what stands before it."""
    if not _ODD.match(char):
        return True
    first = unicodedata.normalize("NFKD", char)[0]
    return not unicodedata.combining(first) and first not in _JOINERS and not _INVISIBLE.match(char)


def _mainland_with_places(text: str, places: Sequence[int]) -> tuple[str, Sequence[int]]:
    found = regional_matches(text)
    if not found:
        return text, places
    parts: list[str] = []
    moved: list[int] = []
    last = 0
    for start, end, word in found:
        parts += (text[last:start], word)
        moved.extend(places[last:start])
        # The last character of the new word stands for the last of the old one, so that a span covers all of it.
        moved.extend(places[min(start + i, end - 1)] for i in range(len(word) - 1))
        moved.append(places[end - 1])
        last = end
    parts.append(text[last:])
    moved.extend(places[last:])
    return "".join(parts), moved
