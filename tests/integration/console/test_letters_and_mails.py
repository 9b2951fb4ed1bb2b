"""The outbox, the quarantine, the mails that got no letter, health and the demo's page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from core.domain.ledger import Stage
from core.domain.letter import LettersMode
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.bounce import mark_dead
from huiying.flows.is_spam import is_spam
from huiying.flows.move import Move, move
from huiying.flows.remove_old import remove_old
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import Office, a_mail, with_letters, worker_context


@pytest.fixture
def holding(sqlite_store, keys, clock):
    """A desk whose letters wait for a person, with one letter waiting."""
    context = worker_context(sqlite_store, keys, clock)
    desk = with_letters(context.desk(), LettersMode.HOLD)
    office = Office(replace(context, desk=lambda: desk))
    add_user(office.ctx, "li")
    office.bring(a_mail())
    return office


@pytest.fixture
def keeper(holding):
    """An agent's browser on that desk, with a page seen."""
    browser = Browser(a_console(holding.ctx))
    browser.sign_in("li")
    browser.get("/outbox")
    return browser


def test_a_held_letter_is_released_by_a_person(keeper, holding):
    """The button makes it due, the audit trail says who, and the row that comes back shows the new state."""
    (letter,) = holding.letters()
    assert letter.state == "held"
    answer = keeper.htmx(f"/outbox/{letter.id}", action="release")
    assert answer.text.startswith(f'<li id="letter{letter.id}"') and "待发送" in answer.text
    holding.work()
    assert holding.letters()[0].state == "sent"
    with holding.ctx.store.read() as tx:
        (entry,) = tx.views.audit(f"letter:{letter.id}", "", 10).rows
    assert (entry.actor, entry.action) == ("li", "letter.release")


def test_what_the_switch_kept_back_goes_on_in_one_act(keeper, holding):
    """The reason stands there; the buttons come when letters are live again, and not for an auditor."""
    assert "发信开关为暂缓" in keeper.get("/outbox").text and "全部放行" not in keeper.get("/outbox?state=held").text
    live = replace(holding.ctx, desk=lambda: with_letters(holding.ctx.desk(), LettersMode.LIVE))
    add_user(live, "sun", role=Role.AUDITOR)
    seen = {}
    for name in ("sun", "li"):
        browser = Browser(a_console(live))
        browser.sign_in(name)
        seen[name] = browser
    assert "全部放行" in seen["li"].get("/outbox?state=held").text
    assert "全部放行" not in seen["sun"].get("/outbox?state=held").text
    assert seen["sun"].post("/outbox/all", action="release").status_code == 403
    assert seen["li"].post("/outbox/all", action="burn").status_code == 422
    assert seen["li"].post("/outbox/all", action="release").status_code == 303
    assert seen["li"].htmx("/outbox/all", action="cancel").headers["HX-Redirect"] == "/outbox?state=held"
    assert [letter.state for letter in holding.letters()] == ["queued"]


def test_a_letter_that_went_on_cannot_be_held(agent, busy):
    """Holding a sent letter is a conflict, and nothing is written down as done."""
    (letter, *_) = busy.letters("sent")
    agent.get("/outbox")
    assert agent.htmx(f"/outbox/{letter.id}", action="hold").status_code == 409
    assert agent.htmx(f"/outbox/{letter.id}", action="burn").status_code == 422
    with busy.ctx.store.read() as tx:
        assert not tx.views.audit(f"letter:{letter.id}", "", 10).rows


def test_the_outbox_filters_by_state_and_shows_the_answer(agent, busy):
    """Sent letters carry the server's words; other states are empty."""
    text = agent.get("/outbox?state=sent").text
    assert text.count("letter-line") == len(busy.letters("sent")) == 3
    assert "250 2.0.0 OK" in text and "w***@example.cn" in text
    assert "这里没有信件" in agent.get("/outbox?state=failed").text


def test_a_letter_is_read_as_it_went_out_but_masked(agent, busy):
    """Subject and text of the composed letter, without the customer's full address."""
    (letter, *_) = busy.letters("sent")
    text = agent.get(f"/outbox/{letter.id}").text
    assert letter.number in text and "受理编号" in text
    assert "wang@example.cn" not in text
    assert agent.get("/outbox/12345").status_code == 404


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("li", ("没有任何邮件头，不是邮件", "没有内容")),
        ("amy", ("it has no header at all and is no mail", "it is empty")),
    ],
)
def test_the_quarantine_says_why_a_mail_is_in_it(browser, office, name, words):
    """Not why it got no letter, which a mail without a sender gets for another reason."""
    rows = office.bring(b"\xff\xfe\x00garbage", b"")
    page = browser(name).get("/quarantine").text
    assert all(one in page for one in words)
    assert words[0] in browser(name).get(f"/mails/{rows[0].id}").text


