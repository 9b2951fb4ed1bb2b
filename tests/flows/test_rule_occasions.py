"""Rules run on a reply, an agent's change, a clock and at a time after a state; each is stored with its occasion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.domain.bundle import BundleFiles
from core.domain.decision import By, Occasion
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.promise import Clock, PromiseState
from core.domain.ticket import State
from core.domain.views import DecisionRow
from core.domain.vote import Vote
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct, undo
from huiying.flows.desk import Desk
from huiying.flows.explain import explain
from huiying.flows.move import Move, move
from huiying.flows.tick import tick
from rules.book import compile_book
from rules.decide import redecide
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, shipped_files, worker_context
from tests.factories.rules import TAXONOMY, a_rule
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.LEAD)
NONE = ("{text: 不符合, expect: nothing}",) * 2

Open = Callable[..., Office]


def a_desk(*rules: str, builtin: bool = False) -> Desk:
    """The shared desk with a book of these rules (the built-in ones behind them if asked for)."""
    files = {f"rules/{number}0.yaml": text for number, text in enumerate(rules, 1)}
    desk = desk_with_mailbox()
    book, problems = compile_book(
        files, TAXONOMY, builtin=builtin, zone=desk.calendar.tz, policies=tuple(desk.policies)
    )
    assert not problems, problems
    return replace(desk, book=book)


@pytest.fixture
def opened(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Open:
    """An office whose desk has just these rules."""

    def make(*rules: str, builtin: bool = False) -> Office:
        return Office(worker_context(sqlite_store, keys, clock, desk=a_desk(*rules, builtin=builtin)))

    return make


def reply(body: str, mid: str = "m2@example.cn", **more: object) -> bytes:
    return a_mail(subject="Re: 登录报错", body=body, mid=mid, reply_to=["m1@example.cn"], **more)  # type: ignore[arg-type]


def later(office: Office, number: str) -> list[DecisionRow]:
    return [row for row in office.ticket(number).decisions if row.decision.occasion is not Occasion.ARRIVAL]


def test_a_reply_changes_what_rules_and_models_said(opened: Open, clock: FixedClock) -> None:
    """Urgency and tags follow the reply, due times with them; the arrival's decision stays what it was."""
    office = opened(
        a_rule(when="{text: 全部停产}", then="{urgency: 紧急, tags: [停产]}", examples=NONE, extra="run_on: reply")
    )
    [row] = office.bring(a_mail(body="请问周六上班吗？", subject="营业时间"))
    before = office.ticket(row.number)
    clock.advance(minutes=5)
    office.bring(reply("现在全部停产了"))
    detail = office.ticket(row.number)
    assert detail.ticket.fields["urgency"] == "紧急" and detail.ticket.decided_by["urgency"] == "rule"
    assert detail.ticket.fields["priority"] == "高" and "停产" in detail.ticket.tags
    [made] = later(office, row.number)
    assert (made.decision.occasion, made.message_id) == (Occasion.REPLY, detail.messages[-1].id)
    assert set(made.decision.choices) == {"urgency", "priority"} and not made.current
    assert detail.decisions[0].decision == before.decisions[0].decision and detail.decisions[0].current
    assert detail.decided is not None and detail.decided.decision.choices["urgency"].by is By.RULE
    resolution = [p for p in detail.promises if p.clock is Clock.RESOLUTION]
    assert [p.state for p in resolution] == [PromiseState.SUPERSEDED, PromiseState.RUNNING]


def test_a_later_decision_is_made_again_from_what_was_stored(opened: Open) -> None:
    """Message, facts and suggestion of that moment give the same decision."""
    office = opened(
        a_rule(
            when="{text: 停产, ticket: {state: open}}",
            then="{urgency_at_least: 紧急}",
            examples=NONE,
            extra="run_on: reply",
        ),
        a_rule(
            id="no",
            when="{text: 停产, ticket: {state: closed}}",
            then="{gravity: 重大}",
            examples=NONE,
            extra="run_on: reply",
        ),
    )
    [row] = office.bring(a_mail())
    move(office.ctx, row.number, LI, Move(to=State.OPEN))
    office.bring(reply("停产了"))
    [made] = later(office, row.number)
    assert [hit.id for hit in made.decision.hits] == ["test"]
    message = office.ticket(row.number).messages[-1]
    assert redecide(office.ctx.desk().book, message, made.decision) == made.decision


