"""看板: whose the open tickets are and what presses."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from huiying.console.pages.board import tonight
from tests.factories.console import numbers


def test_the_board_says_who_has_how_much(agent, browser, busy):
    """Each person leads to his tickets, nobody to those that wait for a hand; leads find it in the navigation."""
    agent.htmx(f"/tickets/{numbers(busy.ctx)[0]}/claim")
    page = browser("aud").get("/board").text
    assert 'href="/queue?assignee=li"' in page and 'href="/queue?assignee=-"' in page
    assert 'href="/board"' in page and 'href="/board"' not in agent.get("/queue").text
    assert "无人领取" in page and "今日到期" in page


def test_an_empty_board_is_good_news(agent, office):
    """As the queue."""
    assert "全部处理完了" in agent.get("/board").text


def test_the_day_ends_where_the_desk_is():
    """Also on a day that is an hour shorter."""
    evening = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert tonight(evening, ZoneInfo("Asia/Shanghai")) == datetime(2026, 3, 29, 16, tzinfo=UTC)
    assert tonight(evening, ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 29, 22, tzinfo=UTC)
