"""Intervals and tails, against figures that can be looked up."""

from __future__ import annotations

import pytest

from rules.evidence import binomial_tail, wilson


@pytest.mark.parametrize(
    ("good", "of", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (38, 40, 0.8350, 0.9862),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilsons_interval(good, of, low, high):
    """81 of 263 is the example that textbooks give."""
    assert wilson(good, of) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(
    ("good", "of", "chance", "expected"),
    [(0, 5, 0.2, 1.0), (5, 5, 0.5, 1 / 32), (9, 10, 0.5, 11 / 1024), (1, 3, 0.0, 0.0), (2, 3, 1.0, 1.0)],
)
def test_the_tail_of_the_binomial(good, of, chance, expected):
    """So many heads or more, by chance alone."""
    assert binomial_tail(good, of, chance) == pytest.approx(expected)
