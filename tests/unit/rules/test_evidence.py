"""Intervals and tests, against figures that can be looked up."""

from __future__ import annotations

import pytest

from rules.evidence import fisher_tail, wilson


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
    ("table", "expected"),
    [((3, 4, 4, 8), 17 / 70), ((4, 4, 4, 8), 1 / 70), ((0, 4, 4, 8), 1.0), ((2, 8, 8, 14), 1.0), ((5, 5, 5, 5), 1.0)],
)
def test_fishers_exact_test(table, expected):
    """The lady who tastes tea: three of four cups right have a chance of 17 in 70, all four of 1 in 70."""
    assert fisher_tail(*table) == pytest.approx(expected)