def test_an_agents_choice_is_never_overridden(opened: Open) -> None:
    """The hit is recorded, with the field that the agent keeps; what nobody chose is set."""
    office = opened(
        a_rule(
            when="{text: 停产}", then="{urgency: 紧急, type: 投诉, owner: wang}", examples=NONE, extra="run_on: reply"
        )
    )
    [row] = office.bring(a_mail())
    correct(office.ctx, row.number, {"urgency": "常规"}, "li")
    with office.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(row.number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, assignee="zhao"))
    office.bring(reply("停产了"))
    detail = office.ticket(row.number)
    assert (detail.ticket.fields["urgency"], detail.ticket.fields["type"]) == ("常规", "投诉")
    assert detail.ticket.assignee == "zhao"
    [made] = later(office, row.number)
    assert made.decision.hits[0].overridden == ("urgency", "owner")


def test_a_rule_on_trial_is_recorded_and_changes_nothing(opened: Open) -> None:
    """As on arrival."""
    office = opened(
        a_rule(when="{text: 停产}", then="{urgency: 紧急}", examples=NONE, extra="run_on: reply\n    status: trial")
    )
    [row] = office.bring(a_mail(subject="营业时间", body="周六上班吗"))
    office.bring(reply("停产了"))
    [made] = later(office, row.number)
    assert made.decision.hits[0].trial and not made.decision.choices
    assert office.ticket(row.number).ticket.fields["urgency"] != "紧急"


def test_a_machines_reply_asks_no_rules(opened: Open) -> None:
    """An out-of-office note is nobody's word."""
    office = opened(a_rule(when="{text: 停产}", then="{urgency: 紧急}", examples=NONE, extra="run_on: reply"))
    [row] = office.bring(a_mail())
    office.bring(reply("停产了", headers=("Auto-Submitted: auto-replied",)))
    assert later(office, row.number) == []


def test_without_a_rule_for_it_a_reply_costs_nothing(opened: Open) -> None:
    """Nothing is decided and nothing is stored."""
    office = opened(a_rule())
    [row] = office.bring(a_mail())
    office.bring(reply("我要退款"))
    assert later(office, row.number) == []


def test_an_agents_change_asks_the_rules_of_changes(opened: Open) -> None:
    """A complaint by the agent's word goes to the customer relations team and is grave; the correction stays his."""
    office = opened(
        a_rule(
            when="{ticket: {type: 投诉}}",
            then="{gravity: 重大, tags: [改判投诉]}",
            examples=NONE,
            extra="run_on: change",
        )
    )
    [row] = office.bring(a_mail())
    correct(office.ctx, row.number, {"topic": "价格"}, "li")
    assert later(office, row.number) == []
    done = correct(office.ctx, row.number, {"type": "投诉"}, "li")
    detail = office.ticket(row.number)
    assert (detail.ticket.fields["gravity"], detail.ticket.decided_by["gravity"]) == ("重大", "rule")
    assert "gravity" not in dict(done.after)
    [made] = later(office, row.number)
    assert made.decision.occasion is Occasion.CHANGE
    undo(office.ctx, row.number, "li")
    assert office.ticket(row.number).ticket.decided_by["type"] != "agent"


def test_a_change_that_moved_clocks_can_be_undone(opened: Open) -> None:
    """The rule set the urgency because of the correction; after the undo the clocks fit the fields that stand."""
    office = opened(
        a_rule(when="{ticket: {type: 投诉}}", then="{urgency: 紧急}", examples=NONE, extra="run_on: change")
    )
    [row] = office.bring(a_mail(subject="营业时间", body="周六上班吗"))
    correct(office.ctx, row.number, {"type": "投诉"}, "li")
    undo(office.ctx, row.number, "li")
    detail = office.ticket(row.number)
    live = [p for p in detail.promises if p.state is PromiseState.RUNNING]
    assert len({p.clock for p in live}) == len(live)
    assert detail.ticket.fields["urgency"] == "紧急", "a rule's word is not the agent's to undo"


