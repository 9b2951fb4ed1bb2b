"""How figures stand on a page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.channel import Channel
from core.domain.period import PeriodKind, period_of
from core.domain.taxonomy import NO_VALUES
from huiying.console.report_view import period_words, shown, shown_row
from huiying.console.words import Words, read_catalogues
from huiying.flows.figure_kinds import BY_KEY, FIGURES
from huiying.flows.report import Figure
from huiying.flows.report_words import CHANNELS

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 5, tzinfo=UTC)
DAY = date(2026, 11, 25)
WEEK = period_of(PeriodKind.WEEK, DAY)


def words(language: str = "en") -> Words:
    catalogue = read_catalogues()[language]
    return Words(language=language, catalogue=catalogue, taxonomy=NO_VALUES, zone=ZONE, now=NOW)


def figure(key: str, value: float | None, of: int | None = None, extended: int | None = None) -> Figure:
    return Figure(kind=BY_KEY[key], value=value, of=of, extended=extended)


@pytest.mark.parametrize(
    ("now", "then", "change", "tone"),
    [
        (figure("response_on_time", 9, 10), figure("response_on_time", 8, 10), "▲ 10.0 points", "better"),
        (figure("complaint_rate", 9, 10), figure("complaint_rate", 8, 10), "▲ 10.0 points", "worse"),
        (figure("received", 9), figure("received", 8), "▲ 1", ""),
        (figure("overdue", 7), figure("overdue", 9), "▼ 2", "better"),
        (figure("satisfaction", 4.5, 2), figure("satisfaction", 4.75, 9), "▼ 0.25", "worse"),
        (figure("first_response_mean", 60, 2), figure("first_response_mean", 3660, 9), "▼ 1 h", "better"),
        (figure("closed", 7), figure("closed", 7), "as before", ""),
        (figure("response_on_time", None, 0), figure("response_on_time", 8, 10), "", ""),
        (figure("satisfaction", None, 0), figure("satisfaction", 4.0, 1), "", ""),
    ],
)
def test_a_change_says_how_far_and_whether_it_is_good(now: Figure, then: Figure, change: str, tone: str) -> None:
    """In the figure's own unit; nothing where one of both is unknown."""
    told = shown(words(), now, WEEK, before=then)
    assert (told.change, told.tone) == (change, tone)


def test_a_share_stands_with_what_it_is_of() -> None:
    """And with how many times were extended."""
    told = shown(words("zh-CN"), figure("response_on_time", 1, 3, extended=1), WEEK, having={"team": ""})
    assert (told.value, told.detail) == ("33.3%", "1 / 3 · 其中 1 次延期")
    assert told.address == "/reports/tickets?kind=week&day=2026-11-23&figure=response_on_time&team="


def test_a_team_is_told_how_many_of_its_tasks_were_done_on_time() -> None:
    """Among what is told of each team and agent; it opens down to their tasks."""
    row = shown_row(words("zh-CN"), tuple(figure(kind.key, 3, 4) for kind in FIGURES), WEEK, {"team": "客服部"})
    [tasks] = [one for one in row if one.label == "沟通任务完成率"]
    assert (tasks.value, "figure=tasks_on_time&team=" in tasks.address) == ("75.0%", True)


def test_a_period_has_a_name() -> None:
    """By its kind."""
    names = [period_words(words(), period_of(kind, DAY)) for kind in PeriodKind]
    assert names == ["2026-11-25", "2026-11-23 to 2026-11-29", "2026-11", "Q4 2026", "2026"]


@pytest.mark.parametrize(("language", "place"), [("zh-CN", 0), ("en", 1)])
def test_channels_are_called_as_on_pages(language: str, place: int) -> None:
    """In the command's figures, too; each that there is."""
    words = read_catalogues()[language]
    assert {one: told[place] for one, told in CHANNELS.items()} == {one: words[f"channel.{one}"] for one in Channel}
