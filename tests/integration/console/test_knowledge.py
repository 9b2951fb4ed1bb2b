"""知识库 in the console and the API: found, read, written, published, and taken into an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from core.domain.api_token import ApiScope
from core.domain.article import ArticleKind, ArticleStep
from core.domain.people import Role
from core.domain.ticket import State
from huiying.flows.admit_program import add_token
from huiying.flows.correct import correct
from huiying.flows.write_article import step_article, write_article
from tests.factories.console import Browser, add_user, number_of
from tests.factories.pipeline import Office
from tests.fakes.fixed_clock import FixedClock

CASE: dict[str, Any] = {
    "kind": "case",
    "title": "云盘同步失败",
    "language": "zh-CN",
    "solution": "更换证书，电话 13812345678",
}


def test_an_empty_page_says_how_to_begin(agent: Browser, office: Office) -> None:
    """One button brings the phrasings that ship, drafts as long as a lead has not looked; English speaks English."""
    assert "载入随附的话术" in agent.get("/knowledge").text
    page = agent.post("/knowledge/import").text
    assert "导入了 12 条" in page and "安抚生气的客户" in page and "草稿" in page
    assert "安抚生气的客户" in agent.get("/knowledge?text=生氣&kind=phrasing&type=投诉").text
    assert "没有找到" in agent.get("/knowledge?state=due").text
    agent.post("/language", language="en")
    assert "Calming an angry customer" in agent.get("/knowledge?state=draft").text


def test_an_agent_writes_and_a_lead_publishes(
    agent: Browser, browser: Callable[[str], Browser], office: Office
) -> None:
    """What may name somebody is told while it is written; published, agents change nothing any more; every version can
    be read and comes back; auditors read."""
    assert "138****5678" in agent.htmx("/knowledge/check", **CASE).text
    answer = agent.post("/knowledge/new", **CASE | {"title": " "})
    assert answer.status_code == 422 and "title：不能为空" in answer.text and "更换证书" in answer.text
    assert agent.post("/knowledge/new", **CASE).headers["location"] == "/knowledge/K1"
    page = agent.get("/knowledge/K1").text
    assert "草稿由主管发布" in page and 'value="publish"' not in page
    assert agent.post("/knowledge/K1/step", to="publish", sure="yes").status_code == 403
    lead = browser("amy")
    assert lead.post("/knowledge/K1/step", to="publish").status_code == 422
    assert lead.post("/knowledge/K1/step", to="publish", sure="yes").status_code == 303
    page = lead.get("/knowledge/K1").text
    assert 'value="confirm"' in page and 'name="version" value="2"' in page
    assert lead.post("/knowledge/K1/step", to="confirm", sure="yes", version="1").status_code == 409
    changed = CASE | {"version": "2", "caution": "先备份"}
    assert agent.post("/knowledge/K1/edit", **changed).status_code == 403
    late = lead.post("/knowledge/K1/edit", **changed | {"version": "1"})
    assert late.status_code == 422 and "Somebody has just changed it" in late.text and "先备份" in late.text
    assert 'name="version" value="2"' in late.text
    assert lead.post("/knowledge/K1/edit", **changed).status_code == 303
    assert "先备份" not in lead.get("/knowledge/K1?version=2").text
    assert lead.get("/knowledge/K1?version=9").status_code == 404
    assert lead.get(f"/knowledge/K1?version={10**30}").status_code == 422
    assert '<span class="tag">What to watch for</span>' in lead.get("/knowledge/K1").text
    assert lead.post("/knowledge/K1/restore", version="2", seen="2").status_code == 409
    lead.post("/knowledge/K1/restore", version="2", seen="3")
    page = browser("aud").get("/knowledge/K1").text
    assert "先备份" not in page and "恢复旧版" in page and "/edit" not in page
    assert browser("aud").get("/knowledge/new").status_code == 403
    assert "- kind: case" in agent.get("/knowledge/export").text


def test_articles_stand_beside_a_ticket_and_go_into_its_answer(agent: Browser, busy: Office) -> None:
    """With why they fit; what is taken is counted; a resolved ticket is kept as a case without its customer's name."""
    lead = add_user(busy.ctx, "zhao", Role.LEAD)
    words = {"title": "安抚", "type": "投诉", "words": "很抱歉，由我跟进。"}
    write_article(busy.ctx, lead, ArticleKind.PHRASING, words)
    number = number_of(busy.ctx, "企业版")
    correct(busy.ctx, number, {"type": "投诉"}, "li")
    assert "没有合适的条目" in agent.get(f"/tickets/{number}").text
    step_article(busy.ctx, lead, "K1", ArticleStep.PUBLISHED)
    page = agent.get(f"/tickets/{number}").text
    assert 'href="/knowledge/K1"' in page and '<option value="K1">安抚</option>' in page and "/new?ticket" not in page
    assert "很抱歉，由我跟进。</textarea>" in agent.htmx(f"/tickets/{number}/answer/article", article="K1").text
    assert agent.htmx(f"/tickets/{number}/answer/article", article="").status_code == 204
    assert "用过 1 次" in agent.get("/knowledge/K1").text
    with busy.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, state=State.RESOLVED))
    assert f"/knowledge/new?ticket={number}" in agent.get(f"/tickets/{number}").text
    form = agent.get(f"/knowledge/new?ticket={number}").text
    assert "企业版" in form and f'name="ticket" value="{number}"' in form
    agent.post("/knowledge/new", **CASE | {"ticket": number})
    assert 'href="/knowledge/K2"' in agent.get(f"/tickets/{number}").text


