"""The answer form of a ticket: checked while one writes, sent with a moment to take it back."""

from __future__ import annotations

import json
import re

from tests.factories.console import number_of
from tests.factories.pipeline import a_mail

TEXT = "赵一，您好！\n\n企业版的账号数不限，报价单周五下班前发给您。"
_SEEN = re.compile(r'name="seen" value="(\d+)"')


def test_the_form_greets_the_customer_by_name(agent, busy, auditor):
    """In the customer's language; who may not work on tickets sees no form."""
    address = f"/tickets/{number_of(busy.ctx, '企业版')}"
    assert "赵一，您好！" in agent.get(address).text
    assert 'id="answer"' not in auditor.get(address).text


def test_the_draft_is_checked_while_it_is_written(agent, busy):
    """Findings with something better, and the promises that would start a clock."""
    address = f"/tickets/{number_of(busy.ctx, '企业版')}/answer/check"
    agent.get("/queue")
    text = agent.htmx(address, text=TEXT + "可能会晚一点。").text
    assert ">可能</button>" in text and "写明确定的部分和时间" in text
    assert 'name="promised" value="0" checked' in text and "明天 18:00" in text
    assert "仍然发送" in text
    assert "findings" not in agent.htmx(address, text="赵一，您好！2个工作日内给您报价。").text


def test_a_result_at_once_needs_no_date(agent, busy):
    """Only a first response that leaves the customer waiting says until when, checked and sent."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    said = {
        then: agent.htmx(f"/tickets/{number}/answer/check", text="赵一，您好！已经改好。", then=then).text
        for then in ("open", "resolved", "")
    }
    assert ["没有写时间" in text for text in said.values()] == [True, False, True]
    assert agent.htmx(f"/tickets/{number}/answer", text="赵一，您好！已经改好。", then="open").status_code == 422
    assert agent.htmx(f"/tickets/{number}/answer", text="赵一，您好！已经改好。", then="resolved").status_code == 200


def test_sending_offers_to_take_it_back_and_the_text_returns(agent, busy, clock):
    """The toast names the seconds; taking back cancels the letter and gives the words back to the form."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    sent = agent.htmx(f"/tickets/{number}/answer", text=TEXT, then="open", promised="0")
    assert sent.status_code == 200 and "15 秒后发出" in sent.text
    [letter] = [row for row in busy.ticket(number).letters if row.kind == "agent"]
    page = agent.get(f"/tickets/{number}").text
    assert "企业版的账号数不限" in page and "待发送" in page
    back = agent.htmx(f"/tickets/{number}/answer/{letter.id}/take-back")
    assert f'<textarea id="answer-back" hidden>\n{TEXT}</textarea>' in back.text
    assert "answer-back" not in back.headers["HX-Trigger"]
    clock.advance(seconds=60)
    busy.work()
    assert [row.state for row in busy.letters() if row.kind == "agent"] == ["cancelled"]


def test_what_is_taken_back_is_what_was_written(agent, busy):
    """Not masked: it would be sent to the customer with stars for his number."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    text = TEXT + "\n\n电话 13812345678，<b>"
    agent.htmx(f"/tickets/{number}/answer", text=text, then="open")
    [letter] = [row for row in busy.ticket(number).letters if row.kind == "agent"]
    back = agent.htmx(f"/tickets/{number}/answer/{letter.id}/take-back").text
    assert "电话 13812345678，&lt;b&gt;</textarea>" in back
    assert "13812345678" not in agent.htmx(f"/tickets/{number}/answer/{letter.id}/take-back").text


def test_a_sent_answer_stands_in_the_conversation_with_its_proof(agent, busy, clock):
    """The server's answer beside the words, and the first response kept."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    agent.htmx(f"/tickets/{number}/answer", text=TEXT, then="waiting_customer")
    clock.advance(seconds=15)
    busy.work()
    page = agent.get(f"/tickets/{number}").text
    assert "250 2.0.0 OK" in page and "暂停计时" in page
    assert "回信已送达服务器" in page


