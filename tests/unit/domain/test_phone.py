"""Which written numbers are one number."""

from __future__ import annotations

import pytest

from core.domain.phone import phone_key


@pytest.mark.parametrize(("one", "other"), [
    ("138 1234 5678", "13812345678"), ("+86 138-1234-5678", "13812345678"), ("008613812345678", "13812345678"),
    ("8613812345678", "13812345678"), ("１３８１２３４５６７８", "13812345678"), ("010-8765 4321", "+86 10 87654321"),
    ("(0571) 8888-1234", "057188881234"), ("010-87654321转12", "010-87654321 ext. 12"),
    ("+49 30 1234567", "0049301234567"),
])  # fmt: skip
def test_written_otherwise_it_is_the_same(one: str, other: str) -> None:
    """Blanks, full width, the country's code."""
    assert phone_key(one) == phone_key(other) != ""


@pytest.mark.parametrize(("one", "other"), [
    ("13812345678", "13812345679"), ("010-87654321", "010-87654321转12"), ("+1 212 555 0100", "212 555 0100"),
    ("+49 86 1234567", "+86 49 1234567"),
])  # fmt: skip
def test_another_number_is_another(one: str, other: str) -> None:
    """An extension and another country too."""
    assert phone_key(one) != phone_key(other)


@pytest.mark.parametrize("word", ["", "-", "晚上再打", "1234", "000000", "转12"])
def test_what_is_no_number(word: str) -> None:
    """Nobody is found by it."""
    assert phone_key(word) == ""
