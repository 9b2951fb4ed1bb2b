"""The sheets of DOMAIN 12: to the letter, with all that is known, masked, and never a formula."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Role, User
from core.domain.promise import PromiseState
from core.domain.sheet import Sheet
from core.domain.ticket import State
from huiying.console.words import read_catalogues
from huiying.flows.analyse import analyse
from huiying.flows.answer import UNDO, Draft, answer, log_call, take_back
from huiying.flows.appraise import Opinion, appraise_by_call
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from huiying.flows.export import Export, csv_lines, export
from huiying.flows.is_spam import is_spam
from huiying.flows.next_step import next_step
from huiying.flows.own_promise import give_promise, move_promise
from huiying.flows.parts import Asked, ask_part
from huiying.flows.sheets import FORMS, sheet_named
from huiying.flows.vote import Ballot, vote_by_call
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT, display="李敏")
ZHAO = User(id=2, name="zhao", role=Role.LEAD, display="赵")
SHANGHAI = ZoneInfo("Asia/Shanghai")
DOMAIN_12 = """
1. 客户需求信息表: 需求编号, 客户名称, 联系人, 所属行业, 客户等级, 需求类型, 需求具体内容(客户原话+提炼), 提出渠道, 提出时间, 紧急程度, 关联订单号, 需求收集人
2. 需求分析评估表: 需求编号, 需求类型, 合理性评估(可/否/部分), 优先级(1-4级), 处理建议, 所需资源(人力/技术/预算), 责任部门, 分析人, 分析日期
3. 沟通策略制定表: 需求编号, 沟通目标, 沟通方式, 首次响应时间, 关键沟通节点, 责任人, 话术要点, 风险预案
4. 执行跟踪表: 需求编号, 执行阶段, 执行时间, 执行人, 客户反馈, 进展描述, 下一节点
5. 客户需求快速响应跟踪表: 需求编号, 客户信息, 联系方式(脱敏), 需求类型, 优先级, 接收时间, 第一响应人, 响应时限, 实际响应时间, 处理进度/结果, 客户反馈, 关闭时间, 备注
6. 客户反馈问题跟踪表: 问题编号, 客户名称, 问题描述, 反馈时间, 问题分类(产品/服务/其他), 责任部门/人, 处理进度, 解决方案, 完成时间, 客户确认结果, 满意度评分(1-5), 归档时间
7. 客户回访沟通记录表: 客户名称, 联系人, 联系方式, 上次沟通时间, 本次沟通时间, 沟通方式, 沟通主题, 客户反馈内容, 问题描述, 优先级, 责任人, 预计解决时间, 客户情绪状态, 下一步计划, 备注
8. 客户满意度评估表: 客户名称, 评估周期, 五个维度评分(1-5), 总体评价, 改进建议, 联系人, 评估日期
"""  # noqa: E501  as DOMAIN lists them, a sheet a line


def rows(office: Office, sheet: Sheet, language: str = "zh-CN", **wanted: Any) -> list[dict[str, Any]]:
    """The sheet's rows by heading."""
    asked = Export(sheet=sheet, format="xlsx", language=language, **wanted)
    headings, found = export(office.ctx, asked, ZHAO, read_catalogues()[language])
    return [dict(zip(map(str, headings), row, strict=True)) for row in found]


def at(clock: str, day: int = 5) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def number(office: Office) -> str:
    """A problem of a VIP, who names an order and a number to be called."""
    body = "您好，订单号 SO-2023100188 的系统无法登录，一直提示错误 500，请回电 13812345678。"
    [row] = office.bring(a_mail(body=body))
    known = {"company": "示例医院", "industry": "医疗", "level": "VIP", "form": "女士", "phone": "138 1234 5678"}
    set_customer(office.ctx, row.number, known, "li")
    return row.number


