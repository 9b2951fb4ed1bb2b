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


def test_each_count_of_a_state_opens_its_tickets(agent, browser, busy):
    """The queue shows a state that its filter does not offer under that state's name."""
    first = numbers(busy.ctx)[0]
    agent.htmx(f"/tickets/{first}/move", to="waiting_internal")
    board = browser("aud").get("/board").text
    assert 'href="/queue?state=second_treatment"' in board
    [address] = re.findall(r'href="(/queue\?assignee=[^"]*state=waiting_internal)"', board)
    page = agent.get(address.replace("&amp;", "&")).text
    assert re.findall(r'data-number="(\w+)"', page) == [first]
    assert re.search(r'value="waiting_internal" checked><span>待内部协作', page)
    assert 'value="second_treatment"' not in page.partition('class="filter-row"')[0]


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
