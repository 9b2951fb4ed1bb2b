"""Patterns of ticket numbers."""

from __future__ import annotations

from datetime import date

import pytest

from core.domain.numbering import DEFAULT, NoNumbering, read_numbering

DAY = date(2024, 5, 7)


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (DEFAULT, "20240507012"),
        ("需-{year}-{serial:3}", "需-2024-012"),
        ("{year}{month}{serial}", "202405012"),
        ("W-{serial:6}", "W-000012"),
        ("{year}年{month}月{serial:4}", "2024年05月0012"),
    ],
)
def test_a_pattern_is_filled_with_the_day_and_the_serial(pattern: str, number: str) -> None:
    """The serial has at least its digits, and more when they do not suffice."""
    numbering = read_numbering(pattern)
    series = numbering.series(DAY)
    assert numbering.number(series, 12) == number
    assert numbering.number(series, 1234567).endswith("1234567")


@pytest.mark.parametrize(
    "pattern",
    [
        "{year}-", "{serial}", "-{serial}", "需 {serial}", "{year}{serial:1}", "{year}{serial:3}x", "{yaer}{serial}",
        "{year}{day}{serial}", "A{month}{serial}", "H{year}{serial}", "h-{serial:6}", "A{serial:2}",
        "A" * 30 + "{serial}", "{serial}{year}{serial}", "[A]{serial}",
    ],
)  # fmt: skip
def test_what_numbers_nothing_is_refused(pattern: str) -> None:
    """In both languages: no serial at its end, a day without its month, the letter of imported cases, too short."""
    with pytest.raises(NoNumbering) as refused:
        read_numbering(pattern)
    assert refused.value.zh and refused.value.en
