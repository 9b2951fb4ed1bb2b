"""The ticket's page, and what an agent does there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from core.domain.people import Role, User
from core.domain.promise import Clock, PromiseState
from core.domain.ticket import State
from huiying.app.model import NoModel
from huiying.flows.erase import erase, find_customer
from huiying.flows.move import Move, move
from tests.factories.console import number_of
from tests.factories.pipeline import a_mail
from tests.factories.raw_mails import multipart, part


@pytest.fixture
def outage(busy):
    """The number of the outage's ticket."""
    return number_of(busy.ctx, "无法登录")


def _due(office, number, clock=Clock.RESOLUTION):
    running = [p for p in office.ticket(number).promises if p.state is PromiseState.RUNNING and p.clock is clock]
    return running[0].due


def test_the_page_tells_the_whole_story(agent, busy, outage):
    """Conversation, suggestion, reasons with rule and line, due times, letters with proof, trail and log are there."""
    text = agent.get(f"/tickets/{outage}").text
    for words in (
        "对话",
        "系统预判",
        "判定依据",
        "时限",
        "来信轨迹",
        "操作日志",
        "把握 ",
        "builtin:rules/",
        "计时过程",
    ):
        assert words in text, words
    assert "受理回执" in text and "250 2.0.0 OK" in text
    assert "到达" in text and "入库" in text and "新诉求" in text


def test_letters_stand_between_what_was_said(office, agent, clock):
    """Mail, acknowledgement, the customer's next mail, the line that answers it: as it happened."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    clock.advance(minutes=5)
    office.bring(
        a_mail(subject="Re: 营业时间", body="怎么还没有人回复？", mid="m2@example.cn", reply_to=["m1@example.cn"])
    )
    page = agent.get(f"/tickets/{row.number}").text
    assert re.findall('class="message message-(in|out)"', page) == ["in", "out", "in", "out"]


def test_no_mail_hides_a_letter(office, agent, clock):
    """Whoever takes the Message-ID of an acknowledgement for his own mail: both are shown."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    [letter] = office.ticket(row.number).letters
    clock.advance(minutes=5)
    office.bring(a_mail(subject="Re: 营业时间", body="补充一点。", mid=letter.message_id, reply_to=["m1@example.cn"]))
    page = agent.get(f"/tickets/{row.number}").text
    assert re.findall('class="message message-(in|out)"', page) == ["in", "out", "in"]


@pytest.mark.parametrize(("name", "silent"), [("li", "未发信"), ("amy", "No letter")])
def test_the_trail_tells_each_letter_with_the_mail_that_brought_it(office, browser, clock, name, silent):
    """The line after 催单 stands below the urging mail, of which it is not said that it got none."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    office.work()
    for number, body in enumerate(("怎么还没有人回复？请尽快！", "补充：是浦东那家门店。"), start=2):
        clock.advance(minutes=5)
        office.bring(a_mail(subject="Re: 营业时间", body=body, mid=f"m{number}@example.cn", reply_to=["m1@example.cn"]))
        office.work()
    page = browser(name).get(f"/tickets/{row.number}").text
    trails = re.findall(r'<ol class="trail">(.*?)</ol>', page, re.DOTALL)
    letters = [len(re.findall(r'<li class="letter-', one)) for one in trails]
    assert letters == [1, 1, 0]
    assert [silent in one for one in trails] == [False, False, True]


@pytest.mark.parametrize(
    ("name", "words"), [("li", "（文字太少，看不出意思）"), ("amy", "(there is too little text to tell)")]
)
def test_why_the_model_said_nothing_stands_in_the_readers_language(office, browser, name, words):
    """Where a suggestion is missing the page says why."""
    office.ctx = replace(office.ctx, suggester=lambda: NoModel("text too short"))
    [row] = office.bring(a_mail())
    assert words in browser(name).get(f"/tickets/{row.number}").text


def test_a_mail_without_a_letter_says_why(agent, busy, outage):
    """The reply on an open ticket shows the reason for our silence."""
    ticket = busy.ticket(outage)
    busy.bring(a_mail(subject=f"Re: [#{outage}] 登录", body="还是不行", mid="r", reply_to=["b"]))
    assert len(busy.ticket(outage).messages) == len(ticket.messages) + 1
    assert "是处理中工单的回信，不再发受理回执" in agent.get(f"/tickets/{outage}").text


def test_an_unknown_ticket_is_a_page_that_says_so(agent, busy):
    """404 in the reader's language, with the way back."""
    answer = agent.get("/tickets/20990101001")
    assert answer.status_code == 404
    assert "没有找到" in answer.text and 'href="/"' in answer.text


