"""Durations as an admin writes them."""

from __future__ import annotations

import pytest

from core.domain.duration import Duration, parse_duration


@pytest.mark.parametrize(("text", "expected"), [
    ("15 分钟", Duration(minutes=15)),
    ("15分钟", Duration(minutes=15)),
    ("15 工作分钟", Duration(minutes=15, working=True)),
    ("4 工作小时", Duration(minutes=240, working=True)),
    ("3 工作日", Duration(days=3, working=True)),
    ("3个工作日", Duration(days=3, working=True)),
    ("24 小时", Duration(minutes=1440)),
    ("24 小時", Duration(minutes=1440)),
    ("2 天", Duration(minutes=2880)),
    ("4 working hours", Duration(minutes=240, working=True)),
    ("1 working day", Duration(days=1, working=True)),
    ("3 business-days", Duration(days=3, working=True)),
    ("15 minutes", Duration(minutes=15)),
    (" 1 Hour ", Duration(minutes=60)),
    ("30 min", Duration(minutes=30)),
])  # fmt: skip
def test_a_duration_says_its_kind(text: str, expected: Duration) -> None:
    """Natural time and working time, in Chinese and English, are told apart by their words."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "15", "分钟", "0 分钟", "-3 分钟", "1.5 小时", "soon", "3 工作周", "2 小时 30 分钟", "1e3 分钟"]
)
def test_anything_else_is_refused_with_the_forms_expected(text: str) -> None:
    """The error names forms that work."""
    with pytest.raises(ValueError, match=r"工作分钟.*working hours"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["15 分钟", "15 工作分钟", "4 工作小时", "3 工作日", "90 分钟", "24 小时"])
def test_words_are_read_back_as_the_same_duration(text: str) -> None:
    """What is shown to an admin is what he may write, in both languages."""
    duration = parse_duration(text)
    assert duration.words("zh-CN") == text
    assert parse_duration(duration.words("en")) == duration


def test_a_working_day_is_as_long_as_the_calendar_says() -> None:
    """3 工作日 is 24 hours where a day has eight, 22.5 where it has seven and a half."""
    assert parse_duration("3 工作日").in_minutes(480) == 24 * 60
    assert parse_duration("3 工作日").in_minutes(450) == 1350
    assert parse_duration("2 小时").in_minutes(480) == 120


@pytest.mark.parametrize("fields", [{}, {"minutes": 5, "days": 1, "working": True}, {"days": 2}, {"minutes": -1}])
def test_a_duration_that_means_two_things_cannot_be_made(fields: dict[str, int]) -> None:
    """Either minutes or working days, and more than none."""
    with pytest.raises(ValueError, match="days"):
        Duration(**fields)  # type: ignore[arg-type]  # the wrong kinds are the point
