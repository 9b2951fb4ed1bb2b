"""The sheets of DOMAIN 12: their titles and headings to the letter, and the rows that a ticket has on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import mean

from core.domain.appraisal import DIMENSIONS, Appraisal
from core.domain.channel import Channel
from core.domain.errors import BadInput
from core.domain.promise import Clock
from core.domain.sheet import Sheet, SheetCase
from core.domain.ticket import Direction, Message, State
from core.domain.vote import MARKS
from core.settings.reader import nearest
from huiying.flows.correct import last_standing
from huiying.flows.quadrant import quadrant_of
from huiying.flows.sheet_steps import steps
from huiying.flows.sheet_words import Cell, SheetWords
from responder.wording import period_words

Row = tuple[Cell, ...]
NOT_KEPT = ""
"""The product keeps nothing that belongs into this column; people fill it in (docs/how-to/sheets.md names them)."""
PROBLEM = "反馈"
"""The coarse type of what stands on the sheet of problems: problem reports and complaints."""
_BY_PERSON = (Channel.VISIT, Channel.INTERVIEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A sheet's title and headings, Chinese and English, and what it says of a ticket: one row, none or many."""

    title: tuple[str, str]
    headings: tuple[tuple[str, str], ...]
    rows: Callable[[SheetCase, SheetWords], Iterator[Row]]


def sheet_named(word: str) -> Sheet:
    """By its number, its Chinese title, or its name or title in English. Raises ``BadInput`` with "did you mean"."""
    plain = word.strip().casefold()
    names = {
        name.casefold(): sheet
        for sheet, form in FORMS.items()
        for name in (str(sheet.number), sheet.value, *form.title)
    }
    if plain in names:
        return names[plain]
    near = nearest(plain, names)
    if near:
        sheet = names[near]
        title = FORMS[sheet].title[0]
        raise BadInput(f"没有表格 {word[:40]}，是不是 {title}？(no such sheet; did you mean {sheet.value}?)")
    listed = ", ".join(f"{sheet.number} {form.title[0]} ({sheet.value})" for sheet, form in FORMS.items())
    raise BadInput(f"没有表格 {word[:40]} (no such sheet). {listed}")


