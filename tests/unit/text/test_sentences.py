"""Sentences end where they end, whatever stands between two full stops."""

from __future__ import annotations

import re
from itertools import product

from core.text.sentences import sentences

_PLAIN = re.compile(r"(?:[^。！？!?；;\n.]|\.(?!\s|$))+[。！？!?；;.]*")


def test_a_full_stop_ends_a_sentence_before_white_space_only() -> None:
    """What is written for speed cuts as the plain pattern does: a look-ahead in a possessive group would not."""
    assert list(sentences("版本 3.5。见 example.cn. ...\n好")) == [
        (0, "版本 3.5。"),
        (7, "见 example.cn."),
        (21, "..."),
        (25, "好"),
    ]
    for letters in (letters for length in range(6) for letters in product("a. \n。", repeat=length)):
        text = "".join(letters)
        plain = [found[0].strip() for found in _PLAIN.finditer(text)]
        assert [sentence for _, sentence in sentences(text)] == [one for one in plain if one], repr(text)