@pytest.fixture
def done(office: Office, clock: FixedClock, number: str) -> str:
    """The same, answered after five minutes, called, solved after ten and voted on."""
    correct(office.ctx, number, {"type": "问题反馈", "urgency": "重要", "topic": "产品质量"}, "li")
    said = {"reasonable": "partly", "advice": "needs-resources", "people": "研发 1 人", "budget": "无", "quadrant": "1"}
    analyse(office.ctx, number, "zhao", said | {"cause": "defect"})
    ask_part(office.ctx, number, "li", Asked(department="研发部", output="查日志"))
    clock.advance(minutes=5)
    log_call(office.ctx, number, LI, "reached", "客户在场，先恢复一台", step=next_step("follow_up", words="问是否稳定"))
    clock.advance(minutes=5)
    answer(office.ctx, number, LI, Draft(text="您好！\n\n问题已经解决，请您再试一次。", then=State.RESOLVED, sure=True))
    clock.at += UNDO
    office.work()
    vote_by_call(office.ctx, number, LI, Ballot(satisfied=True, marks={"efficiency": 5, "solution": 4}, words="很快"))
    return number


def test_titles_and_headings_are_those_of_the_field() -> None:
    """To the letter; each has an English one, and every sheet is found by number, title and name."""
    said = [line.split(". ", 1)[1].split(": ", 1) for line in DOMAIN_12.strip().splitlines()]
    forms = list(FORMS.values())
    assert [(form.title[0], ", ".join(zh for zh, _ in form.headings)) for form in forms] == [(a, b) for a, b in said]
    assert all(en and en.isascii() for form in forms for _, en in (form.title, *form.headings))
    for sheet, form in FORMS.items():
        assert {sheet_named(word) for word in (str(sheet.number), *form.title, sheet.value.upper())} == {sheet}
    with pytest.raises(BadInput, match="did you mean response"):
        sheet_named("快速响应跟踪表")
    with pytest.raises(BadInput, match="8 客户满意度评估表"):
        sheet_named("9")


def test_what_is_known_of_a_demand(office: Office, number: str) -> None:
    """The customer's words and the gist, his order, and the system as the collector until somebody has looked."""
    [row] = rows(office, Sheet.DEMANDS)
    gist = office.ticket(number).ticket.gist
    assert row["需求具体内容(客户原话+提炼)"].endswith(f"请回电 138****5678。\n【提炼】{gist}") and gist
    assert (row["客户名称"], row["联系人"], row["所属行业"]) == ("示例医院", "王芳（女士）", "医疗")
    assert (row["客户等级"], row["需求类型"], row["提出渠道"]) == ("VIP 重点", "问题反馈", "邮件")
    assert (row["提出时间"], row["关联订单号"], row["需求收集人"]) == (at("10:00"), "SO-2023100188", "系统(邮件)")


def test_what_is_known_of_a_case_that_is_over(office: Office, done: str) -> None:
    """Who looked and when, by when it was owed, who answered first, the result and the customer's word."""
    [analysis], [plan], [response], [problem] = (
        rows(office, one) for one in (Sheet.ANALYSIS, Sheet.COMMUNICATION, Sheet.RESPONSE, Sheet.PROBLEMS)
    )
    assert (analysis["优先级(1-4级)"], analysis["责任部门"]) == (1, "技术支持组、研发部")
    assert (analysis["合理性评估(可/否/部分)"], analysis["处理建议"]) == ("部分", "需资源协调")
    assert (analysis["所需资源(人力/技术/预算)"], analysis["分析人"]) == ("研发 1 人/无", "zhao")
    assert analysis["分析日期"] == date(2026, 3, 5) and response["备注"] == "根本原因：产品缺陷"
    assert (plan["沟通方式"], plan["首次响应时间"]) == ("邮件、电话", at("12:00"))
    assert "解决 " in plan["关键沟通节点"]
    assert response["客户信息"] == "示例医院 · 王芳（女士） · VIP 重点"
    assert response["联系方式(脱敏)"] == "138 ****5678 w***@example.cn"
    assert (response["响应时限"], response["实际响应时间"]) == (at("12:00"), at("10:05"))
    assert (response["第一响应人"], response["客户反馈"]) == ("李敏", "满意：很快")
    assert response["处理进度/结果"].splitlines()[0] == "已完成" and "问题已经解决" in response["处理进度/结果"]
    assert response["关闭时间"] == problem["完成时间"] == at("10:10").replace(second=15)
    assert (problem["问题分类(产品/服务/其他)"], problem["满意度评分(1-5)"]) == ("产品", 4.5)
    assert problem["责任部门/人"] == "技术支持组/li" and "问题已经解决" in problem["解决方案"]


