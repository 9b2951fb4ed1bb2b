"""What rules order beside fields has its effect: co-handlers, time limits, notices, questions, second person, links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.keys import KeyRing
from core.domain.notice import NoticeEvent
from core.domain.people import Role, User
from core.domain.promise import LIVE, Clock, Promise
from huiying.flows.answer import Draft, answer
from huiying.flows.correct import correct
from huiying.flows.merge import merge
from huiying.flows.preview import template_text
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock
from tests.flows.test_rule_occasions import NONE, a_desk, reply

LI = User(id=1, name="li", display="李敏", role=Role.LEAD)

Open = Callable[..., Office]


@pytest.fixture
def opened(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Open:
    """An office with one rule on every mail about a login."""

    def make(then: str, extra: str = "") -> Office:
        rule = a_rule(when="{text: [登录, 停产]}", then=then, examples=NONE, extra=extra)
        return Office(worker_context(sqlite_store, keys, clock, desk=a_desk(rule)))

    return make


def running(office: Office, number: str, clock: Clock) -> Promise:
    [found] = [p for p in office.ticket(number).promises if p.clock is clock and p.state in LIVE]
    return found


def test_a_co_handler_owes_its_part(opened: Open) -> None:
    """With what it is to do and its own clock; asked once while it owes it."""
    then = "{co_handlers: [财务部, {team: 物流部, output: 查明包裹去向, within: 2 小时}]}"
    office = opened(then, "run_on: [arrival, reply]")
    [row] = office.bring(a_mail())
    office.bring(reply("还是登录不了"))
    parts = office.ticket(row.number).parts
    assert [(p.department, p.output, p.asked_by) for p in parts] == [
        ("财务部", "协助处理", "rule:test"), ("物流部", "查明包裹去向", "rule:test"),
    ]  # fmt: skip
    promise = running(office, row.number, Clock.PART)
    assert promise.due - promise.started == timedelta(hours=2)


def test_a_policy_gives_all_times(opened: Open) -> None:
    """rapid-7x24: the resolution counts natural time; a correction later stays with it."""
    office = opened("{policy: rapid-7x24, urgency: 紧急}")
    [row] = office.bring(a_mail())
    assert running(office, row.number, Clock.RESOLUTION).policy.startswith("rapid-7x24")
    assert running(office, row.number, Clock.RESOLUTION).due - office.ctx.now() == timedelta(hours=24)
    correct(office.ctx, row.number, {"urgency": "重要"}, "li")
    assert running(office, row.number, Clock.RESOLUTION).policy.startswith("rapid-7x24")


def test_one_clocks_time_is_set(opened: Open) -> None:
    """The letter names it; the others follow the policy."""
    office = opened("{clocks: {first_response: 7 分钟}}")
    [row] = office.bring(a_mail())
    promise = running(office, row.number, Clock.FIRST_RESPONSE)
    assert promise.due - promise.started == timedelta(minutes=7) and promise.told == promise.due
    assert "规则指定" in promise.because


def test_a_clock_is_set_later_on(opened: Open, clock: FixedClock) -> None:
    """On a reply: counted anew from the arrival, the old one kept for explanation."""
    office = opened("{clocks: {resolution: 5 小时}}", "run_on: reply")
    [row] = office.bring(a_mail(subject="营业时间", body="周六上班吗"))
    clock.advance(minutes=10)
    office.bring(reply("停产了"))
    promise = running(office, row.number, Clock.RESOLUTION)
    assert promise.due - promise.started == timedelta(hours=5) and promise.cause.startswith("rules:")


def test_letters_want_a_second_person(opened: Open) -> None:
    """The agent's letter waits, whatever its words."""
    office = opened("{second_person: yes}")
    [row] = office.bring(a_mail())
    letter = answer(office.ctx, row.number, LI, Draft(text="王芳，您好！\n\n问题已经找到，正在修复。", sure=True))
    assert letter.state == "held" and letter.variables["held"] == "wording"
    assert office.ticket(row.number).ticket.decided_by["second_person"] == "rule"


def test_people_are_told(opened: Open) -> None:
    """Once for the rule, to all whom it names."""
    office = opened("{notify: [lead, '@wang', '#wecom']}")
    [row] = office.bring(a_mail())
    ticket = office.ticket(row.number).ticket
    with office.ctx.store.write() as tx:
        told = [one for one in tx.notices.unspread(10) if one.event is NoticeEvent.RULE]
    assert [(one.to, one.details, one.ticket_id) for one in told] == [
        (("lead", "@wang", "#wecom"), (("rule", "test"),), ticket.id)
    ]


