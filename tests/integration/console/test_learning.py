"""Past tickets beside a new one, which messages teach most, and how the suggestions did by week: pages and API."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.learning import WeekFigures
from core.domain.people import Role
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import a_mail, shipped_files
from tests.fakes.keyword_suggester import KeywordSuggester


def bring(office, *bodies):
    mails = [
        a_mail(subject="求助", body=body, sender=f"c{i} <c{i}@e.cn>", mid=f"{i}@e.cn") for i, body in enumerate(bodies)
    ]
    return [row.number for row in office.bring(*mails)]


@pytest.fixture
def worse(office):
    """A week in which agents agreed much less than before."""
    before = {f"2026-W0{n}": WeekFigures(week=f"2026-W0{n}", suggested=90, accepted=50, known=80.0) for n in (7, 8)}
    judged = {week: figures + WeekFigures(week=week, judged=80, agreed=76) for week, figures in before.items()}
    now = WeekFigures(week="2026-W09", suggested=90, accepted=50, known=80.0, judged=80, agreed=40)
    with office.ctx.store.write() as tx:
        tx.weeks.add({**judged, now.week: now}, 1, 1)


def test_a_ticket_shows_its_like(office, agent, browser):
    """With their types and the words in both; the API tells the same; a ticket without any says so."""
    old, new = bring(office, "云盘同步失败，提示证书过期", "请看看，云盘同步失败，提示证书过期")
    assert "还没有相似且已由客服判定的工单" in agent.get(f"/tickets/{new}").text
    correct(office.ctx, old, {"type": "投诉"}, "li")
    page = agent.get(f"/tickets/{new}").text
    assert f'href="/tickets/{old}"' in page and "相似的过往工单" in page
    assert "words in both: " in browser("amy").get(f"/tickets/{new}").text
    (alike,) = agent.get(f"/api/v1/tickets/{new}/alike").json()
    assert (alike["number"], alike["fields"]["type"]) == (old, "投诉")
    assert 0.5 < alike["likeness"] <= 1 and "证书" in alike["words"]
    assert agent.get("/api/v1/tickets/none/alike").status_code == 404


class Unsure(KeywordSuggester):
    """Says its word with the group of each value, and accepts nothing."""

    def suggest(self, messages):
        return tuple(
            replace(s, fields={n: replace(f, accepted=False, coarse="反馈") for n, f in s.fields.items()})
            for s in super().suggest(messages)
        )


def test_an_unsure_suggestion_asks_for_a_person(office, browser):
    """The group, the two next best values and the words that ask an agent, in both languages."""
    office.ctx = replace(office.ctx, suggester=Unsure)
    (number,) = bring(office, "你好，有一件事麻烦看看")
    for name, group, asks, rest in (
        ("li", "大类 反馈", "请人工判断", "其次"),
        ("amy", "group: feedback", "please judge", "else"),
    ):
        page = browser(name).get(f"/tickets/{number}").text
        guess = page[page.index('<div class="guess">') :]
        assert f'<span class="tag">{group}</span><span class="tag">{asks}</span>' in guess
        others = guess[guess.index(f'<p class="guess-else">{rest}') :].partition("</p>")[0]
        assert others.count("<span>") == 2


def test_what_teaches_most_is_shown_with_its_effect(office, agent, browser):
    """The page and the API name the least certain open messages, and with how many labels the next fit comes."""
    number, other = bring(office, "请问发票怎么开", "想了解保险箱的尺寸")
    page = agent.get("/teach").text
    assert page.index(number) and other in page
    assert "已有 0 条标签，到 10 条时学习下一次" in page
    told = agent.get("/api/v1/teach").json()
    assert {one["number"] for one in told["messages"]} == {number, other}
    assert (told["labels"], told["next_fit"], told["fits"]) == (0, 10, [])
    assert len(agent.get("/api/v1/teach?limit=1").json()["messages"]) == 1
    correct(office.ctx, number, {"type": "投诉"}, "li")
    assert [one["number"] for one in agent.get("/api/v1/teach").json()["messages"]] == [other]
    assert "the next fit comes with 10" in browser("amy").get("/teach").text


def test_a_value_that_a_rule_set_is_told_apart_from_the_model_s_own(office, agent, browser):
    """The model may be sure of another one: its share of the rule's value is not how sure anybody is."""
    office.ctx = replace(office.ctx, suggester=Unsure)
    bring(office, "请问发票怎么开，麻烦开一张增值税专用发票，发票抬头是我们公司")
    add_user(office.ctx, "root", Role.ADMIN)
    for page in (agent.get("/teach").text, browser("root").get("/models").text):
        assert "规则判定，模型给它 " in page
    assert "by a rule; the model gives it " in browser("amy").get("/teach").text


def test_a_drift_is_told_in_words(office, browser, worse, agent):
    """On the strip of every page, with the plots of the weeks on the page of models, and by the API."""
    add_user(office.ctx, "root", Role.ADMIN)
    admin = browser("root")
    words = "客服认同的预判从 95% 降到 50%"
    assert words in agent.get("/health/strip").text
    page = admin.get("/models").text
    assert words in page and page.count('<svg class="plot"') == 3 and "2026-W09" in page
    assert "Agents agree with 50% of the suggestions, before with 95%" in browser("amy").get("/health/strip").text
    told = agent.get("/api/v1/model/weeks").json()
    assert [week["week"] for week in told["weeks"]] == ["2026-W09", "2026-W08", "2026-W07"]
    assert told["weeks"][0]["agreement"] == 0.5
    assert [(alarm["code"], alarm["week"]) for alarm in told["alarms"]] == [("drift-agreement", "2026-W09")]


def test_nobody_looks_without_signing_in(app):
    """The API answers 401 in problem details."""
    for path in ("/api/v1/teach", "/api/v1/model/weeks", "/api/v1/tickets/1/alike"):
        answer = Browser(app).get(path)
        assert answer.status_code == 401 and answer.headers["content-type"].startswith("application/problem+json")


def test_a_ticket_under_a_former_key_is_shown_and_found_under_the_new_name(office):
    """After a rename: label, pressed button and the list's filter; the row itself is as it was."""
    (number,) = bring(office, "请问发票怎么开")
    correct(office.ctx, number, {"type": "投诉"}, "li")
    files = shipped_files()
    renamed = files.files["taxonomy.yaml"].replace("    - key: 投诉\n", "    - key: 不满\n      formerly: [投诉]\n")
    renamed = renamed.replace("      zh: 投诉\n", "      zh: 不满意\n")
    desk, problems = compile_desk(replace(files, files={**files.files, "taxonomy.yaml": renamed}))
    assert desk is not None and problems == ()
    browser = Browser(a_console(replace(office.ctx, desk=lambda: desk)))
    browser.sign_in("li")
    page = browser.get(f"/tickets/{number}").text
    assert 'value="不满" class="choice" aria-pressed="true"' in page
    assert "<dd>不满意</dd>" in page
    assert number in browser.get("/queue?type=不满").text
    assert number not in browser.get("/queue?type=咨询").text