def test_programs_read_what_is_published(app: FastAPI, agent: Browser, office: Office) -> None:
    """A token that may work writes drafts and reads them; none publishes."""
    lead = add_user(office.ctx, "zhao", Role.LEAD)
    clients = {}
    for may in (ApiScope.READ, ApiScope.WORK):
        _, secret = add_token(office.ctx, may.value, may, "", "ada", may.value.encode().ljust(32))
        clients[may] = TestClient(
            app, headers={"Authorization": f"Bearer {secret}"}, base_url="http://testserver/api/v1/"
        )
    reads, works = clients[ApiScope.READ], clients[ApiScope.WORK]
    new = works.post("articles", json={"kind": "case", "fields": {"title": "云盘", "solution": "换证书"}})
    assert (new.status_code, new.json()["state"], new.json()["by"]) == (201, "draft", "token:work")
    assert reads.get("articles/K1").status_code == 404 and reads.get("articles").json()["articles"] == []
    assert reads.post("articles/K1", json={"fields": {}}).status_code == 403
    assert works.post("articles/K1/steps", json={"to": "published"}).status_code == 403
    assert works.post("articles/K1/steps", json={"to": "retired", "version": 9}).status_code == 409
    assert works.post("articles/K1", json={"fields": {"caution": "先备份"}}).json()["version"] == 2
    assert works.post("articles/K1/versions/1").json()["parts"] == {"solution": "换证书"}
    step_article(office.ctx, lead, "K1", ArticleStep.PUBLISHED)
    assert reads.get("articles?text=雲盤&state=draft").json()["articles"] == [reads.get("articles/K1").json()]


def test_what_is_due_for_review_is_shown_and_confirmed_by_a_click(
    browser: Callable[[str], Browser], office: Office, clock: FixedClock
) -> None:
    """On the board, above the list and on its row, as a draft is that waits; confirmed it is due no more."""
    lead, tile = browser("amy"), "<b>1</b><span>Articles to publish or review"
    lead.post("/knowledge/new", **CASE | {"solution": "更换证书"})
    assert tile in lead.get("/board").text and "Drafts to publish: 1" in lead.get("/knowledge").text
    assert "草稿待发布" not in browser("li").get("/knowledge").text
    lead.post("/knowledge/K1/step", to="publish")
    assert tile[13:] not in lead.get("/board").text
    clock.advance(minutes=31 * 24 * 60)
    lead.sign_in("amy")
    assert tile in lead.get("/board").text
    page = lead.get("/knowledge").text
    assert "Due for review: 1." in page and '<span class="tag level-warn">due for review</span>' in page
    assert 'btn-primary" name="to" value="confirm"' in lead.get("/knowledge/K1").text
    assert lead.post("/knowledge/K1/step", to="confirm").status_code == 303
    assert "Nothing found" in lead.get("/knowledge?state=due").text
