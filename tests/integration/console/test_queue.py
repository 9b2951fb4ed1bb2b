"""What the queue shows, in which order, and what its fragments answer."""

from __future__ import annotations

import re

from core.domain.views import QueueFilter
from tests.factories.console import numbers
from tests.factories.pipeline import a_mail

_ROW = re.compile(r'class="row-ticket[^"]*"[^>]*data-number="(\d+)"')


def test_the_next_due_ticket_stands_first(agent, busy):
    """Rows come in the order of their due times, the outage before the older inquiry."""
    shown = _ROW.findall(agent.get("/queue").text)
    assert shown == numbers(busy.ctx)
    assert busy.ticket(shown[0]).ticket.subject == "紧急：系统全部无法登录"


def test_a_row_says_when_what_and_how_sure(agent, busy):
    """Due time, type, urgency, priority and customer stand in the row; contact data does not."""
    text = agent.get("/queue").text
    assert "剩 " in text and "首次响应" in text and "优先 高" in text and "王芳" in text
    assert "13812345678" not in text and "wang@example.cn" not in text


def test_a_ticket_that_is_late_is_called_late(agent, busy, clock):
    """即将超时 in the last quarter of the time, 已超时 after it."""
    clock.advance(minutes=12)
    assert "即将超时" in agent.get("/queue").text
    clock.advance(minutes=30)
    assert "已超时" in agent.get("/queue").text


def test_the_filter_narrows_by_type_and_words(agent, busy):
    """Type and text filter the rows; a filter that finds nothing says so and offers to clear itself."""
    inquiry = _ROW.findall(agent.get("/queue?text=企业版").text)
    assert len(inquiry) == 1
    assert _ROW.findall(agent.get("/queue?type=投诉").text) == []
    nothing = agent.get("/queue?text=火星").text
    assert "没有符合条件的工单" in nothing and "清除筛选" in nothing
    assert 'value="火星"' in nothing


def test_the_filter_narrows_to_whose_tickets_they_are(agent, busy):
    """Mine, nobody's, a colleague's; the row says whose it is; nobody's tickets of his own is no empty desk."""
    first, *others = numbers(busy.ctx)
    agent.htmx(f"/tickets/{first}/claim")
    assert _ROW.findall(agent.get("/queue?assignee=li").text) == [first]
    assert _ROW.findall(agent.get("/queue?assignee=-").text) == others
    assert 'class="row-who"' in agent.get("/queue/list?assignee=li").text
    assert "清除筛选" in agent.get("/queue?assignee=gone").text
    assert '<option value="gone" selected>' in agent.get("/queue?assignee=gone").text
    rows = agent.get("/api/v1/tickets?assignee=li").json()["tickets"]
    assert [(row["number"], row["assignee"]) for row in rows] == [(first, "li")]


def test_an_empty_queue_is_good_news(agent, office):
    """Without tickets the page says that all is done, and that new mail comes by itself."""
    assert "全部处理完了" in agent.get("/queue").text


def test_the_list_is_also_served_alone(agent, busy):
    """The fragment that a live page asks for is the list and nothing around it."""
    text = agent.get("/queue/list?shown=50").text
    assert text.startswith('<div id="list"') and "<html" not in text
    assert _ROW.findall(text) == numbers(busy.ctx)


def test_a_long_queue_comes_in_pages(agent, office):
    """The first page ends with a button whose address brings the rest, without a row twice or lost."""
    office.bring(*(a_mail(subject=f"第 {i} 件", sender=f"a{i}@example.cn", mid=f"m{i}") for i in range(53)))
    first = agent.get("/queue").text
    (more,) = re.findall(r'hx-get="(/queue/more\?[^"]+)"', first)
    second = agent.get(more.replace("&amp;", "&")).text
    assert "/queue/more" not in second
    with office.ctx.store.read() as tx:
        all_numbers = [row.number for row in tx.views.queue(QueueFilter(), "", 200).rows]
    assert _ROW.findall(first) + _ROW.findall(second) == all_numbers


def test_the_look_beside_the_list_shows_words_and_keys(agent, busy):
    """The selected ticket's own words stand there, masked, with the words that decided marked."""
    number = numbers(busy.ctx)[0]
    text = agent.get(f"/queue/look/{number}").text
    assert "138****5678" in text and "13812345678" not in text
    assert '<mark class="mark-rule"' in text
    assert text.count("<kbd>") >= 7
    assert agent.get("/queue/look/0").status_code == 404


def test_english_pages_speak_english(browser, busy):
    """Labels of the taxonomy and of the page are English for those who read English."""
    text = browser("amy").get("/queue").text
    assert "Problem report" in text and "First response" in text and "问题反馈" not in _without_values(text)


def _without_values(text: str) -> str:
    return re.sub(r'(?:value|data-types|data-urgencies)="[^"]*"', "", text)


def test_chosen_tickets_become_one_outage(agent, busy, auditor):
    """The boxes stand in the rows of whoever may work; the toast parts them again."""
    one, two, _ = numbers(busy.ctx)
    page = agent.get("/queue").text
    assert f'name="chosen" value="{one}" form="many"' in page
    assert 'name="chosen"' not in auditor.get("/queue").text
    main, other = sorted((one, two))
    done = agent.client.post(
        "/queue/link", data={"chosen": [one, two]}, headers={"X-CSRF-Token": agent.token, "HX-Request": "true"}
    )
    assert done.status_code == 200 and "1 张已关联到主单" in done.text and 'name="undo"' in done.text
    assert [number for _, number in busy.ticket(main).linked] == [other]
    assert agent.htmx("/queue/link", chosen=other, main=main, undo="1").status_code == 200
    assert busy.ticket(main).linked == ()
    assert auditor.htmx("/queue/link", chosen=other, main=main).status_code == 403
    assert "这一阵来信已经过去" in agent.htmx("/queue/outage", type="投诉").text