def test_contact_data_is_masked_until_somebody_says_why(agent, busy, outage):
    """The address appears only after a reason was given, and that look is in the audit trail."""
    page = agent.get(f"/tickets/{outage}").text
    assert "w***@example.cn" in page and "wang@example.cn" not in page
    assert agent.post(f"/tickets/{outage}/reveal", reason="curiosity").status_code == 422
    shown = agent.post(f"/tickets/{outage}/reveal", reason="call-back")
    assert "wang@example.cn" in shown.text
    looks = [row for row in busy.ticket(outage).audit if row.action == "contact.reveal"]
    assert [(row.actor, dict(row.details)) for row in looks] == [("li", {"reason": "call-back"})]


def test_an_auditor_may_look_and_leaves_a_trace(auditor, busy, outage):
    """Revealing is allowed to the read-only role, and logged like everybody's."""
    auditor.get(f"/tickets/{outage}")
    assert auditor.post(f"/tickets/{outage}/reveal", reason="audit").status_code == 200
    assert busy.ticket(outage).audit[-1].actor == "aud"


def test_confirming_binds_what_was_suggested(agent, busy, outage):
    """Afterwards type and urgency are the agent's, and the toast offers to undo."""
    agent.get("/queue")
    answer = agent.htmx(f"/tickets/{outage}/confirm")
    assert f"已确认 #{outage}" in answer.text and "撤销" in answer.text
    assert json.loads(answer.headers["hx-trigger"]) == {"ticket-changed": {"number": outage}}
    ticket = busy.ticket(outage).ticket
    assert ticket.confirmed and ticket.decided_by["type"] == "agent"


def test_correcting_and_undoing_move_the_promises(agent, busy, outage):
    """A correction recomputes what follows from it; the undo restores what had been told."""
    agent.get("/queue")
    before = _due(busy, outage)
    answer = agent.htmx(f"/tickets/{outage}/correct", field="urgency", value="常规")
    assert "已修正" in answer.text and "常规" in answer.text
    assert _due(busy, outage) > before
    agent.htmx(f"/tickets/{outage}/undo")
    assert _due(busy, outage) == before
    assert [c.kind for c in busy.ticket(outage).corrections] == ["correct", "undo"]
    actions = [row.action for row in busy.ticket(outage).audit if row.actor == "li"]
    assert actions == ["ticket.correct", "ticket.undo"]
    assert "没有可撤销的操作" in agent.htmx(f"/tickets/{outage}/undo").text


def test_the_reasons_name_the_agent_after_a_correction(agent, busy, outage):
    """判定依据 tells who changed the value and what it had been."""
    agent.get("/queue")
    agent.htmx(f"/tickets/{outage}/correct", field="type", value="投诉")
    text = agent.get(f"/tickets/{outage}").text
    assert "人工 li" in text and "原判：" in text
    assert "需求类型 问题反馈 → 投诉" in text


