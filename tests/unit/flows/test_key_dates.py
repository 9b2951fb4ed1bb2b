"""Key dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from core.domain.errors import BadInput
from core.domain.key_date import ANNIVERSARY, BIRTHDAY, KeyDate, month_days
from huiying.flows.key_dates import key_dates_words, read_key_dates


def test_they_are_read_as_they_are_written() -> None:
    """In the order of a year, in both languages and with their marks, and written so that they are read again."""
    written = "合作纪念日 2020年3月1日；生日：1988-05-20、Shop opening 9/1, birthday 05-20"
    dates = read_key_dates(written)
    assert dates == (
        KeyDate(name=ANNIVERSARY, month=3, day=1, year=2020),
        KeyDate(name=BIRTHDAY, month=5, day=20, year=1988),
        KeyDate(name=BIRTHDAY, month=5, day=20),
        KeyDate(name="Shop opening", month=9, day=1),
    )
    assert key_dates_words(dates[:2], "zh-CN") == "合作纪念日 2020-03-01, 生日 1988-05-20"
    assert all(read_key_dates(key_dates_words(dates, language)) == dates for language in ("zh-CN", "en"))
    assert read_key_dates(" - ") == read_key_dates("") == ()
    [leap] = read_key_dates("生日 02-29")
    assert leap.month_day == 229


@pytest.mark.parametrize("word", ["生日", "05-20", "生日 13-01", "生日 02-30", "生日 1989-02-29", "x" * 31 + " 05-20"])
def test_what_is_none_is_refused(word: str) -> None:
    """With an example."""
    with pytest.raises(BadInput, match="生日 05-20"):
        read_key_dates(word)


def test_a_day_that_most_years_lack_has_one_before_it() -> None:
    """The 29th of February falls on the 28th where there is none."""
    assert month_days(date(2026, 2, 28)) == (228, 229)
    assert (month_days(date(2028, 2, 28)), month_days(date(2028, 2, 29))) == ((228,), (229,))