def test_a_clock_that_runs_out_asks_the_rules(opened: Open, clock: FixedClock) -> None:
    """At three quarters it raises, at the end it names an owner; each once."""
    office = opened(
        a_rule(
            id="warn",
            when="{clock: {name: first_response, is: warned}}",
            then="{tags: [快到时了]}",
            examples=NONE,
            extra="run_on: clock",
        ),
        a_rule(
            id="over",
            when="{clock: {is: overdue}, ticket: {older_than: 5 分钟}}",
            then="{owner: wang}",
            examples=NONE,
            extra="run_on: clock",
        ),
    )
    [row] = office.bring(a_mail())
    [promise] = [p for p in office.ticket(row.number).promises if p.clock is Clock.FIRST_RESPONSE]
    clock.at = promise.started + (promise.due - promise.started) * 0.8
    tick(office.ctx)
    assert office.ticket(row.number).ticket.tags[-1] == "快到时了" and not office.ticket(row.number).ticket.assignee
    clock.at = promise.due
    tick(office.ctx)
    tick(office.ctx)
    detail = office.ticket(row.number)
    assert detail.ticket.assignee == "wang"
    assert [(d.decision.facts.clock, d.decision.facts.clock_event) for d in later(office, row.number)] == [
        ("first_response", "warned"), ("first_response", "overdue"),
    ]  # fmt: skip


def test_a_rule_is_asked_at_its_time_after_a_state(opened: Open, clock: FixedClock) -> None:
    """Two hours after it came, unless somebody took it up before."""
    office = opened(
        a_rule(
            when="{not: {customer: {level: VIP}}}",
            then="{tags: [没人管]}",
            examples=NONE,
            extra="after: {state: new, time: 2 小时}",
        )
    )
    [row] = office.bring(a_mail())
    [taken] = office.bring(a_mail(mid="n1@example.cn", subject="另一件", sender="li@example.cn"))
    move(office.ctx, taken.number, LI, Move(to=State.OPEN))
    clock.advance(minutes=119)
    tick(office.ctx)
    assert later(office, row.number) == []
    clock.advance(minutes=1)
    assert tick(office.ctx) >= 1
    tick(office.ctx)
    assert office.ticket(row.number).ticket.tags[-1] == "没人管"
    [made] = later(office, row.number)
    assert (made.decision.occasion, made.decision.facts.rule, made.decision.facts.age) == (Occasion.AFTER, "test", 120)
    assert later(office, taken.number) == []


def test_a_rule_that_is_gone_when_its_time_comes_does_nothing(opened: Open, clock: FixedClock) -> None:
    """The bundle that is live then counts."""
    office = opened(
        a_rule(when="{text: 登录}", then="{tags: [x]}", examples=NONE, extra="after: {state: new, time: 2 小时}")
    )
    [row] = office.bring(a_mail())
    without = Office(replace(office.ctx, desk=desk_with_mailbox))
    clock.advance(hours=2)
    tick(without.ctx)
    assert later(without, row.number) == [] and tick(without.ctx) == 0


