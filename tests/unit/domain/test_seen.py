"""What shows nothing is empty."""

from __future__ import annotations

import pytest

from core.domain.seen import seen


@pytest.mark.parametrize(
    "text",
    ["", " \n\t", "\u200b\u2060\ufeff", "\u3000\xa0", "\u3164", "\u2800\u034f", "\u202e\u202c", "\ufe0f", "\0\x7f"],
)
def test_what_shows_nothing_is_empty(text: str) -> None:
    """Blanks, marks of direction, joiners, fillers and controls, alone or together."""
    assert seen(text) == seen(f" {text}\u200d ") == ""


@pytest.mark.parametrize(
    "text", ["退款", "👨\u200d👩\u200d👧", "a\u200b", "\u202eabc\u202c", "❤\ufe0f", "。", "\u0915\u094d"]
)
def test_what_shows_something_stays_as_it_is(text: str) -> None:
    """But for the blanks around it."""
    assert seen(f"\u3000{text}\n") == text