def test_a_quarantined_mail_is_looked_at_safely_and_tried_again(agent, busy):
    """Plain masked text, a download that leaves a trace, and a replay that keeps the ticket's number."""
    row = busy.bring(a_mail(subject="怪信", body="电话 13812345678 <b>x</b>", sender="q@example.cn", mid="q"))[0]
    with busy.ctx.store.write() as tx:
        tx.ledger.set_stage(row.id, Stage.QUARANTINED, "shunted")
    assert "怪信" in agent.get("/quarantine").text
    page = agent.get(f"/mails/{row.id}").text
    assert "138****5678" in page and "13812345678" not in page and "q@example.cn" not in page and "&lt;b&gt;" in page
    for reason in ({}, {"reason": ""}, {"reason": "for fun"}):
        assert agent.post(f"/mails/{row.id}/download", **reason).status_code == 422
    raw = agent.post(f"/mails/{row.id}/download", reason="broken")
    assert b"13812345678" in raw.content and raw.headers["content-disposition"].endswith('.eml"')
    assert raw.headers["content-type"] == "application/octet-stream"
    assert "已重新排队处理" in agent.htmx(f"/mails/{row.id}/replay").text
    busy.work()
    again = busy.row(row.id)
    assert (again.stage, again.number) == ("filed", row.number)
    with busy.ctx.store.read() as tx:
        trail = [(entry.action, dict(entry.details)) for entry in tx.views.audit(f"mail:{row.id}", "", 10).rows]
    assert trail == [("mail.replay", {}), ("mail.download", {"reason": "broken"})]
    assert agent.get("/mails/12345").status_code == 404


def test_mails_without_a_letter_are_listed_with_the_reason(agent, office):
    """An automatic reply is answered by nothing, and the page says why."""
    office.bring(a_mail(subject="自动回复：休假", headers=["Auto-Submitted: auto-replied"], mid="auto"))
    assert "自动邮件：对方的自动回复" in agent.get("/silent").text


def test_a_mail_taken_for_a_machine_s_is_found_and_cleared(agent, auditor, office):
    """The list of mails without a letter and the mail's own page offer it to whoever works on tickets."""
    [row] = office.bring(a_mail(subject="自动回复：登录报错", mid="auto"))
    assert (
        "是人写的</button>" in agent.get("/silent").text and "是人写的</button>" in agent.get(f"/mails/{row.id}").text
    )
    assert "是人写的</button>" not in auditor.get("/silent").text
    assert "已放回队列" in agent.htmx(f"/mails/{row.id}/not-spam").text
    office.work()
    number = office.row(row.id).number
    assert number and "是人写的</button>" not in agent.get("/silent").text


def test_a_mail_taken_for_spam_is_found_and_cleared(agent, auditor, office):
    """It has a list of its own; whoever works on tickets says that it is none, whoever only looks cannot."""
    [row] = office.bring(a_mail(subject="询价", headers=["X-Spam-Flag: YES"], mid="spam"))
    assert "询价" in agent.get("/spam").text and "不是垃圾" in agent.get(f"/mails/{row.id}").text
    assert "不是垃圾</button>" not in auditor.get("/spam").text
    assert auditor.post(f"/mails/{row.id}/not-spam").status_code == 403
    assert "已放回队列" in agent.htmx(f"/mails/{row.id}/not-spam").text
    office.work()
    assert office.row(row.id).number
    assert "没有垃圾邮件" in agent.get("/spam").text
    assert agent.post(f"/mails/{row.id}/not-spam").status_code == 422


def test_the_page_of_spam_goes_on(agent, office, monkeypatch):
    """Each list has its own pages."""
    with office.ctx.store.read() as tx:
        li = tx.people.user("li")
    monkeypatch.setattr("huiying.console.pages.quarantine.PAGE", 2)
    rows = office.bring(*(a_mail(subject=f"推销{one}", mid=f"s{one}@x.cn") for one in range(3)))
    office.bring(*(a_mail(subject=f"广告{one}", mid=f"h{one}@x.cn", headers=["X-Spam-Flag: YES"]) for one in range(3)))
    for row in rows:
        is_spam(office.ctx, row.number, li)
    first = agent.get("/spam").text
    assert [f"推销{one}" in first for one in range(3)] == [False, True, True]
    assert [f"广告{one}" in first for one in range(3)] == [False, True, True]
    tickets = re.findall(r"/spam\?tickets=[^\"]+", first)
    mails = re.findall(r"/spam\?key=[^\"]+", first)
    assert (len(tickets), len(mails)) == (1, 1)
    second = agent.get(tickets[0]).text
    assert "推销0" in second and "推销1" not in second and "广告" not in second and "?tickets=" not in second
    other = agent.get(mails[0]).text
    assert "广告0" in other and "广告1" not in other and "推销" not in other
    assert agent.get("/spam?tickets=x").status_code == 400