def test_a_file_is_sent_from_the_form(agent, busy, clock):
    """见附件 is no finding once there is one; an empty file field is no file."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    headers = {"HX-Request": "true", "X-CSRF-Token": agent.token}
    form = {"text": TEXT + "见附件。", "then": "open"}
    files = [("files", ("报价.csv", b"a,b\n1,2\n", "text/csv"))]
    address = f"/tickets/{number}/answer"
    none = agent.client.post(address, data=form, files=[("files", ("", b""))], headers=headers)
    assert none.status_code == 422
    assert agent.client.post(address, data=form, files=files, headers=headers).status_code == 200
    assert "报价.csv" in agent.get(f"/tickets/{number}").text
    clock.advance(seconds=15)
    busy.work()
    assert b"text/csv" in busy.ctx.transport.tried[-1].data


def test_a_file_of_our_own_answer_is_downloaded_too(agent, busy):
    """Its exact bytes, before and after it left; who took it stands in the trail, and no other part is to be had."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    headers = {"HX-Request": "true", "X-CSRF-Token": agent.token}
    files = [("files", ("报价.csv", b"a,b\n1,2\n", "text/csv"))]
    agent.client.post(
        f"/tickets/{number}/answer", data={"text": TEXT + "见附件。", "then": "open"}, files=files, headers=headers
    )
    message = busy.ticket(number).messages[-1]
    address = f"/tickets/{number}/messages/{message.id}/files/file-1"
    assert address in agent.get(f"/tickets/{number}").text
    taken = agent.post(address)
    assert (taken.status_code, taken.content) == (200, b"a,b\n1,2\n")
    [line] = [line for line in busy.ticket(number).audit if line.action == "ticket.file"]
    assert dict(line.details)["part"] == "file-1" and dict(line.details)["letter"]
    for wrong in (address[:-1] + "2", address.replace("file-1", "1")):
        assert agent.post(wrong).status_code == 404, wrong


def test_a_note_keeps_its_files(agent, busy):
    """They are downloaded as others are; no customer gets them, and a tenth and eleventh too many are refused."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    headers = {"HX-Request": "true", "X-CSRF-Token": agent.token}
    files = [("files", ("截图.png", b"\x89PNG", "image/png")), ("files", ("log.txt", b"500", "text/plain"))]
    kept = agent.client.post(f"/tickets/{number}/note", data={"text": "见附件"}, files=files, headers=headers)
    assert kept.status_code == 200
    message = busy.ticket(number).messages[-1]
    assert [(one.name, one.size) for one in message.attachments] == [("截图.png", 4), ("log.txt", 3)]
    address = f"/tickets/{number}/messages/{message.id}/files/file-2"
    page = agent.get(f"/tickets/{number}").text
    assert address in page and "截图.png" in page
    assert (agent.post(address).status_code, agent.post(address).content) == (200, b"500")
    assert dict(busy.ticket(number).audit[-1].details) == {"note": str(message.id), "part": "file-2"}
    assert agent.post(address[:-1] + "3").status_code == 404
    many = agent.client.post(f"/tickets/{number}/note", data={"text": "多"}, files=files * 6, headers=headers)
    assert many.status_code == 422


def test_the_arithmetic_shows_the_pause(agent, busy, clock):
    """While it lasts and after the customer's reply, with its reason, in both languages."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    agent.htmx(f"/tickets/{number}/answer", text=TEXT, then="waiting_customer")
    clock.advance(seconds=15)
    busy.work()
    [letter] = [row for row in busy.ticket(number).letters if row.kind == "agent"]
    clock.advance(hours=2)
    busy.bring(a_mail(sender="赵一 <zhao@example.cn>", mid="z2", reply_to=[letter.message_id], body="请发报价单"))
    page = agent.get(f"/tickets/{number}").text
    assert '<li class="paused"><span>今天 10:30 – 今天 12:30</span><span>等待客户答复</span></li>' in page
    assert "等待客户答复 10:30–12:30，不计；" in page