def test_a_plan_stands_as_it_was_made(office: Office, number: str) -> None:
    """Aim, way, wording and what to do if it fails; what was promised is a point in time."""
    plan = {"aim": "客户认可方案", "way": "meeting", "wording": "先致歉", "fallback": "请主管出面"}
    analyse(office.ctx, number, "li", plan)
    give_promise(office.ctx, number, "li", "周五下班前给您回电")
    [row] = rows(office, Sheet.COMMUNICATION)
    assert [row[name] for name in ("沟通目标", "沟通方式", "话术要点", "风险预案")] == [
        "客户认可方案",
        "会议",
        "先致歉",
        "请主管出面",
    ]
    assert "承诺 2026-03-06 18:00" in row["关键沟通节点"]


def test_what_became_of_a_promise_is_a_step(office: Office, number: str) -> None:
    """The ticket stays in its state, whatever a promise of an agent comes to."""
    made = give_promise(office.ctx, number, "li", "周五下班前给您回电")
    move_promise(office.ctx, number, "li", made.id, PromiseState.KEPT)
    log_call(office.ctx, number, LI, "not-reached", "")
    log = rows(office, Sheet.EXECUTION)
    assert [(row["执行阶段"], row["进展描述"]) for row in log][1:] == [
        ("待受理", "作出承诺"), ("待受理", "了结承诺"), ("待受理", "通话：未接通"),
    ]  # fmt: skip


def test_what_happened_is_told_step_by_step(office: Office, done: str) -> None:
    """The customer's words, ours, and what was decided; each call and each vote has a row of its own sheet."""
    log = rows(office, Sheet.EXECUTION)
    assert [row["执行阶段"] for row in log if row["客户反馈"]] == ["待受理"]
    told = [row["进展描述"] for row in log]
    assert "请求协办：研发部" in told and "通话：接通：客户在场，先恢复一台" in told and "客户评价" in told
    assert log[-1]["执行阶段"] == "已关闭" and log == sorted(log, key=lambda row: row["执行时间"])
    [call] = rows(office, Sheet.CALL_BACKS)
    assert (call["上次沟通时间"], call["本次沟通时间"], call["沟通方式"]) == (at("10:00"), at("10:05"), "电话")
    assert call["下一步计划"] == "跟进：问是否稳定 2026-03-10 10:05 待办" and "新建任务：跟进" in told
    assert (call["责任人"], call["备注"]) == ("李敏", f"通话：接通 {done}")
    [vote] = rows(office, Sheet.SATISFACTION)
    assert vote["五个维度评分(1-5)"] == "需求解决效率 5\n方案有效性 4" and vote["评估日期"] == date(2026, 3, 5)


def test_periodic_satisfaction_has_rows_of_its_own(office: Office, done: str) -> None:
    """Before the votes, by the day on which it was given."""
    opinion = Opinion(marks={"quality": 5, "contact": 4}, words="合作愉快", improvement="多发教程")
    appraise_by_call(office.ctx, done, LI, "", opinion)
    first, vote = rows(office, Sheet.SATISFACTION)
    assert (first["评估周期"], vote["评估周期"]) == ("2026 年上半年", f"单次服务 {done}")
    assert first["五个维度评分(1-5)"] == "产品质量 5\n沟通效率 4" and first["客户名称"] == vote["客户名称"]
    assert (first["总体评价"], first["改进建议"], first["评估日期"]) == ("合作愉快", "多发教程", date(2026, 3, 5))


