"""Placeholders: a model sees that there was a phone, not which."""

from __future__ import annotations

import pytest

from core.text.tokens import PLACEHOLDERS, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("订单20231001001到了", ["订单", "xxcode", "到了"]),
        ("电话13812345678", ["电话", "xxphone"]),
        ("电话138****5678", ["电话", "xxphone"]),
        ("mail a.b@example.com now", ["mail", "xxmail", "now"]),
        ("见https://example.com/a?b=1 谢谢", ["见", "xxurl", "谢谢"]),
        ("共3件, 199.50元", ["共", "xxnum", "件,", "xxnum", "元"]),
        ("SF1234567890", ["xxcode"]),
        ("error e502", ["error", "e502"]),
        ("24h", ["xxnum", "h"]),
        ("我要打12315", ["我要打", "12315"]),
        ("no digits", ["no", "digits"]),
    ],
)
def test_numbers_become_words_for_their_kind(text, words):
    """Order numbers, phones, addresses and plain numbers become one word each; error codes and hotlines stay."""
    assert tokens(text).split() == words


def test_placeholders_survive_themselves():
    """A text with placeholders has nothing left to replace."""
    text = " ".join(sorted(PLACEHOLDERS))
    assert tokens(text + " 1").split() == [*sorted(PLACEHOLDERS), "xxnum"]