def test_health_is_told_to_people_and_machines(agent, busy, app):
    """The strip stands on every page; /healthz needs no sign-in and tells only the level."""
    assert 'class="strip strip-' in agent.get("/outbox").text
    assert "运行状况" in agent.get("/health").text
    assert "<html" not in agent.get("/health/strip").text
    answer = Browser(app).get("/healthz")
    assert list(json.loads(answer.text)) == ["level"]


def test_a_surge_leads_to_its_tickets(agent, office, clock):
    """The health page has the words and a link to the queue of that type."""
    for number in range(40):
        office.bring(a_mail(subject="系统无法登录", sender=f"x{number}@shop{number}.example.cn", mid=f"surge{number}"))
        clock.advance(minutes=11 if number < 20 else 0)
    clock.advance(minutes=1)
    page = agent.get("/health").text
    assert "<code>surge</code>" in page
    (link,) = re.findall(r'href="(/queue\?type=[^"]+)"', page)
    assert agent.get(link).text.count("系统无法登录") >= 20


@dataclass(frozen=True)
class _Letter:
    number: int = 1
    at: datetime = datetime(2026, 3, 5, tzinfo=UTC)
    to: str = "王芳 <wang@example.cn>"
    sender: str = "service@example.com"
    subject: str = "您的来信已受理"
    text: str = "您好"
    html: str = "<p>您好</p>"
    headers: tuple[tuple[str, str], ...] = (("Auto-Submitted", "auto-replied"),)


def test_the_demo_shows_what_customers_received(office):
    """With an inbox the letters are listed and shown in a cage; without one the page does not exist."""
    browser = Browser(a_console(office.ctx, inbox=lambda: [_Letter()]))
    browser.sign_in("li")
    page = browser.get("/demo/inbox").text
    assert "您的来信已受理" in page and "sandbox" in page
    assert "sandbox" in browser.get("/demo/inbox/1/html").headers["content-security-policy"]
    assert browser.get("/demo/inbox/2").status_code == 404
    plain = Browser(a_console(office.ctx))
    plain.sign_in("li")
    assert plain.get("/demo/inbox").status_code == 404
    assert "/demo/inbox" not in plain.get("/queue").text


def test_an_address_that_bounced_is_seen_and_cleared(agent, auditor, busy):
    """On the outbox's page and on the ticket's, masked; one click clears it, and an auditor only looks."""
    (letter, *_) = busy.letters("sent")
    with busy.ctx.store.write() as tx:
        intent = tx.outbox.bounced(letter.id, "5.1.1", busy.ctx.now())
        mark_dead(busy.ctx, tx, intent, "5.1.1")
    page = agent.get("/outbox/addresses").text
    assert intent.recipient.address not in page and "5.1.1" in page and f"#{letter.number}" in page
    assert "被退回" in agent.get("/outbox?state=bounced").text
    assert "此地址退过信" in agent.get(f"/tickets/{letter.number}").text
    [key] = re.findall(r'name="key" value="([0-9a-f]+)"', page)
    assert "解除" not in auditor.get("/outbox/addresses").text.split("</nav>")[-1]
    assert auditor.post("/outbox/addresses/clear", key=key).status_code == 403
    cleared = agent.post("/outbox/addresses/clear", key=key, back=letter.number)
    assert cleared.headers["location"] == f"/tickets/{letter.number}"
    assert "此地址退过信" not in agent.get(f"/tickets/{letter.number}").text
    assert agent.post("/outbox/addresses/clear", key=key).status_code == 409


@pytest.mark.parametrize(
    ("name", "gone", "kept"),
    [("li", "原件已过保存期限", "原件已删除"), ("amy", "kept long enough", "Original removed")],
)
def test_what_was_kept_long_enough_is_said_to_be_gone(busy, browser, clock, name, gone, kept):
    """The mail's own page, its letter, its ticket's life line and its files; nothing offers what cannot be had."""
    with busy.ctx.store.read() as tx:
        [row] = tx.views.ticket("20260305001").ledger
    user = User(id=1, name="li", role=Role.LEAD)
    move(busy.ctx, "20260305001", user, Move(to=State.WITHDRAWN, reason="客户撤回"))
    clock.advance(minutes=60 * 24 * 31 * 37)
    assert remove_old(busy.ctx, "li").mails == 1
    page = browser(name)
    shown = page.get(f"/mails/{row.id}")
    assert shown.status_code == 200 and gone in shown.text and ".eml" not in shown.text
    trail = page.get("/tickets/20260305001").text
    assert kept in trail and "企业版" in trail
    letter = next(one for one in busy.letters() if one.number == "20260305001")
    assert gone in page.get(f"/outbox/{letter.id}").text
    answer = page.post(f"/mails/{row.id}/download", reason="broken")
    assert answer.status_code == 404 and gone in answer.text