def _demands(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    ticket = case.ticket
    gist = f"{words.pick(('【提炼】', '[Gist] '))}{ticket.gist}" if ticket.gist else ""
    yield (
        ticket.number,
        words.customer(case),
        words.contact(case),
        case.customer.industry if case.customer else "",
        words.level(case),
        words.label(ticket, "type"),
        "\n".join(part for part in (words.own_words(case), gist) if part),
        words.channel(ticket),
        words.local(ticket.received),
        words.label(ticket, "urgency"),
        words.orders(case),
        words.collector(case),
    )


def _analysis(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    """As it was analysed; who confirmed or corrected what was understood has analysed that much."""
    done, looked = case.analysis, last_standing(case.corrections)
    who, at = (done.analyst, done.at) if done else (looked.agent, looked.at) if looked else ("", None)
    yield (
        case.ticket.number,
        words.label(case.ticket, "type"),
        words.say[f"analysis.reasonable.{done.judged}"] if done and done.judged else "",
        quadrant_of(words.desk.taxonomy, case),
        words.say[f"analysis.advice.{done.advice}"] if done and done.advice else "",
        "/".join(part for part in (done.people, done.technology, done.budget) if part) if done else "",
        words.departments(case),
        words.person(who),
        at.astimezone(words.desk.calendar.tz).date() if at else "",
    )


def _communication(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    """As it was planned; by which ways it was talked where nobody planned one."""
    ticket, plan = case.ticket, case.analysis
    yield (
        ticket.number,
        plan.aim if plan else "",
        words.say[f"analysis.way.{plan.way}"] if plan and plan.way else _ways(case, words),
        words.local(words.due(case, Clock.FIRST_RESPONSE)),
        words.clocks(case),
        words.person(ticket.assignee) or ticket.fields.get("team", ""),
        plan.wording if plan else "",
        plan.fallback if plan else "",
    )


def _execution(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    """A row for each thing that happened; what comes next stands in the last one."""
    done = list(steps(case, words))
    for step in done:
        follows = words.next_step(case.ticket) if step is done[-1] else ""
        yield (case.ticket.number, step.stage, words.local(step.at), step.who, step.said, step.done, follows)


def _response(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    ticket = case.ticket
    solution = words.solution(case)
    yield (
        ticket.number,
        words.whole_customer(case),
        words.reach(case),
        words.type_of_c(ticket),
        words.label(ticket, "priority"),
        words.local(ticket.received),
        words.first_responder(case),
        words.local(words.due(case, Clock.FIRST_RESPONSE)),
        words.local(ticket.first_response),
        "\n".join(part for part in (words.folded(ticket), solution) if part),
        words.said_of_result(case.votes[-1], ("不满意", "Not satisfied")) if case.votes else "",
        words.local(ticket.closed),
        words.remarks(case),
    )


def _problems(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    ticket, vote = case.ticket, case.votes[-1] if case.votes else None
    type_ = words.desk.taxonomy.stored("type", ticket.fields.get("type", ""))
    if type_ is None or type_.coarse != PROBLEM:
        return
    archived = [line.at for line in case.trail if dict(line.details).get("state") == State.ARCHIVED]
    who = words.person(ticket.assignee)
    yield (
        ticket.number,
        words.customer(case),
        ticket.gist or words.own_words(case),
        words.local(ticket.received),
        words.coarse_topic(ticket),
        "/".join(part for part in (ticket.fields.get("team", ""), who) if part),
        words.folded(ticket),
        words.solution(case),
        words.local(ticket.resolved),
        words.said_of_result(vote, ("需改进", "To improve")) if vote else "",
        round(mean(mark for _, mark in vote.marks), 1) if vote and vote.marks else "",
        words.local(archived[-1]) if archived and ticket.state is State.ARCHIVED else "",
    )


def _call_backs(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    """A row for each call that an agent logged, and for a visit or an interview by which the ticket began."""
    ticket = case.ticket
    for place, one in enumerate(case.messages):
        called = one.verdict.startswith("call:")
        if not called and not (place == 0 and ticket.channel in _BY_PERSON):
            continue
        yield (
            words.customer(case),
            words.contact(case),
            words.reach(case),
            words.local(case.messages[place - 1].at if place else None),
            words.local(one.at),
            words.say["channel.phone"] if called else words.channel(ticket),
            ticket.subject,
            words.text(one.reply or one.text),
            ticket.gist,
            words.label(ticket, "priority"),
            _caller(one, words) if called else words.collector(case),
            words.local(words.due(case, Clock.RESOLUTION)),
            words.label(ticket, "emotion"),
            words.planned(case, f"call:{one.id}" if called else "mail:") or words.next_step(ticket),
            f"{words.say[f'said.{one.verdict}']} {ticket.number}" if called else ticket.number,
        )


def appraisal_row(one: Appraisal, case: SheetCase, words: SheetWords) -> Row:
    """A customer's periodic appraisal."""
    given = dict(one.marks)
    return (
        words.customer(case),
        period_words(one.term, words.language),
        "\n".join(f"{words.say[f'appraisal.{name}']} {given[name]}" for name in DIMENSIONS if name in given),
        words.text(one.words),
        words.text(one.improvement),
        words.contact(case),
        one.at.astimezone(words.desk.calendar.tz).date(),
    )


def _satisfaction(case: SheetCase, words: SheetWords) -> Iterator[Row]:
    """A row for each vote on a result; those of periodic appraisals stand before them."""
    for vote in case.votes:
        given = dict(vote.marks)
        marks = [f"{words.say[f'vote.mark.{name}']} {given[name]}" for name in MARKS if name in given]
        yield (
            words.customer(case),
            f"{words.pick(('单次服务', 'One case'))} {case.ticket.number}",
            "\n".join(marks),
            words.said_of_result(vote, ("不满意", "Not satisfied")),
            NOT_KEPT,
            words.contact(case),
            vote.at.astimezone(words.desk.calendar.tz).date(),
        )


def _caller(call: Message, words: SheetWords) -> str:
    return words.person(call.sender.name) if call.sender else ""


def _ways(case: SheetCase, words: SheetWords) -> str:
    """How we have spoken to the customer so far."""
    called = any(one.verdict.startswith("call:") for one in case.messages)
    wrote = any(one.direction is Direction.OUT for one in case.messages)
    return words.listed((words.say["channel.email"] if wrote else "", words.say["channel.phone"] if called else ""))


_NUMBER, _CUSTOMER, _CONTACT = ("需求编号", "Demand no."), ("客户名称", "Customer"), ("联系人", "Contact")
_TYPE, _PRIORITY, _REMARKS = ("需求类型", "Type"), ("优先级", "Priority"), ("备注", "Remarks")
FORMS: Mapping[Sheet, Form] = {
    Sheet.DEMANDS: Form(
        title=("客户需求信息表", "Customer demands"),
        headings=(
            _NUMBER, _CUSTOMER, _CONTACT, ("所属行业", "Industry"), ("客户等级", "Customer level"), _TYPE,
            ("需求具体内容(客户原话+提炼)", "Demand (customer's words + gist)"), ("提出渠道", "Channel"),
            ("提出时间", "Raised at"), ("紧急程度", "Urgency"), ("关联订单号", "Order numbers"),
            ("需求收集人", "Collected by"),
        ),
        rows=_demands,
    ),
    Sheet.ANALYSIS: Form(
        title=("需求分析评估表", "Demand analysis"),
        headings=(
            _NUMBER, _TYPE, ("合理性评估(可/否/部分)", "Reasonable (yes/no/partly)"),
            ("优先级(1-4级)", "Priority (1-4)"), ("处理建议", "Advice"),
            ("所需资源(人力/技术/预算)", "Resources (people/technology/budget)"), ("责任部门", "Department in charge"),
            ("分析人", "Analyst"), ("分析日期", "Date of analysis"),
        ),
        rows=_analysis,
    ),
    Sheet.COMMUNICATION: Form(
        title=("沟通策略制定表", "Communication plan"),
        headings=(
            _NUMBER, ("沟通目标", "Aim"), ("沟通方式", "Channel"), ("首次响应时间", "First response by"),
            ("关键沟通节点", "Key points in time"), ("责任人", "Owner"), ("话术要点", "Wording"),
            ("风险预案", "Fallback"),
        ),
        rows=_communication,
    ),
    Sheet.EXECUTION: Form(
        title=("执行跟踪表", "Execution log"),
        headings=(
            _NUMBER, ("执行阶段", "Stage"), ("执行时间", "Time"), ("执行人", "By"), ("客户反馈", "Customer's word"),
            ("进展描述", "Progress"), ("下一节点", "Next step"),
        ),
        rows=_execution,
    ),
    Sheet.RESPONSE: Form(
        title=("客户需求快速响应跟踪表", "Rapid response log"),
        headings=(
            _NUMBER, ("客户信息", "Customer"), ("联系方式(脱敏)", "Contact data (masked)"), _TYPE, _PRIORITY,
            ("接收时间", "Received"), ("第一响应人", "First responder"), ("响应时限", "Response due"),
            ("实际响应时间", "Responded"), ("处理进度/结果", "Progress/result"), ("客户反馈", "Customer's word"),
            ("关闭时间", "Closed"), _REMARKS,
        ),
        rows=_response,
    ),
    Sheet.PROBLEMS: Form(
        title=("客户反馈问题跟踪表", "Customer problem log"),
        headings=(
            ("问题编号", "Problem no."), _CUSTOMER, ("问题描述", "Problem"), ("反馈时间", "Reported"),
            ("问题分类(产品/服务/其他)", "Category (product/service/other)"), ("责任部门/人", "Department/owner"),
            ("处理进度", "Progress"), ("解决方案", "Solution"), ("完成时间", "Done"),
            ("客户确认结果", "Customer's confirmation"), ("满意度评分(1-5)", "Satisfaction (1-5)"),
            ("归档时间", "Archived"),
        ),
        rows=_problems,
    ),
    Sheet.CALL_BACKS: Form(
        title=("客户回访沟通记录表", "Call-back log"),
        headings=(
            _CUSTOMER, _CONTACT, ("联系方式", "Contact data"), ("上次沟通时间", "Last contact"),
            ("本次沟通时间", "This contact"), ("沟通方式", "Channel"), ("沟通主题", "Subject"),
            ("客户反馈内容", "What the customer said"), ("问题描述", "Problem"), _PRIORITY, ("责任人", "Owner"),
            ("预计解决时间", "Solution expected"), ("客户情绪状态", "Customer's mood"), ("下一步计划", "Next step"),
            _REMARKS,
        ),
        rows=_call_backs,
    ),
    Sheet.SATISFACTION: Form(
        title=("客户满意度评估表", "Customer satisfaction"),
        headings=(
            _CUSTOMER, ("评估周期", "Period"), ("五个维度评分(1-5)", "Scores in five dimensions (1-5)"),
            ("总体评价", "Overall"), ("改进建议", "Suggested improvements"), _CONTACT, ("评估日期", "Date"),
        ),
        rows=_satisfaction,
    ),
}  # fmt: skip
"""By sheet, in the order of their numbers."""
