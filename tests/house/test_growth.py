"""What measures growth tells a square from a line, beside other work."""

from __future__ import annotations

import gc

import pytest

from tests.growth import growth


@pytest.mark.slow
def test_a_square_is_told_from_a_line():
    """Eight times the work is no more than a line's, and sixty-four times is."""

    def line(size):
        return lambda: sum(range(size))

    def square(size):
        return lambda: [sum(range(size)) for _ in range(size // 1_000)]

    assert growth(line, 100_000, 800_000, enough=20) <= 20
    assert growth(square, 12_000, 96_000, enough=20) > 20
    assert gc.isenabled()


def test_work_too_short_to_be_measured_counts_as_long_as_can_be():
    """The clock's own step does not make a square of it."""
    assert growth(lambda size: lambda: None, 1, 8, enough=1) < 1
