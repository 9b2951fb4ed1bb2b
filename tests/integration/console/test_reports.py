"""报表: the figures of a period, and the tickets behind each."""

from __future__ import annotations

import csv
import html
import re
from datetime import timedelta

import pytest

from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.answer import UNDO, Draft, answer
from tests.factories.console import numbers

LI = User(id=1, name="li", role=Role.AGENT)
WEEK = "kind=week&day=2026-03-05"


@pytest.fixture
def number(busy, clock):
    """The one of three tickets that was resolved; a day later the others are late."""
    first = numbers(busy.ctx)[0]
    answer(busy.ctx, first, LI, Draft(text="您好！\n\n已经修好，请您再试。", then=State.RESOLVED, sure=True))
    clock.at += UNDO
    busy.work()
    clock.at += timedelta(days=1)
    return first


@pytest.mark.parametrize(("name", "status"), [("li", 403), ("amy", 200), ("aud", 200)])
def test_leads_and_auditors_see_it(browser, number, name, status):
    """Agents do not, and no navigation offers it to them."""
    one = browser(name)
    for path in ("/reports", "/reports/tickets?figure=closed", "/reports/csv"):
        assert one.get(path).status_code == status
    assert ('href="/reports"' in one.get("/queue").text) is (status == 200)


@pytest.mark.slow
def test_each_figure_leads_to_its_tickets(browser, number):
    """From its tile, from a team, a type and an age; whoever counts is told so."""
    aud = browser("aud")
    page = aud.get(f"/reports?{WEEK}").text
    assert "响应及时率" in page and "1 / 3" in page and "33.3%" in page
    links = set(re.findall(r'href="(/reports/tickets[^"]+)"', page))
    assert len(links) > 25
    for link in links:
        assert aud.get(link.replace("&amp;", "&")).status_code == 200, link
    behind = aud.get(f"/reports/tickets?{WEEK}&figure=response_on_time").text
    assert behind.count("不计入") == 2 and behind.count("计入") == 3
    assert number in aud.get(f"/reports/tickets?{WEEK}&figure=received&agent=li").text
    assert "没有工单" in aud.get(f"/reports/tickets?{WEEK}&figure=received&agent=nobody").text


def test_a_period_leads_to_the_ones_beside_it(browser, number):
    """Earlier and later ones, and the same day in a longer one; nothing lies beyond now."""
    page = browser("amy").get(f"/reports?{WEEK}").text
    assert "day=2026-02-23" in page and "day=2026-03-09" not in page and "not over yet" in page
    before = browser("amy").get("/reports?kind=month&day=2026-02-10").text
    assert "No tickets in this time" in before and "day=2026-03-01" in before
    assert "figure=received" not in before and "figure=backlog" in before


@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter", "year"])
def test_every_kind_of_period_has_a_page(browser, number, kind):
    """With its plots, except for a single day; the numbers of a plot stand beside it."""
    page = browser("aud").get(f"/reports?kind={kind}&day=2026-03-05").text
    assert page.count('class="plot"') == (0 if kind == "day" else 2)
    assert ("图中数字" in page) is (kind != "day")


@pytest.mark.parametrize("kind", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("day", ["2001-01-01", "8999-12-31"])
def test_the_first_and_the_last_period_have_a_page(browser, number, kind, day):
    """With its sheet and the tickets behind its figures; nothing that lies beside it leads into the void."""
    aud = browser("aud")
    page = aud.get(f"/reports?kind={kind}&day={day}")
    assert page.status_code == 200 and aud.get(f"/reports/csv?kind={kind}&day={day}").status_code == 200
    for link in set(re.findall(r'href="(/reports[^"]*)"', page.text)):
        assert aud.get(html.unescape(link)).status_code == 200, link


@pytest.mark.parametrize("query", ["kind=century", "day=yesterday", "day=9999-12-31", "kind=year&day=0001-01-01"])
def test_what_is_no_period_is_told(browser, office, query):
    """No crash, whatever an address says."""
    assert browser("amy").get(f"/reports?{query}").status_code == 422


def test_a_figure_that_there_is_not_is_told(browser, office):
    """As is what it cannot be narrowed by, and a page that there is not."""
    amy = browser("amy")
    for query in ("nonsense", "received&clock=urge", "closed&age=7", "backlog&age=-1"):
        assert amy.get(f"/reports/tickets?figure={query}").status_code == 422, query
    assert amy.get("/reports/tickets?figure=closed&key=x").status_code == 400


def test_the_sheet_holds_every_figure(browser, number):
    """For a spreadsheet: with the mark of UTF-8, a line a figure, and no cell that is a formula."""
    answer_ = browser("aud").get(f"/reports/csv?{WEEK}")
    assert answer_.headers["content-disposition"].endswith(".csv") and answer_.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(answer_.content.decode("utf-8-sig").splitlines()))
    [on_time] = [row for row in rows if row["代号"] == "response_on_time" and not row["团队"] and not row["客服"]]
    assert (on_time["数值"], on_time["总数"], on_time["比率"]) == ("1", "3", "0.3333")
    assert {row["客服"] for row in rows} == {"", "li", "无"}
