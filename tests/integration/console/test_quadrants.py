"""四象限: where the open tickets stand, and what a person said of one."""

from __future__ import annotations

import re

from core.domain.people import Role, User
from huiying.flows.analyse import analyse
from huiying.flows.hands import claim
from huiying.flows.quadrants import quadrants
from tests.factories.console import number_of, numbers
from tests.factories.pipeline import a_mail

LI = User(id=1, name="li", role=Role.AGENT)


def places(busy, assignee=""):
    """Which quadrant each ticket stands in."""
    found = quadrants(busy.ctx, assignee)
    assert found.whole
    return {row.number: place for place, rows in found.rows.items() for row in rows}


def test_each_open_ticket_stands_in_one(agent, busy):
    """By its fields; what a person says of one counts more, and leads to another place."""
    busy.bring(a_mail(subject="希望增加导出功能", body="希望增加批量导出的功能，方便我们每月对账。", mid="f@x.cn"))
    wish = number_of(busy.ctx, "导出")
    assert set(places(busy)) == set(numbers(busy.ctx)) and places(busy)[wish] == 2
    analyse(busy.ctx, wish, "li", {"quadrant": "3"})
    assert places(busy)[wish] == 3
    page = agent.get("/quadrants").text
    where = page.index("3 · 紧急"), page.index(f'href="/tickets/{wish}"'), page.index("2 · 重要")
    assert where[2] < where[0] < where[1]


def test_one_persons_and_one_quadrants_are_shown_alone(agent, busy):
    """As many rows as there are; an empty one says so; no other number than 1 to 4."""
    mine = numbers(busy.ctx)[0]
    claim(busy.ctx, mine, LI)
    assert set(places(busy, "li")) == {mine}
    place = places(busy)[mine]
    page = agent.get(f"/quadrants?assignee=li&only={place}").text
    assert re.findall(r'href="/tickets/(\d+)"', page) == [mine]
    assert "没有工单" in agent.get(f"/quadrants?assignee=li&only={place % 4 + 1}").text
    assert agent.get("/quadrants?only=5").status_code == 422


def test_leads_and_auditors_find_it_beside_the_board(agent, browser, busy):
    """And agents at their queue, narrowed as that is."""
    assert 'href="/quadrants"' in browser("aud").get("/board").text
    assert 'href="/quadrants?assignee=li"' in agent.get("/queue?assignee=li").text
