"""How long things are kept: three years unless a file says otherwise, and never a log under half a year."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.retention import RetentionSettings, months_before
from core.settings.retention import read_retention


def test_without_a_word_it_is_three_years():
    """An empty file, or none."""
    assert read_retention("") == (RetentionSettings(mail_months=36, log_months=36), ())


def test_both_terms_are_read():
    """In months."""
    assert read_retention("mail_months: 12\nlog_months: 6\n") == (RetentionSettings(mail_months=12, log_months=6), ())


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("mail_months: 12\nlog_months: 5\n", 2, 13),
        ("mail_months: 0\n", 1, 14),
        ("mail_months: forever\n", 1, 14),
        ("raw_months: 12\n", 1, 1),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content, line, column):
    """And nothing is removed earlier than usual by it."""
    settings, [problem] = read_retention(content)
    assert (problem.file, problem.line, problem.column) == ("retention.yaml", line, column)
    assert settings.log_months == 36 and settings.mail_months in (12, 36)


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [((2026, 3, 5), 36, (2023, 3, 5)), ((2026, 3, 31), 1, (2026, 2, 28)), ((2026, 1, 15), 1, (2025, 12, 15))],
)
def test_months_are_those_of_the_calendar(day, months, earlier):
    """The last day where the month is shorter."""
    begin, end = (datetime(year, month, day, tzinfo=UTC) for year, month, day in (day, earlier))
    assert months_before(begin, months) == end
