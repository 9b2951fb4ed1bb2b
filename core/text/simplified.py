"""Decides the Simplified form of each Traditional character; the home of OpenCC."""

from __future__ import annotations

import re
from functools import cache

_HAN = (*range(0x3400, 0xA000), *range(0xF900, 0xFB00))


@cache
def simplified_characters() -> dict[int, str]:
    """A table for ``str.translate``: one character to one character, so places in the text stay what they were.

    OpenCC's ``tw2s`` is asked once for every character by itself. Its phrase tables are left out on purpose: they
    change lengths and depend on the neighbours (程序 would become 进程), and a rule's word must fold like the text.
    """
    # Loaded on the first Han text only: a desk's parse workers and command line never need it.
    import opencc

    characters = [chr(code) for code in _HAN]
    converted = opencc.OpenCC("tw2s").convert("\n".join(characters)).split("\n")
    table = {ord(a): b for a, b in zip(characters, converted, strict=True) if a != b and len(b) == 1}
    # OpenCC takes the Simplified 么 of 什么 for the Traditional form of 幺.
    table.pop(ord("么"), None)
    # OpenCC leaves the feminine forms alone; customers in Taiwan write them.
    return table | {ord("妳"): "你", ord("姊"): "姐"}


@cache
def _traditional() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, sorted(simplified_characters())))}]")


def to_simplified(text: str) -> str:
    """The text with each Traditional character Simplified; the same length."""
    if not _traditional().search(text):
        return text
    return text.translate(simplified_characters())
