"""A backtest also tries rules on customers' replies, agents' changes and clocks, with the ticket as it was then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.bundle import BundleFiles
from core.domain.promise import Clock
from huiying.flows.backtest import Backtest, backtest
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.desk import Desk
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.factories.rule_scenes import running
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

EXAMPLES = {
    "reply": ("{text: 停产, expect: {urgency: 紧急}}", "{text: 你好, expect: nothing}"),
    "change": ("{fields: {type: 投诉}, expect: {gravity: 重大}}", "{fields: {type: 咨询}, expect: nothing}"),
    "clock": ("{clock: {name: first_response, is: overdue}, expect: {owner: wang}}",
              "{clock: {name: first_response, is: warned}, expect: nothing}"),
}  # fmt: skip
RULES = {
    "reply": a_rule(id="on-reply", when="{text: 停产}", then="{urgency: 紧急, notify: lead}",
                    examples=EXAMPLES["reply"], extra="run_on: reply"),
    "change": a_rule(id="on-change", when="{ticket: {type: 投诉}}", then="{gravity: 重大}",
                     examples=EXAMPLES["change"], extra="run_on: change"),
    "clock": a_rule(id="on-clock", when="{clock: {name: first_response, is: overdue}}", then="{owner: wang}",
                    examples=EXAMPLES["clock"], extra="run_on: clock"),
}  # fmt: skip


def desk_with(*rules: str) -> Desk:
    files = {f"rules/{n}0-mine.yaml": text for n, text in enumerate(rules, 1)}
    desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, **files}))
    assert desk is not None and not problems, problems
    return desk


@pytest.fixture
def number(office: Office, clock: FixedClock) -> str:
    """A calm ticket with a reply, a correction and a first response that has run out."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    clock.advance(minutes=5)
    office.bring(a_mail(subject="Re: 营业时间", body="现在停产了", mid="r1@a.cn", reply_to=["m1@example.cn"]))
    clock.advance(minutes=5)
    correct(office.ctx, row.number, {"type": "投诉"}, "lin")
    clock.at = running(office, row.number, Clock.FIRST_RESPONSE).due
    tick(office.ctx)
    return row.number


def tried(office: Office, other: Desk) -> Backtest:
    now = office.ctx.now()
    return backtest(office.ctx.store, office.ctx.desk(), other, now - timedelta(days=1), now + timedelta(days=1))


@pytest.mark.parametrize(
    ("occasion", "expected"),
    [
        ("reply", {("urgency", "常规", "紧急"), ("priority", "低", "高"), ("notify", "", "lead")}),
        ("change", {("gravity", "一般", "重大")}),
        ("clock", {("owner", "", "wang")}),
    ],
)
def test_each_occasion_tells_what_would_change(
    office: Office, number: str, occasion: str, expected: set[tuple[str, str, str]]
) -> None:
    """Per rule and field, from what stood then to what the rule would set; moments are counted apart from mails."""
    other = desk_with(RULES[occasion])
    found = tried(office, other)
    assert {(one.field, one.before, one.after) for one in found.changes} == expected
    assert {one.number for one in found.changes} == {number}
    assert (found.mails, found.changed, found.later_changed) == (1, 0, 1)
    [rule] = [one for one in found.as_json(other.book)["rules"] if one["rule"] == f"on-{occasion}"]
    assert rule["tried"] and rule["hits"] == 1
    assert rule["coverage"]["share"] == pytest.approx(1 / found.occasions[occasion], abs=1e-4)


def test_a_rule_sees_the_ticket_as_it_was_then(office: Office, number: str) -> None:
    """On the reply the type was still the first one; what an agent has chosen since binds on the clock."""
    by_type = a_rule(
        id="early", when="{ticket: {type: 投诉}}", then="{gravity: 重大}", extra="run_on: reply",
        examples=("{fields: {type: 投诉}, expect: {gravity: 重大}}", "{fields: {type: 咨询}, expect: nothing}"),
    )  # fmt: skip
    late = a_rule(
        id="late", when="{clock: first_response}", then="{type: 咨询}", extra="run_on: clock",
        examples=("{clock: {name: first_response, is: overdue}, expect: {type: 咨询}}",
                  "{clock: {name: resolution, is: overdue}, expect: nothing}"),
    )  # fmt: skip
    found = tried(office, desk_with(by_type, late))
    assert number and found.changes == [] and found.hits["early"] == 0 and found.hits["late"] >= 1


def test_what_only_followed_from_a_correction_is_no_agents_word(office: Office) -> None:
    """The agent set the urgency, the priority followed: a rule may still set it, as it may when it is live."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    correct(office.ctx, row.number, {"urgency": "紧急"}, "lin")
    rule = a_rule(
        id="calm", when="{ticket: {urgency: 紧急}}", then="{urgency: 常规, priority: 中}", extra="run_on: change",
        examples=("{fields: {urgency: 紧急}, expect: {priority: 中}}", "{fields: {urgency: 常规}, expect: nothing}"),
    )  # fmt: skip
    found = tried(office, desk_with(rule))
    assert [(one.field, one.before, one.after) for one in found.changes] == [("priority", "高", "中")]


def test_what_was_stored_then_is_taken(office: Office, number: str) -> None:
    """The shipped rules of the live book have held on no reply here; a rule that takes one away is told by its mail."""
    office.bring(a_mail(subject="Re: 营业时间", body="请问有进展吗？", mid="r2@a.cn", reply_to=["m1@example.cn"]))
    found = tried(office, desk_with("rules:\n  - {id: zh-urged, status: retired}\n"))
    assert found.occasions == {"reply": 2} and found.later_changed == 1
    assert ("urge", "yes", "", number) in [(one.field, one.before, one.after, one.number) for one in found.changes]


def test_without_a_rule_of_its_own_no_later_moment_is_looked_up(office: Office, number: str) -> None:
    """The shipped rules say the same in both books."""
    found = tried(office, desk_with(a_rule()))
    assert number and found.occasions == {} and "zh-urged" in str(found.as_json(desk_with(a_rule()).book)["not_tried"])


def test_parts_with_later_moments_add_up(office: Office, number: str) -> None:
    """Through the pipe's plain form too."""
    part = tried(office, desk_with(*RULES.values()))
    twice = Backtest()
    for _ in range(2):
        twice.add(Backtest.from_plain(part.to_plain()))
    assert number and twice.later_changed == 2 * part.later_changed == 6
    assert twice.occasions == {name: 2 * count for name, count in part.occasions.items()}


def test_it_touches_nothing(office: Office, number: str) -> None:
    """Ticket, decisions, letters and trail are as before."""
    before = office.ticket(number)
    tried(office, desk_with(*RULES.values()))
    assert office.ticket(number) == before