@pytest.mark.parametrize(("fields", "word"), [
    ({"type": "投诉", "urgency": "紧急"}, "投诉"), ({"type": "咨询", "urgency": "紧急"}, "紧急"),
    ({"type": "合作需求", "urgency": "常规"}, "个性化"), ({"type": "咨询", "urgency": "常规"}, "咨询"),
    ({"type": "其他", "urgency": "常规"}, "其他"),
])  # fmt: skip
def test_types_are_told_in_the_five_words(office: Office, number: str, fields: dict[str, str], word: str) -> None:
    """A complaint stays one however urgent; what is no problem stands on no sheet of problems."""
    correct(office.ctx, number, fields, "li")
    assert rows(office, Sheet.RESPONSE)[0]["需求类型"] == word
    assert len(rows(office, Sheet.PROBLEMS)) == (word == "投诉")


def test_no_letter_that_has_not_left_is_told(office: Office, number: str) -> None:
    """One that was taken back answered nobody; what comes next stands in the last row."""
    log_call(office.ctx, number, LI, "not-reached", "")
    letter = answer(office.ctx, number, LI, Draft(text="您好！\n\n已经处理。", sure=True))
    take_back(office.ctx, number, letter.id, LI)
    log = rows(office, Sheet.EXECUTION)
    assert [row["进展描述"] for row in log] == ["", "通话：未接通"]
    assert [row["下一节点"] for row in log] == ["", "首次响应 2026-03-05 10:15"]
    assert rows(office, Sheet.COMMUNICATION)[0]["沟通方式"] == "电话"


def test_a_time_is_counted_in_days_of_the_desk(office: Office, clock: FixedClock) -> None:
    """23:59 there is that day; what was called spam stands on no sheet; batches follow each other without a gap."""
    clock.at = at("23:59")
    office.bring(*(a_mail(mid=f"a{n}") for n in range(3)))
    clock.at = at("00:00", day=6)
    [late, spam] = office.bring(a_mail(mid="b"), a_mail(mid="c"))
    is_spam(office.ctx, spam.number, ZHAO)
    assert [row["需求编号"] for row in rows(office, Sheet.RESPONSE, first=date(2026, 3, 6))] == [late.number]
    assert len(rows(office, Sheet.RESPONSE, last=date(2026, 3, 5))) == 3
    assert len(rows(office, Sheet.RESPONSE)) == 4
    assert rows(office, Sheet.RESPONSE, first=date(2026, 3, 7)) == []
    for first, last in ((date(2026, 3, 7), date(2026, 3, 6)), (None, date.max), (date.min, None)):
        with pytest.raises(BadInput):
            rows(office, Sheet.RESPONSE, first=first, last=last)


def test_no_cell_is_a_formula(office: Office, number: str) -> None:
    """Whatever begins like one has an apostrophe before it, in wide characters too; English headings, if wanted."""
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"):
        set_customer(office.ctx, number, {"company": name}, "li")
        wanted = Export(sheet=Sheet.DEMANDS, format="csv", language="en")
        lines = "".join(csv_lines(*export(office.ctx, wanted, ZHAO, read_catalogues()["en"])))
        [headings, cells] = list(csv.reader(lines.splitlines(keepends=True)))
        assert headings[:2] == ["Demand no.", "Customer"] and cells[1] == f"'{name}"
        assert cells[7:10] == ["Mail", "2026-03-05 10:00", "Important"]


def test_who_took_what_stands_in_the_trail(office: Office, number: str) -> None:
    """Before the first row and with their number after the last one; agents take none."""
    wanted = Export(sheet=Sheet.RESPONSE, format="csv", first=date(2026, 3, 1))
    _, found = export(office.ctx, wanted, replace(ZHAO, role=Role.AUDITOR), read_catalogues()["zh-CN"])
    given = (("sheet", "response"), ("format", "csv"), ("from", "2026-03-01"))

    def trail() -> list[tuple[str, str, object]]:
        with office.ctx.store.read() as tx:
            return [(one.action, one.actor, one.details) for one in tx.views.audit("sheet:5", "", 10).rows]

    assert trail() == [("sheet.asked", "zhao", given)]
    assert len(list(found)) == 1
    assert trail()[0] == ("sheet.exported", "zhao", (*given, ("rows", "1")))
    with pytest.raises(NotPermitted):
        export(office.ctx, wanted, LI, read_catalogues()["zh-CN"])
