"""The arithmetic of a clock in one line."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.clock import Pause, stretches
from core.domain.clock_words import amount_words, arithmetic_words
from core.settings.calendars import read_builtin_calendars

CN = read_builtin_calendars()["cn"]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(words: str) -> datetime:
    return datetime.fromisoformat(f"2026-{words}").replace(tzinfo=SHANGHAI)


def said(begins: str, ends: str, *pauses: Pause, working: bool = True, language: str = "zh-CN") -> str:
    parts = stretches(CN, at(begins), at(ends), pauses, working=working, language=language)
    return arithmetic_words(parts, SHANGHAI, language)


@pytest.mark.parametrize(("begins", "ends", "zh", "en"), [
    ("03-05 11:30", "03-05 14:00", "周四 03-05 11:30–14:00 计 1 小时 30 分钟",
     "Thu 03-05 11:30–14:00 counts 1 h 30 min"),
    ("03-06 17:30", "03-09 09:45",
     "周五 03-06 17:30–18:00 计 30 分钟；周末不计；周一 03-09 09:00–09:45 计 45 分钟",
     "Fri 03-06 17:30–18:00 counts 30 min; weekend not counted; Mon 03-09 09:00–09:45 counts 45 min"),
    ("10-09 17:00", "10-10 10:00",
     "周五 10-09 17:00–18:00 计 1 小时；周六 10-10 调休上班 09:00–10:00 计 1 小时",
     "Fri 10-09 17:00–18:00 counts 1 h; Sat 10-10 make-up working day 09:00–10:00 counts 1 h"),
    ("09-30 17:50", "10-08 09:05",
     "周三 09-30 17:50–18:00 计 10 分钟；10-01—10-07 国庆节不计；"
     "周四 10-08 09:00–09:05 计 5 分钟",
     "Wed 09-30 17:50–18:00 counts 10 min; 10-01–10-07 国庆节 not counted; Thu 10-08 09:00–09:05 counts 5 min"),
])  # fmt: skip
def test_what_counts_and_what_does_not(begins, ends, zh, en):
    """Day by day; weekends, holidays and make-up days are named, nights and lunch are not."""
    assert said(begins, ends) == zh
    assert said(begins, ends, language="en") == en


def test_a_pause_has_its_reason():
    """What lies around it is told apart."""
    pause = Pause(begins=at("03-05 14:00"), ends=at("03-05 16:00"), why="等待客户答复")
    assert said("03-05 13:30", "03-05 16:30", pause) == (
        "周四 03-05 13:30–14:00 计 30 分钟；周四 03-05 等待客户答复 14:00–16:00，不计；"
        "周四 03-05 16:00–16:30 计 30 分钟"
    )


def test_natural_time_runs_through():
    """Over midnight, over a weekend."""
    assert said("03-06 22:10", "03-07 22:10", working=False) == "周五 03-06 22:10 – 周六 03-07 22:10 计 24 小时"


def test_nothing_counted_is_said_as_none():
    """A clock of seconds."""
    assert (amount_words(timedelta(seconds=9)), amount_words(timedelta(), "en")) == ("0 分钟", "0 min")
    assert arithmetic_words((), SHANGHAI) == ""
