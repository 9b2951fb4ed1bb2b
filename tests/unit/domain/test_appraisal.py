"""Half-years and quarters by their words."""

from __future__ import annotations

from datetime import date

import pytest

from core.domain.appraisal import days_of, half_year_of, is_open, quarter_of
from core.domain.errors import BadInput


@pytest.mark.parametrize(("term", "first", "last"), [
    ("2026H1", date(2026, 1, 1), date(2026, 6, 30)), ("2026H2", date(2026, 7, 1), date(2026, 12, 31)),
    ("2026Q1", date(2026, 1, 1), date(2026, 3, 31)), ("2027Q4", date(2027, 10, 1), date(2027, 12, 31)),
])  # fmt: skip
def test_a_term_has_its_days(term: str, first: date, last: date) -> None:
    """Each of them names the term again; answers are taken from the first day until two weeks after the last."""
    assert days_of(term) == (first, last)
    name = half_year_of if "H" in term else quarter_of
    assert name(first) == name(last) == term
    assert is_open(term, first) and is_open(term, date.fromordinal(last.toordinal() + 14))
    assert not is_open(term, date.fromordinal(first.toordinal() - 1))
    assert not is_open(term, date.fromordinal(last.toordinal() + 15))


@pytest.mark.parametrize("word", ["", "2026", "2026H3", "2026Q5", "26H1", "1999H1", "2026H1 ", "２026H1"])
def test_what_is_no_term_is_refused(word: str) -> None:
    """With examples."""
    with pytest.raises(BadInput, match="2026H2"):
        days_of(word)