@pytest.mark.parametrize(
    ("text", "asked"),
    [("系统无法登录", True), ("订单号 202601180045 的系统无法登录", False)],
    ids=["not given", "given"],
)
def test_the_letter_asks_for_what_is_missing(opened: Open, text: str, asked: bool) -> None:
    """Only what the mail does not give."""
    office = opened("{ask: [order_number]}")
    office.bring(a_mail(subject="你好", body=text))
    with office.ctx.store.read() as tx:
        letter = tx.outbox.intent(office.letters()[0].id)
    assert letter is not None
    assert letter.variables.get("ask", "") == ("订单号" if asked else "")


def test_an_agents_question_begins_with_what_is_still_missing(opened: Open) -> None:
    """What a later mail gives is not asked again; with nothing left the agent fills in his own words."""
    office = opened("{ask: [order_number, version]}")
    [row] = office.bring(a_mail(subject="你好", body="系统无法登录"))
    before = template_text(office.ctx, row.number, "question") or ""
    assert "请告诉我们订单号、软件版本。" in before and "请填写" not in before
    office.bring(reply("订单号 202601180045"))
    assert "请告诉我们软件版本。" in (template_text(office.ctx, row.number, "question") or "")
    office.bring(reply("版本 3.2.1", mid="r2@example.cn"))
    after = template_text(office.ctx, row.number, "question") or ""
    assert "请告诉我们" not in after and "请填写" in after


def test_a_ticket_is_linked_to_the_main_one(opened: Open, sqlite_store: SqlStore) -> None:
    """By number; a number that does not exist leaves a line in the trail and nothing else."""
    office = opened("{tags: [x]}")
    [main] = office.bring(a_mail())
    rule = a_rule(when="{text: 登录}", then=f"{{link: '{main.number}'}}", examples=NONE)
    linking = Office(replace(office.ctx, desk=lambda: a_desk(rule)))
    [row] = linking.bring(a_mail(mid="m2@example.cn", sender="li@example.cn"))
    ticket = linking.ticket(row.number).ticket
    assert ticket.linked_to == linking.ticket(main.number).ticket.id and ticket.linked_because == "linked: rule test"
    broken = Office(replace(office.ctx, desk=lambda: a_desk(rule.replace(main.number, "20250101999"))))
    [row] = broken.bring(a_mail(mid="m3@example.cn", sender="zhao@example.cn"))
    assert broken.ticket(row.number).ticket.linked_to == 0
    assert "rule.failed" in [line.action for line in broken.ticket(row.number).audit]


def test_a_main_ticket_that_was_merged_goes_on_in_another(opened: Open) -> None:
    """A rule that still names it links to where it went on."""
    office = opened("{tags: [x]}")
    main, into = office.bring(a_mail(), a_mail(mid="m2@example.cn", sender="li@example.cn"))
    merge(office.ctx, main.number, into.number, LI)
    rule = a_rule(when="{text: 登录}", then=f"{{link: '{main.number}'}}", examples=NONE)
    linking = Office(replace(office.ctx, desk=lambda: a_desk(rule)))
    [row] = linking.bring(a_mail(mid="m3@example.cn", sender="zhao@example.cn"))
    assert linking.ticket(row.number).ticket.linked_to == into.ticket_id


def test_a_ticket_is_linked_to_the_customers_open_one(opened: Open) -> None:
    """The newest that is not over."""
    office = opened("{link: customer}")
    first, second = office.bring(a_mail(), a_mail(mid="m2@example.cn", subject="又登录不了"))
    assert office.ticket(first.number).ticket.linked_to == 0
    assert office.ticket(second.number).ticket.linked_to == office.ticket(first.number).ticket.id


def test_a_rule_on_trial_orders_nothing(opened: Open) -> None:
    """Its hit says what it would have ordered."""
    office = opened("{co_handlers: 物流部, notify: lead, policy: rapid-7x24}", "status: trial")
    [row] = office.bring(a_mail())
    detail = office.ticket(row.number)
    assert detail.parts == () and "policy" not in detail.ticket.fields
    assert dict(detail.decisions[0].decision.hits[0].sets)["policy"] == "rapid-7x24"
