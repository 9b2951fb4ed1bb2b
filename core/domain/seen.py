"""Text that shows something: what is made of blanks and invisible characters alone is empty."""

from __future__ import annotations

import unicodedata

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")
_BLANK = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810),
              *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)  # fmt: skip
"""Letters, marks and symbols that show nothing by themselves: fillers, joiners, variation selectors."""


def seen(text: str) -> str:
    """The text without blanks around it; empty when nothing of it is seen."""
    return "" if all(map(_is_unseen, text)) else text.strip()


def _is_unseen(char: str) -> bool:
    return char in _BLANK or unicodedata.category(char) in _UNSEEN