def test_what_no_key_corrects_is_corrected_in_one_form(agent, busy, outage):
    """Only what differs is the agent's afterwards; one undo takes all of it back, and nothing changed is refused."""
    page = agent.get(f"/tickets/{outage}").text
    form = page.partition(f'action="/tickets/{outage}/fields"')[2].partition("</form>")[0]
    now = dict(re.findall(r'<select name="(\w+)".*?value="([^"]*)" selected', form))
    assert set(now) == {"emotion", "topic", "impact", "gravity", "priority"}
    answer = agent.htmx(f"/tickets/{outage}/fields", **now | {"gravity": "重大", "emotion": "愤怒"})
    assert "重大" in answer.text and "愤怒" in answer.text
    ticket = busy.ticket(outage).ticket
    assert {name for name, by in ticket.decided_by.items() if by == "agent"} == {"gravity", "emotion"}
    agent.htmx(f"/tickets/{outage}/undo")
    assert busy.ticket(outage).ticket.fields["gravity"] == now["gravity"]
    assert "没有改动" in agent.htmx(f"/tickets/{outage}/fields", **now).text


def test_a_value_that_is_none_is_refused_in_a_toast(agent, busy, outage):
    """Nothing is changed, and htmx is told where to show the refusal."""
    agent.get("/queue")
    for form in ({"field": "type", "value": "天气"}, {"field": "number", "value": "1"}):
        answer = agent.htmx(f"/tickets/{outage}/correct", **form)
        assert answer.status_code == 422
        assert answer.headers["hx-retarget"] == "#toasts" and "toast-bad" in answer.text
    assert not busy.ticket(outage).corrections


def test_without_scripts_the_buttons_work_too(agent, busy, outage):
    """A plain form leads back to the ticket."""
    agent.get(f"/tickets/{outage}")
    answer = agent.post(f"/tickets/{outage}/confirm")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{outage}")
    assert busy.ticket(outage).ticket.confirmed


def test_the_html_of_a_mail_is_shown_in_a_cage(agent, office):
    """Its own answer forbids scripts, requests and links, whatever the mail holds."""
    html = '<p>您好 <b>坏了</b></p><script>x()</script><img src="http://tracker.example/a.png"><a href="http://x.example">去</a>'
    mail = a_mail(subject="网页格式", body=html, mid="h").replace(b"text/plain", b"text/html")
    office.bring(mail)
    number = number_of(office.ctx, "网页格式")
    message = office.ticket(number).messages[0]
    page = agent.get(f"/tickets/{number}").text
    address = f"/tickets/{number}/messages/{message.id}/html"
    assert f'src="{address}"' in page and "<iframe" in page and " sandbox" in page
    answer = agent.get(address)
    assert "<b>坏了</b>" in answer.text and "<script" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy and "img-src data:" in policy and "default-src 'none'" in policy
    assert agent.get(f"/tickets/{number}/messages/1/html").status_code == 404


def test_a_program_in_disguise_is_marked(agent, office):
    """Beside what its sender calls it stands what it looks like."""
    program = b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0"
    [row] = office.bring(
        multipart(
            part(b"text/plain; charset=utf-8", "请看附件".encode()),
            part(b"application/pdf; name=fapiao.pdf", program, b"Content-Transfer-Encoding: binary"),
            part(b"application/pdf; name=real.pdf", b"%PDF-1.4"),
        )
    )
    page = agent.get(f"/tickets/{row.number}").text
    assert page.count("可运行的程序") == 1 and "内容像 application/x-msdownload" in page and "real.pdf" in page


