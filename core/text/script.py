"""Decides how a Chinese text of one script, and of one side of the strait, is written in the other."""

from __future__ import annotations

from functools import cache
from typing import Any

_IN_TAIWAN = (("回復", "回覆"), ("賬", "帳"), ("“", "「"), ("”", "」"))
"""What OpenCC leaves as it is: 回复 of a letter, which we never mean as 恢复, accounts, and quotation marks."""
_WAYS = {("zh-CN", "zh-TW"): "s2twp", ("zh-TW", "zh-CN"): "tw2sp"}


def in_script(text: str, written_in: str, wanted: str) -> str:
    """The text as readers of ``wanted`` write it; as it is where nothing turns the one into the other."""
    way = _WAYS.get((written_in, wanted))
    if not way or text.isascii():
        return text
    done = str(_converter(way).convert(text))
    for one, other in _IN_TAIWAN if wanted == "zh-TW" else ():
        done = done.replace(one, other)
    return done


@cache
def _converter(way: str) -> Any:  # noqa: ANN401  OpenCC has no types
    # Loaded when a text is turned for the first time: it costs a tenth of a second.
    import opencc

    return opencc.OpenCC(way)