def test_thanks_neither_reopen_nor_restart_clocks(opened: Open, clock: FixedClock) -> None:
    """DOMAIN 8: "谢谢，已收到"; any other reply reopens."""
    office = opened(builtin=True)
    [row] = office.bring(a_mail())
    move(office.ctx, row.number, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    office.bring(reply("谢谢，已收到。"))
    detail = office.ticket(row.number)
    assert detail.ticket.state is State.WITHDRAWN
    assert len(detail.messages) == 2
    assert [hit.id for hit in later(office, row.number)[0].decision.hits] == ["zh-thanks-reply"]


def test_who_urges_by_mail_is_urged(opened: Open, clock: FixedClock) -> None:
    """Priority one up, the clock of urging, one line back: as if an agent had pressed the key."""
    office = opened(builtin=True)
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    clock.advance(minutes=30)
    office.bring(reply("等了好几天了，请问有进展吗？"))
    detail = office.ticket(row.number)
    assert [p.state for p in detail.promises if p.clock is Clock.URGE] == [PromiseState.RUNNING]
    assert "催单" in detail.ticket.tags
    assert [letter.kind for letter in detail.letters][-1] == "notice"
    clock.advance(hours=1)
    office.bring(reply("还要等多久？", mid="m3@example.cn"))
    assert later(office, row.number)[-1].decision.facts.urged
    assert len([p for p in office.ticket(row.number).promises if p.clock is Clock.URGE]) == 1


def test_what_is_known_of_the_customer_counts(opened: Open, clock: FixedClock) -> None:
    """Industry, tickets of the last days and the last vote are looked up because rules ask, and kept."""
    office = opened(
        a_rule(
            when="{customer: {industry: 医院, tickets: {days: 30, at_least: 2}, last_score: {at_most: 2}}}",
            then="{type: 投诉}",
            examples=NONE,
        ),
    )
    first, second = office.bring(a_mail(), a_mail(mid="m8@example.cn", subject="第二件"))
    with office.ctx.store.write() as tx:
        customer = tx.tickets.customer_by_address("wang@example.cn")
        assert customer is not None
        tx.tickets.save_customer(replace(customer, industry="医院与诊所"))
        ticket = tx.tickets.by_number(second.number)
        assert ticket is not None
        marks = (("efficiency", 1), ("communication", 2))
        tx.votes.save(Vote(id=9, ticket_id=ticket.id, letter_id=1, at=clock(), satisfied=False, marks=marks))
    [row] = office.bring(a_mail(mid="m9@example.cn", subject="第三件"))
    decision = office.ticket(row.number).decisions[0].decision
    facts = decision.facts
    assert (facts.industry, facts.recent, facts.last_score) == ("医院与诊所", ((30, 2),), 1.5)
    assert decision.value("type") == "投诉"
    assert office.ticket(first.number).decisions[0].decision.facts.recent == ()


def test_explain_tells_the_occasion(opened: Open) -> None:
    """With the facts of that moment."""
    office = opened(a_rule(when="{text: 停产}", then="{urgency: 紧急}", examples=NONE, extra="run_on: reply"))
    [row] = office.bring(a_mail())
    office.bring(reply("停产了"))
    told = explain(office.ctx, row.number)["decisions"]
    assert [one["occasion"] for one in told] == ["arrival", "reply"]
    assert told[1]["facts"]["state"] == "new" and told[1]["facts"]["standing"]["type"]["value"]


def test_two_replies_at_once_see_each_other(opened: Open) -> None:
    """The second is decided by the ticket as the first left it."""
    office = opened(
        a_rule(id="one", when="{text: 停产}", then="{urgency: 紧急}", examples=NONE, extra="run_on: reply"),
        a_rule(
            id="two",
            when="{ticket: {urgency: 紧急}, text: 快点}",
            then="{gravity: 重大}",
            examples=NONE,
            extra="run_on: reply",
        ),
    )
    [row] = office.bring(a_mail(subject="营业时间", body="周六上班吗"))
    office.keep(reply("停产了"), reply("快点", mid="m3@example.cn"))
    office.work()
    assert office.ticket(row.number).ticket.fields["gravity"] == "重大"


def test_the_checker_names_a_policy_that_does_not_exist() -> None:
    """With what was meant."""
    rule = a_rule(then="{policy: rapid-7x25}", examples=NONE)
    _, problems = compile_desk(BundleFiles(files={**shipped_files().files, "rules/10-mine.yaml": rule}))
    assert [(p.line, p.hint_en) for p in problems] == [(5, "did you mean 'rapid-7x24'?")]
