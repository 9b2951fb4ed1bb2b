"""The weekly look at the rule book, and a rule that fails: recorded, told, and mail flows on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from core.domain.bundle import BundleFiles
from core.domain.decision import Occasion
from core.domain.notice import NoticeEvent
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.correct import correct
from huiying.flows.count_rules import count_rules
from huiying.flows.desk import Desk
from huiying.flows.health import health
from huiying.flows.publish import publish
from huiying.flows.review_rules import Remark, review_rules
from huiying.flows.rule_figures import rule_figures
from huiying.flows.tell_review import WeeklyLook
from responder.notice_words import notice_path
from rules.condition import Plain
from rules.looking import Look
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.factories.rule_scenes import NONE
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

RULES = """rules:
  - id: idle
    title: 没人用
    when: {text: 独角兽}
    then: {type: 投诉}
    examples: [{text: 独角兽, expect: {type: 投诉}}, {text: 到了, expect: nothing}]
  - id: old
    title: 过期
    owner: 王主管
    review_by: 2026-01-01
    when: {text: 丢件}
    then: {type: 投诉}
    examples: [{text: 丢件了, expect: {type: 投诉}}, {text: 到了, expect: nothing}]
  - id: loses
    title: 后来的
    when: {text: [丢件, 找不到]}
    then: {type: 问题反馈}
    examples:
      - {text: 找不到, expect: {type: 问题反馈}}
      - {text: 丢件了没有找到, expect: {type: 问题反馈}}
      - {text: 好, expect: nothing}
  - id: trial
    title: 试运行
    status: trial
    when: {text: 快递}
    then: {urgency: 紧急}
    examples: [{text: 快递, expect: {urgency: 紧急}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken(Plain):
    """A condition with a bug."""

    def holds(self, look: Look) -> bool:
        raise RuntimeError("a bug of ours")


def desk_with(rules: str) -> Desk:
    desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, "rules/10-mine.yaml": rules}))
    assert desk is not None and not problems
    return desk


def with_broken(desk: Desk, rule: str) -> Desk:
    """The desk whose rule of that id fails on every mail."""
    book = desk.book
    first, second = book.passes[Occasion.ARRIVAL]
    rules = tuple(replace(one, condition=Broken(word="text", line=1)) if one.id == rule else one for one in first.rules)
    place = next(number for number, one in enumerate(rules) if one.id == rule)
    broken = replace(first, rules=rules, always=first.always | {place})
    return replace(desk, book=replace(book, passes={**book.passes, Occasion.ARRIVAL: (broken, second)}))


def serving(office: Office, desk: Desk) -> Office:
    return Office(replace(office.ctx, desk=lambda: desk))


def counted(ctx: Context, clock: FixedClock) -> Context:
    clock.advance(minutes=2)
    while count_rules(ctx):
        pass
    return ctx


def bring(office: Office, count: int) -> list[str]:
    mails = [
        a_mail(body=f"快递丢件了{n}", subject=f"包裹{n}", mid=f"{n}@a.cn", sender=f"a{n}@a.cn") for n in range(count)
    ]
    return [row.number for row in office.bring(*mails)]


def said(found: tuple[Remark, ...]) -> set[tuple[str, str]]:
    return {(one.code, one.rule) for one in found if not one.builtin}


@pytest.mark.slow
def test_each_kind_is_told_with_its_place_and_what_to_do(office: Office, clock: FixedClock) -> None:
    """Dead, past its review, never agreed with, always overridden, and a contradicting pair named both ways."""
    desk = desk_with(RULES)
    office = serving(office, desk)
    publish(office.ctx, desk.files, author="li", reason="")
    assert ("dead", "idle") not in said(review_rules(office.ctx, desk))
    clock.advance(days=91)
    for number in bring(office, 3):
        correct(office.ctx, number, {"type": "咨询"}, "li")
    found = review_rules(counted(office.ctx, clock), desk)
    assert said(found) == {
        ("contradiction", "loses"),
        ("disagreed", "old"),
        ("overridden", "loses"),
        ("review", "old"),
        ("dead", "idle"),
        ("dead", "example-outage"),
    }
    pair = found[0]
    assert (pair.code, pair.file, pair.line) == ("contradiction", "rules/10-mine.yaml", 14)
    assert "old（rules/10-mine.yaml:7）" in pair.zh and "rules/10-mine.yaml:20" in pair.zh
    assert all(one.do_zh and one.do_en and one.en for one in found)
    assert "王主管" in next(one.zh for one in found if one.code == "review")