def test_a_file_is_downloaded_and_that_leaves_a_trace(agent, office):
    """Its exact bytes under its own name, never shown in the browser; not without the token of the page."""
    data = b"%PDF-1.4\n\x00\xff"
    [row] = office.bring(
        multipart(
            part(b"text/plain; charset=utf-8", "请看附件".encode()),
            part('application/pdf; name=合同 "最终".pdf'.encode("gbk"), data, b"Content-Transfer-Encoding: binary"),
        )
    )
    [message] = office.ticket(row.number).messages
    [file] = message.attachments
    address = f"/tickets/{row.number}/messages/{message.id}/files/{file.part}"
    assert address in agent.get(f"/tickets/{row.number}").text
    answer = agent.post(address)
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f"attachment; filename*=utf-8''{quote(file.name, safe='')}"
    [line] = [line for line in office.ticket(row.number).audit if line.action == "ticket.file"]
    assert (line.actor, dict(line.details)) == ("li", {"mail": str(row.id), "part": file.part})
    for wrong in (
        address[:-1] + "9",
        address.replace(str(message.id), "1"),
        address.replace(row.number, "20990101001"),
    ):
        assert agent.post(wrong).status_code == 404, wrong
    assert agent.get(address).status_code == 405
    assert agent.client.post(address, follow_redirects=False).status_code == 403


def test_every_rule_is_told_hit_or_miss(agent, outage):
    """With the condition that decided it, and the words at their place; asked for when somebody opens it."""
    assert f'hx-get="/tickets/{outage}/rules"' in agent.get(f"/tickets/{outage}").text
    page = agent.get(f"/tickets/{outage}/rules").text
    assert page.count('class="why-hit"') >= 1 and page.count('class="why-miss"') >= 50
    hit = page.partition('class="why-hit"')[2].partition("</li>")[0]
    assert re.search(r'<mark class="mark-rule">[^<]+</mark> <small>(主题|来信) \d+–\d+</small>', hit)
    missed = page.partition('class="why-miss"')[2].partition("</li>")[0]
    assert re.search(r"不符合：\w+(\.\w+)?（第 \d+ 行）", missed)
    assert agent.get("/tickets/nothing/rules").status_code == 404


def test_what_a_rule_orders_is_told_in_words(agent, office):
    """What the customer is asked for and who is told, not their names in the file."""
    [row] = office.bring(a_mail(subject="太慢了", body="我的订单已经三天了还没到，什么时候能到？"))
    page = agent.get(f"/tickets/{row.number}/rules").text
    hit = page.partition("订单延误")[2].partition("</li>")[0]
    assert "订单号" in hit and "order_number" not in hit


def test_what_a_reply_counts_as_is_told_with_who_decided(agent, office):
    """By the shipped rule for a usual word of urging, by the reading of the text for another."""
    [row] = office.bring(a_mail())
    said = (("r1@a.cn", "请问有进展吗？"), ("r2@a.cn", "你们迟迟没有回音。"))
    office.bring(
        *(a_mail(subject="Re: 登录报错", body=text, mid=mid, reply_to=["m1@example.cn"]) for mid, text in said)
    )
    page = agent.get(f"/tickets/{row.number}/rules").text
    told = page.partition("回信算作什么")[2].partition("</ul>")[0].split("</li>")
    assert [("zh-urged" in one, "读信判断" in one) for one in told[:2]] == [(False, True), (True, False)]
    assert all("<b>催单</b>" in one for one in told[:2])


def test_thanks_on_an_archived_ticket_are_told_there(agent, browser, office):
    """By the shipped rule or the reading, in both languages: the reply stayed on its ticket because it only thanks."""
    lead = User(id=1, name="li", role=Role.LEAD)
    [row] = office.bring(a_mail())
    for state in (State.RESOLVED, State.CLOSED, State.ARCHIVED):
        move(office.ctx, row.number, lead, Move(to=state, reason="办结"))
    office.bring(a_mail(subject="Re: 登录报错", body="谢谢，已收到。", mid="r1@a.cn", reply_to=["m1@example.cn"]))
    assert office.totals()["tickets"] == 1 and office.ticket(row.number).ticket.state is State.ARCHIVED
    page = agent.get(f"/tickets/{row.number}/rules").text
    told = page.partition("回信算作什么")[2].partition("</ul>")[0]
    assert "只是致谢，不重开" in told and "zh-thanks-reply" in told
    assert "Only thanks" in browser("amy").get(f"/tickets/{row.number}/rules").text