def test_what_must_not_leave_is_told_and_kept_back(agent, busy):
    """A placeholder; nothing; a state that a letter cannot leave a ticket in."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    stopped = agent.htmx(f"/tickets/{number}/answer", text="{{ name }}，您好", sure="yes")
    assert stopped.status_code == 422 and "措辞检查" in stopped.text
    assert agent.htmx(f"/tickets/{number}/answer", text=" ").status_code == 422
    assert agent.htmx(f"/tickets/{number}/answer", text=TEXT, then="closed").status_code == 422
    assert [row for row in busy.letters() if row.kind == "agent"] == []


def test_an_answer_may_begin_with_a_letter(agent, busy):
    """Its words come into the form without signature; what only the agent knows must be filled in."""
    address = f"/tickets/{number_of(busy.ctx, '企业版')}/answer"
    given = agent.get(f"{address}/template?name=extension")
    text = json.loads(given.headers["HX-Trigger"])["answer-back"]["text"]
    assert text.startswith("赵一，您好！") and "原因：（请填写）" in text and "示例公司客服中心" not in text
    assert "占位符还没有填" in agent.htmx(f"{address}/check", text=text).text
    assert agent.get(f"{address}/template?name=acknowledgement").status_code == 404


def test_the_letter_proposes_what_it_leaves_the_ticket_in(agent, busy):
    """A question waits for the customer, a result asks him, all others go on."""
    address = f"/tickets/{number_of(busy.ctx, '企业版')}/answer/template?name="
    for name, then in (("question", "waiting_customer"), ("result", "resolved"), ("news", "open")):
        given = json.loads(agent.get(address + name).headers["HX-Trigger"])["answer-back"]
        assert given["then"] == then and given["text"]


def test_notes_and_calls_stand_in_the_conversation(agent, busy, browser):
    """Without scripts they answer with a redirect; an English reader sees English words."""
    number = number_of(busy.ctx, "企业版")
    agent.get(f"/tickets/{number}")
    assert agent.post(f"/tickets/{number}/note", text="等报价组").status_code == 303
    assert agent.htmx(f"/tickets/{number}/call", outcome="reached", text="已说明").status_code == 200
    assert agent.htmx(f"/tickets/{number}/call", outcome="sang", text="").status_code == 422
    page = agent.get(f"/tickets/{number}").text
    assert "等报价组" in page and "内部备注，客户看不到" in page and "通话：接通" in page
    assert "call: reached" in browser("amy").get(f"/tickets/{number}").text


def test_only_who_may_work_on_tickets_answers(auditor, busy):
    """A reader cannot send, and nobody without the page's token can."""
    number = number_of(busy.ctx, "企业版")
    auditor.get("/queue")
    assert auditor.htmx(f"/tickets/{number}/answer", text=TEXT).status_code == 403
    assert auditor.post(f"/tickets/{number}/note", text="x", token="").status_code == 403


def test_an_outage_is_answered_once_for_all(agent, busy):
    """The choice stands on a main ticket's form; the toast says how many letters leave and takes all of them back."""
    main, other = number_of(busy.ctx, "企业版"), number_of(busy.ctx, "登录")
    agent.get(f"/tickets/{main}")
    assert 'name="also"' not in agent.get(f"/tickets/{main}").text
    agent.htmx(f"/tickets/{other}/link", main=main)
    assert "同时发给 1 张关联或并入工单" in agent.get(f"/tickets/{main}").text
    assert 'name="also"' not in agent.get(f"/tickets/{other}").text
    sent = agent.htmx(f"/tickets/{main}/answer", text=TEXT, then="open", also="1")
    assert sent.status_code == 200 and "另有 1 封一起发出" in sent.text
    [letter] = [row for row in busy.ticket(main).letters if row.kind == "agent"]
    assert "企业版的账号数不限" in agent.get(f"/tickets/{other}").text
    agent.htmx(f"/tickets/{main}/answer/{letter.id}/take-back")
    assert [row.state for row in busy.letters() if row.kind == "agent"] == ["cancelled", "cancelled"]


def test_an_answer_over_a_colleagues_is_asked_about_first(browser, busy):
    """With who and when, and a tick that sends it all the same; without scripts a page says it."""
    number = number_of(busy.ctx, "企业版")
    li, amy = browser("li"), browser("amy")
    seen = {one: _SEEN.findall(one.get(f"/tickets/{number}").text)[0] for one in (li, amy)}
    assert li.htmx(f"/tickets/{number}/answer", text=TEXT, seen=seen[li]).status_code == 200
    asked = amy.htmx(f"/tickets/{number}/answer", text=TEXT, seen=seen[amy])
    assert asked.status_code == 422 and asked.headers["HX-Retarget"] == "#meanwhile"
    assert "李敏 has answered" in asked.text
    known = _SEEN.findall(asked.text)[0]
    plain = amy.post(f"/tickets/{number}/answer", text=TEXT, seen=seen[amy])
    assert plain.status_code == 422 and "Somebody else has answered" in plain.text
    headers = {"HX-Request": "true", "X-CSRF-Token": amy.token}
    both = {"text": TEXT, "seen": [seen[amy], known]}
    assert amy.client.post(f"/tickets/{number}/answer", data=both, headers=headers).status_code == 200
