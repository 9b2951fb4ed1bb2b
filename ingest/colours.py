"""Tells whether two colours of a mail's HTML look the same: each becomes a number, coarse enough for tricks."""

from __future__ import annotations

import re

WHITE = 0x7FFF
BLACK = 0
_NAMES = {
    "white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "ghostwhite": "f8f8ff",
    "floralwhite": "fffaf0", "whitesmoke": "f5f5f5", "window": "ffffff", "windowtext": "000000",
}  # fmt: skip
_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*([\d.]+)%?\s*)?\)")
_NONE = frozenset(("none", "transparent", "inherit", "initial", "unset", "0"))
_PAINTED = re.compile(r"url\(|gradient\(|var\(|image")


def colour_of(value: str) -> int | str | None:
    """``#fff``, ``white`` and ``rgb(255, 255, 255)`` are one number; '' is no word on it, None is not known.

    Five bits a channel: #fdfdfd on white is not seen either.
    """
    value = value.strip().lower()
    if value in ("inherit", "unset", "currentcolor"):
        return ""
    found = _RGB.fullmatch(value)
    if found:
        is_solid = found[4] is None or float("0" + found[4].rstrip(".")) >= 1
        return _coarse(*(min(int(found[place]), 255) for place in (1, 2, 3))) if is_solid else None
    digits = _HEX.fullmatch(_NAMES.get(value, value))
    if digits is None:
        return None
    wide = digits[1] if len(digits[1]) == 6 else "".join(digit * 2 for digit in digits[1])
    return _coarse(int(wide[:2], 16), int(wide[2:4], 16), int(wide[4:], 16))


def background_of(value: str) -> int | str | None:
    """The colour behind the text; '' where what lies below is seen, None where a picture or something unknown is."""
    value = value.strip().lower()
    if value in _NONE:
        return ""
    if _PAINTED.search(value):
        return None
    found = _RGB.search(value)
    if found:
        return colour_of(found[0])
    known = [colour for colour in map(colour_of, value.split()) if isinstance(colour, int)]
    return known[0] if known else None


def _coarse(red: int, green: int, blue: int) -> int:
    return red >> 3 << 10 | green >> 3 << 5 | blue >> 3