def test_what_we_know_of_a_customer_is_set_from_his_ticket(browser, agent, auditor, office):
    """The form stands in the card of the customer; an auditor has none, and a wrong level is told."""
    [row] = office.bring(a_mail())
    page = f"/tickets/{row.number}"
    assert "修改客户资料" in agent.get(page).text and "Customer level" in browser("amy").get(page).text
    assert "修改客户资料" not in auditor.get(page).text
    given = {"level": "VIP", "company": "示例医院", "industry": "医疗", "tags": "老客户"}
    assert auditor.post(f"{page}/customer", **given).status_code == 403
    assert agent.htmx(f"{page}/customer", **given).status_code == 200
    text = agent.get(page).text
    assert all(word in text for word in ("示例医院", "医疗", "老客户", ">VIP<"))
    assert agent.post(f"{page}/customer", **given | {"level": "金牌"}).status_code == 422


def test_customers_are_merged_and_taken_apart_on_the_page(agent, auditor, browser, office):
    """By another ticket of his; the page says so and offers to undo it; an auditor may neither."""
    [one] = office.bring(a_mail())
    [two] = office.bring(a_mail(sender="王芳 <wangfang@example.org>", mid="m2@example.cn"))
    page = f"/tickets/{two.number}"
    assert "合并客户" in agent.get(page).text and "Merge customer" in browser("amy").get(page).text
    assert "合并客户" not in auditor.get(page).text
    assert auditor.post(f"{page}/customer/merge", into=one.number).status_code == 403
    agent.htmx(f"/tickets/{one.number}/customer", level="VIP")
    done = agent.htmx(f"{page}/customer/merge", into=one.number)
    assert "已并入另一个客户" in done.text and "ticket-changed" in done.headers["hx-trigger"]
    assert "wangfang@example.org" not in done.text and 'hx-target="#contact"' in done.text
    text = agent.get(page).text
    assert "已并入另一个客户" in text and ">VIP<" in text
    assert agent.post(f"{page}/customer/merge", into=one.number).status_code == 422
    assert agent.post(f"{page}/customer/merge", into="nobody@example.org").status_code == 404
    assert "已并入另一个客户" not in agent.htmx(f"{page}/customer/unmerge").text
    assert ">VIP<" not in agent.get(page).text
    assert agent.post(f"{page}/customer/unmerge").status_code == 422


def test_a_customers_number_is_masked_until_somebody_says_why(agent, busy):
    """Set on the page with the form of address; the form never shows it, the answer begins with both."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    agent.htmx(f"/tickets/{number}/customer", level="普通", form_of_address="女士", phone="13812345678")
    page = agent.get(f"/tickets/{number}").text
    assert "138****5678" in page and "13812345678" not in page and "赵一女士，您好！" in page
    agent.htmx(f"/tickets/{number}/customer", level="普通", form_of_address="女士", phone="")
    assert "13812345678" in agent.post(f"/tickets/{number}/reveal", reason="call-back").text
    assert agent.htmx(f"/tickets/{number}/customer", level="普通", phone="12").status_code == 422


def test_an_erased_ticket_says_so_and_offers_nothing(agent, busy, outage):
    """Its figures stay; what nobody can do any more is not offered, and is refused to whoever asks for it."""

    class Journal:
        def add(self, key: bytes, at: object) -> None: ...

    erase(busy.ctx, find_customer(busy.ctx, outage), "operator:root", Journal())
    text = agent.get(f"/tickets/{outage}").text
    assert (
        "内容已按客户的要求删除" in text
        and "已撤销" in text
        and 'action="/tickets' not in text
        and "回复客户" not in text
    )
    for action, form in (
        ("answer", {"text": "您好！已处理。", "then": "open"}),
        ("confirm", {}),
        ("call", {"text": "通了"}),
    ):
        answered = agent.post(f"/tickets/{outage}/{action}", data=form)
        assert answered.status_code in (400, 404, 409, 422), (action, answered.status_code)
