"""Decides how a Chinese text of one script, and of one side of the strait, is written in the other."""

from __future__ import annotations

from functools import cache
from typing import Any

_WAYS = {("zh-CN", "zh-TW"): "s2twp", ("zh-TW", "zh-CN"): "tw2sp"}


def in_script(text: str, written_in: str, wanted: str) -> str:
    """The text as readers of ``wanted`` write it; as it is where nothing turns the one into the other."""
    way = _WAYS.get((written_in, wanted))
    return str(_converter(way).convert(text)) if way and not text.isascii() else text


@cache
def _converter(way: str) -> Any:  # noqa: ANN401  OpenCC has no types
    # Loaded when a text is turned for the first time: it costs a tenth of a second.
    import opencc

    return opencc.OpenCC(way)
