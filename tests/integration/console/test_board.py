"""看板: whose the open tickets are and what presses."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

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


def test_the_day_ends_at_the_desks_midnight(agent, busy, clock):
    """What is due after it is tomorrow's, although it is today by UTC."""
    with busy.ctx.store.write() as tx:
        [ticket] = [tx.tickets.by_number(number) for number in numbers(busy.ctx)[:1]]
        promises = [p for p in tx.promises.of_ticket(ticket.id) if p.state == "running"]
        night = datetime(2026, 3, 5, 15, 59, tzinfo=UTC)
        tx.promises.change([replace(p, due=night) for p in promises])
    assert due_today(agent) == 3
    with busy.ctx.store.write() as tx:
        promises = [p for p in tx.promises.of_ticket(ticket.id) if p.state == "running"]
        tx.promises.change([replace(p, due=night + timedelta(minutes=1)) for p in promises])
    assert due_today(agent) == 2


def due_today(agent) -> int:
    found = re.search(r"<b>(\d+)</b><span>今日到期", agent.get("/board").text)
    assert found is not None
    return int(found[1])