@pytest.mark.slow
def test_what_lost_seldom_or_ships_is_not_told(office: Office, clock: FixedClock) -> None:
    """Two lost mails are chance; and a shipped rule that the desk's own ones override is as the desk wants it."""
    desk = desk_with(RULES)
    office = serving(office, desk)
    bring(office, 2)
    assert not [one for one in review_rules(counted(office.ctx, clock), desk) if one.code == "overridden"]
    hurried = [
        a_mail(subject="快", body="非常着急，加急处理！", sender=f"b{n}@b.cn", mid=f"{n}@b.cn") for n in range(3)
    ]
    mine = a_rule(id="mine", when="{text: 加急}", then="{urgency: 紧急}", examples=NONE)
    own = serving(office, desk_with(mine))
    own.bring(*hurried)
    found = review_rules(counted(own.ctx, clock), own.ctx.desk())
    assert not [one for one in found if one.code == "overridden"]


def test_admins_are_told_once_a_week_in_working_time(office: Office, clock: FixedClock) -> None:
    """Never at night, once however many processes look, again the week after; a book without remarks says nothing."""
    serves = serving(office, desk_with(RULES))
    clock.advance(hours=14)
    look = WeeklyLook(serves.ctx)
    assert look.look() == 0
    clock.advance(hours=10)
    assert [look.look(), look.look(), WeeklyLook(serves.ctx).look()] == [1, 0, 0]
    clock.advance(days=7)
    assert look.look() == 1
    with serves.ctx.store.read() as tx:
        first, second = sorted(tx.notices.unspread(10), key=lambda one: one.subject)
    assert (first.subject, second.subject) == ("rules:2026-W10", "rules:2026-W11")
    assert first.event is NoticeEvent.REVIEW and dict(first.details)["rules"].startswith("loses, old")
    assert notice_path(first.subject, "") == "/rules"
    assert WeeklyLook(replace(office.ctx, desk=lambda: desk_with("rules: []\n"))).look() == 0


@pytest.mark.slow
def test_a_trial_that_agents_agree_with_may_go_into_force(office: Office, clock: FixedClock) -> None:
    """With enough words of agents and a lower bound that is high enough; not before."""
    desk = desk_with(RULES)
    office = serving(office, desk)
    numbers = bring(office, 36)
    for number in numbers[:19]:
        correct(office.ctx, number, {"urgency": "紧急"}, "li")
    assert ("ready", "trial") not in said(review_rules(counted(office.ctx, clock), desk))
    for number in numbers[19:]:
        correct(office.ctx, number, {"urgency": "紧急"}, "li")
    found = review_rules(counted(office.ctx, clock), desk)
    (ready,) = (one for one in found if one.code == "ready")
    assert "会改变 36 封，客服后来同意 36/36" in ready.zh
    (figures,) = rule_figures(office.ctx, desk, 30)
    (rule,) = (one for one in desk.book.rules if one.id == "trial")
    (field,) = figures.of(rule).as_json()["fields"]
    assert (field["changed"], field["changed_agreed"], field["changed_decided"]) == (36, 36, 36)
    assert field["changed_precision"]["low"] > 0.9


def test_a_rule_that_fails_is_recorded_and_told_and_mail_flows_on(office: Office, clock: FixedClock) -> None:
    """The ticket is made by the other rules; the error stands in its decision, on the health strip and in the review;
    a rule that is retired since is no trouble any more."""
    desk = with_broken(desk_with(RULES), "old")
    office = serving(office, desk)
    (number,) = bring(office, 1)
    detail = office.ticket(number)
    assert detail.ticket.fields["type"] == "问题反馈"
    assert [row.action for row in detail.audit][-1:] == ["ticket.created"]
    counted(office.ctx, clock)
    (item,) = (item for item in health(office.ctx).items if item[0] == "rule-failed")
    assert item[3] == "error" and "old" in item[1] and "1 封" in item[1]
    found = review_rules(office.ctx, desk)
    assert found[0].code == "errors" and found[0].rule == "old"
    assert ("dead", "old") not in said(found)
    retired = desk_with(RULES.replace("title: 过期", "title: 过期\n    status: retired"))
    assert not any(item[0] == "rule-failed" for item in health(serving(office, retired).ctx).items)
