"""Decides how alike two texts are: by their rarest words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from core.text.fold import fold
from core.text.tokens import PLACEHOLDERS, tokens

MOST_WORDS = 16
"""How many words stand for a text: its rarest ones, each as loud as it is rare."""
LONGEST = 1500
_COMMON = 6.0
"""What is said more often than once in four hundred words tells nothing."""
_RAREST = 15.0
_SHORT, _LONG = 2, 5
_ENGLISH = 9.0


_COURTESY = frozenset(
    (
        "您好 你好 谢谢 谢谢您 感谢 请问 怎么办 怎么 怎样 如何 什么 为什么 尊敬 客服 我们 你们 他们 贵司 贵公司 公司 "
        "麻烦 帮忙 帮助 帮我 尽快 回复 处理 希望 此致 敬礼 祝好 顺祝商祺 商祺 一下 可以 不能 没有 现在 问题 "
        "情况 一直 已经 hello please thank thanks regards could would should about there these their"
    ).split()
)
"""Every letter has them, though the dictionary, which is made from other texts, finds some of them rare."""


class Rarity(Protocol):
    """What is asked of a ``Segmenter``."""

    def words(self, text: str) -> list[str]: ...

    def rarity(self, word: str) -> float: ...


def sketch(segmenter: Rarity, subject: str, body: str) -> dict[str, float]:
    """The words that stand for a text with their weights, whose squares add up to one; empty for an empty text."""
    counts = Counter(segmenter.words(tokens(fold(f"{subject}\n{body}"[:LONGEST]))))
    loud = {word: _loudness(segmenter, word) * (1 + math.log(count)) for word, count in counts.items()}
    rarest = sorted((item for item in loud.items() if item[1] > 0), key=lambda item: (-item[1], item[0]))[:MOST_WORDS]
    length = math.sqrt(sum(weight**2 for _, weight in rarest))
    return {word: weight / length for word, weight in rarest}


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The cosine of two sketches: 1 for the same words, 0 for none in common."""
    return sum(weight * other[word] for word, weight in one.items() if word in other)


def _loudness(segmenter: Rarity, word: str) -> float:
    if len(word) < _SHORT or word in PLACEHOLDERS or word in _COURTESY or not word[0].isalnum():
        return 0.0
    if word.isascii():
        # The dictionary is Chinese: of an English word only the length tells how much it says.
        return 0.0 if len(word) < _LONG or word.isdigit() else _ENGLISH
    return max(0.0, min(segmenter.rarity(word), _RAREST) - _COMMON)