def test_a_search_shows_where_and_what_else_there_is(agent, busy):
    """The newest first, the words marked in either script; what the other filters hide is offered."""
    text = agent.get("/queue?text=無法登錄").text
    assert "<mark>无法登录</mark>" in text and "最新的在前" in text and "全部工单中有" not in text
    hidden = agent.get("/queue?state=closed&text=无法登录").text
    assert "没有符合条件的工单" in hidden and "全部工单中有" in hidden
    [address] = re.findall(r'list-more"><a href="([^"]+)"', hidden)
    assert _ROW.findall(agent.get(address.replace("&amp;", "&")).text) == _ROW.findall(text)


def test_a_search_by_address_finds_what_its_owner_wrote(agent, busy):
    """A whole address or telephone number, which no page shows."""
    assert _ROW.findall(agent.get("/queue?text=WANG%40example.cn").text)
    assert not _ROW.findall(agent.get("/queue?text=nobody%40example.cn").text)


def test_marked_tickets_are_claimed_and_held_together(agent, busy, auditor):
    """Told how many, why one was left, and with one undo for all; the boxes of what was done are named to the page."""
    one, two, three = numbers(busy.ctx)
    page = agent.get("/queue").text
    assert 'id="pick-all"' in page and 'name="what" value="claim"' in page and "挂起" in page
    assert 'id="many"' not in auditor.get("/queue").text
    claimed = many(agent, "/queue/many", what="claim", chosen=[one, two])
    assert "已领取 2 张" in claimed.text and f'data-done="[&#34;{one}&#34;' in claimed.text
    assert [busy.ticket(number).ticket.assignee for number in (one, two, three)] == ["li", "li", ""]
    mixed = many(agent, "/queue/many", what="claim", chosen=[two, three, "404"])
    assert "已领取 1 张 另有 1 张早已如此" in " ".join(mixed.text.split()) and "没有工单 404" in mixed.text
    held = many(agent, "/queue/many", what="move", state="on_hold", reason="等厂家", chosen=[one, two])
    assert "2 张已改变状态" in held.text
    undone = many(agent, "/queue/many/undo", what="claim", chosen=[three], mark=[""])
    assert "1 张已恢复原状" in undone.text and busy.ticket(three).ticket.assignee == ""
    assert "请先选工单" in many(agent, "/queue/many", what="claim").text
    assert many(agent, "/queue/many", what="move", state="nowhere", chosen=[one]).status_code == 422
    assert many(auditor, "/queue/many", what="claim", chosen=[one]).status_code == 403


def many(browser, address, **form):
    headers = {"HX-Request": "true", "X-CSRF-Token": browser.token}
    return browser.client.post(address, data=form, headers=headers)


def test_a_filter_is_kept_as_a_view_and_shown_with_how_much_is_in_it(browser, agent, busy):
    """Offered where the filter is none of them; a lead's for all, with "mine" as each one's own; removed, it comes back
    by the toast."""
    assert 'id="view-save"' not in agent.get("/queue").text
    lead = browser("amy")
    assert 'id="view-save"' in lead.get("/queue?assignee=amy").text and 'name="team"' in _views(
        lead.get("/queue?text=x").text
    )
    saved = lead.htmx("/queue/views", name="My own", team="yes", state="open", assignee="amy")
    assert "My own" in saved.text and "views-changed" in saved.headers["HX-Trigger"]
    page = agent.get("/queue?text=登录").text
    assert 'href="/queue?state=open&amp;type=&amp;urgency=&amp;text=&amp;assignee=li"' in page
    assert 'name="team"' not in _views(page) and "tab-count" not in _views(page)
    agent.htmx("/queue/views", name="登录", text="登录", type="", state="open")
    tabs = agent.get("/queue/views?text=登录").text
    assert re.findall(r'tab-count">(\d+)<', tabs) == ["1", "0"] and tabs.count('aria-current="true"') == 1
    assert 'id="view-save"' not in tabs and 'value="remove"' in tabs
    [own, team] = re.findall(r'id="view-(\d+)"', tabs)
    assert agent.htmx(f"/queue/views/{team}", what="remove").status_code == 403
    assert agent.htmx(f"/queue/views/{own}", what="on").status_code == 204
    assert agent.htmx(f"/queue/views/{own}", what="burn").status_code == 422
    assert "无法登录" in agent.htmx(f"/queue/views/{own}", what="rename", name="无法登录").text
    removed = agent.htmx(f"/queue/views/{own}", what="remove").text
    assert 'name="text" value="登录"' in removed and "无法登录" not in agent.get("/queue/views").text
    assert "联系方式" in agent.htmx("/queue/views", name="电话", text="13812345678").text


def test_what_ended_is_not_counted_for_a_tab(agent, busy):
    """Its number grows for ever and helps nobody; words that are found are few."""
    for name, form in (("都算", {"state": ""}), ("已关", {"state": "closed"}), ("词", {"state": "", "text": "登录"})):
        agent.get("/queue")
        assert agent.htmx("/queue/views", name=name, **form).status_code == 200
    assert re.findall(r'tab-count">(\d+)<', agent.get("/queue/views").text) == ["1"]


def _views(page):
    return page[page.index('id="views"') : page.index('id="filter"')]
