"""Calendars: the shipped one knows China's holidays and make-up days, and a file can say the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.domain.calendar import Window
from core.settings.calendars import read_builtin_calendars, read_calendar

CONFIG = Path(__file__).parents[3] / "config"
WEEK = "zone: Asia/Shanghai\nweek:\n  mon-fri: 09:00-18:00\n"


def said(content):
    return [f"{p.line}:{p.column} {p.zh} | {p.hint_zh}" for p in read_calendar(content, "calendars/x.yaml")[1]]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-01", False), ("2026-01-02", False), ("2026-01-04", True), ("2026-01-05", True),
        ("2026-02-14", True), ("2026-02-15", False), ("2026-02-23", False), ("2026-02-24", True), ("2026-02-28", True),
        ("2026-04-06", False), ("2026-04-07", True), ("2026-05-01", False), ("2026-05-05", False), ("2026-05-06", True),
        ("2026-05-09", True), ("2026-06-19", False), ("2026-06-22", True), ("2026-09-20", True), ("2026-09-25", False),
        ("2026-09-28", True), ("2026-10-01", False), ("2026-10-07", False), ("2026-10-08", True), ("2026-10-10", True),
        ("2026-10-11", False), ("2025-01-26", True), ("2025-10-08", False), ("2025-10-11", True), ("2024-02-09", True),
        ("2024-02-18", True), ("2024-10-12", True), ("2023-10-06", False), ("2023-10-07", True),
    ],
)  # fmt: skip
def test_the_shipped_calendar_knows_chinas_working_days(day, works):
    """As the State Council announced them, working weekends included."""
    assert bool(read_builtin_calendars()["cn"].windows_of(date.fromisoformat(day))) is works


def test_the_shipped_calendar_counts_eight_hours_a_day_and_says_until_when_it_knows():
    """3 工作日 is 24 working hours."""
    calendar = read_builtin_calendars()["cn"]
    assert calendar.minutes_per_day == 480
    assert calendar.week[0] == (Window.of("09:00", "12:00"), Window.of("13:00", "18:00"))
    assert calendar.known_until == date(2026, 12, 31)
    assert calendar.holidays[date(2026, 2, 17)] == "春节"
    assert len(calendar.makeup_days) == 26


def test_the_example_in_config_is_a_calendar():
    """Own hours on a make-up day included."""
    calendar, problems = read_calendar((CONFIG / "calendars/example.yaml").read_text("utf-8"), "calendars/example.yaml")
    assert problems == ()
    assert calendar is not None
    assert calendar.name == "example"
    assert calendar.windows_of(date(2026, 10, 10)) == (Window.of("09:00", "12:00"),)


def test_without_holidays_nothing_is_unknown_and_the_version_follows_the_content():
    """A support desk that works all days has no holidays to know."""
    calendar, _ = read_calendar(WEEK, "calendars/x.yaml")
    other, _ = read_calendar(WEEK + "  周六: 09:00-12:00\n", "calendars/x.yaml")
    assert calendar is not None
    assert other is not None
    assert calendar.known_until == date.max
    assert calendar.version != other.version
    assert other.week[5] == (Window.of("09:00", "12:00"),)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("zone: Asia/Shanghi\nweek:\n  mon: 09:00-18:00\n", "1:7 没有时区 'Asia/Shanghi' | 是不是 'Asia/Shanghai'？"),
        ("zone: UTC\nweek:\n  mon-fry: 09:00-18:00\n",
         "3:3 星期看不懂：'mon-fry' | 应写星期，如 mon-fri、sat 或 周一至周五"),
        ("zone: UTC\nweek:\n  mon: 9-18\n", "3:8 工作时段看不懂：'9-18' | 应写时段，如 09:00-12:00, 13:00-18:00"),
        ("zone: UTC\nweek:\n  mon: 13:00-18:00, 09:00-14:00\n",
         "3:8 工作时段看不懂：'13:00-18:00, 09:00-14:00' | 应写时段，如 09:00-12:00, 13:00-18:00"),
        ("zone: UTC\nweek: {}\n", "2:7 一周里没有工作时间 | "),
        (WEEK + "  mon: 09:00-10:00\n", "4:3 mon 写了两次 | "),
        (WEEK + "holidays:\n  2026:\n    春节: 2026-02-30\n",
         "6:9 春节看不懂：'2026-02-30' | 应写日期或 起..止，如 2026-10-01..2026-10-07"),
        (WEEK + "makeup_days:\n  2026: [2025-10-11]\n", "5:10 2025-10-11 不在 2026 年 | "),
        ("week:\n  mon: 09:00-18:00\n", "1:1 日历缺少 zone | 加上 zone: …"),
    ],
)  # fmt: skip
def test_mistakes_are_told_at_their_place(content, expected):
    """With what should stand there."""
    assert said(content) == [expected]
