"""满意度评估 in the console: the customer's page behind the link, what an agent enters, and the course of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.console import Browser


@pytest.fixture
def token(busy: Any) -> str:
    letter = busy.letters("sent")[-1]
    return str(busy.ctx.signer.appraisal_token(letter.ticket_id, "2026H1"))


def test_the_customer_answers_behind_his_link(app: Any, token: str) -> None:
    """In his language without a session: nothing chosen is told, an answer is thanked for and stands there to be
    changed; a link that is none of ours is 404, and another site cannot answer."""
    one = Browser(app).client
    page = one.get(f"/s/{token}").text
    assert "2026 年上半年" in page and "产品质量" in page and "checked" not in page
    for wrong in ({"words": "好"}, {"quality": "9" * 5_000}):
        assert one.post(f"/s/{token}", data=wrong).status_code == 422
    assert "已经记下" in one.post(f"/s/{token}", data={"quality": "4", "words": "不错"}).text
    again = one.get(f"/s/{token}").text
    assert 'name="quality" value="4" checked' in again and "不错" in again
    assert one.get("/s/1.2026h1.t1.aaaaaaaaaaaaaaaaaaaa").status_code == 404
    assert one.post(f"/s/{token}", data={"quality": "4"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_an_agent_enters_it_and_sees_the_course(agent: Browser, auditor: Browser, busy: Any) -> None:
    """On the ticket's page, and by the API; from two on there is a plot; who only looks may not."""
    number = busy.letters("sent")[-1].number
    path = f"/tickets/{number}/appraisal"
    assert auditor.htmx(path, term="2026H1", quality="4").status_code == 403
    done = agent.htmx(path, term="2026H1", quality="4", speed="5", improvement="多发教程")
    assert (
        done.status_code == 200 and "多发教程" in done.text and "4.5" in done.text and 'class="plot"' not in done.text
    )
    headers = {"x-csrf-token": agent.token}
    given = {"term": "2026Q1", "cooperation": 3}
    api = agent.client.post(f"/api/v1/tickets/{number}/appraisals", json=given, headers=headers)
    assert api.json()["marks"] == {"cooperation": 3} and api.json()["by"] == "li"
    told = agent.client.get(f"/api/v1/tickets/{number}", headers=headers).json()["appraisals"]
    assert [one["term"] for one in told] == ["2026H1", "2026Q1"]
    assert 'class="plot"' in agent.get(f"/tickets/{number}").text
