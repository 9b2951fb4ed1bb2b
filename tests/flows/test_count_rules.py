"""How rules do is counted once, whatever agents say later, and at a cost that grows with what is new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.bundle import BundleFiles
from core.domain.figures import RuleCount
from huiying.flows.compile import compile_desk
from huiying.flows.correct import confirm, correct, undo
from huiying.flows.count_rules import count_rules
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.fakes.fixed_clock import FixedClock

RULES = """
rules:
  - id: lost
    title: 丢件
    when: {text: 丢件}
    then: {type: 投诉}
    examples: [{text: 丢件了, expect: {type: 投诉}}, {text: 到了, expect: nothing}]
  - id: again
    title: 又一条
    when: {text: [丢件, 找不到]}
    then: {type: 问题反馈}
    examples: [{text: 找不到包裹了, expect: {type: 问题反馈}}, {text: 到了, expect: nothing}]
  - id: tried
    title: 试运行
    status: trial
    when: {text: {contains_any: [快递]}}
    then: {type: 功能需求, urgency: 紧急}
    examples: [{text: 快递, expect: {type: 功能需求}}]
  - id: replied
    title: 回信里说停产
    status: trial
    run_on: reply
    when: {text: 停产}
    then: {urgency: 紧急}
    examples: [{text: 停产, expect: {urgency: 紧急}}]
  - id: corrected
    title: 改成投诉的要重视
    status: trial
    run_on: change
    when: {ticket: {type: 投诉}}
    then: {urgency: 紧急}
    examples: [{fields: {type: 投诉}, expect: {urgency: 紧急}}]
"""


@pytest.fixture
def office(office: Office) -> Office:
    desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, "rules/10-mine.yaml": RULES}))
    assert desk is not None and not problems
    return Office(replace(office.ctx, desk=lambda: desk))


def count(office: Office, clock: FixedClock) -> None:
    clock.advance(minutes=2)
    while count_rules(office.ctx):
        pass


def figures(office: Office) -> dict[tuple[str, str], RuleCount]:
    with office.ctx.store.read() as tx:
        return {(one.rule, one.field): one for one in tx.figures.since(0)}


def bring(office: Office) -> list[str]:
    mails = [a_mail(body=f"快递丢件了{n}", subject=f"包裹{n}", mid=f"{n}@a.cn", sender=f"a{n}@a.cn") for n in range(3)]
    return [row.number for row in office.bring(*mails)]


def test_hits_what_was_overridden_and_what_a_trial_would_have_changed(office: Office, clock: FixedClock) -> None:
    """A rule on trial is counted as if it acted beside the active ones: first in its place, not before them."""
    bring(office)
    count(office, clock)
    found = figures(office)
    assert (found["lost", ""].hits, found["lost", ""].overridden, found["lost", "type"].sets) == (3, 0, 3)
    assert (found["again", ""].hits, found["again", ""].overridden) == (3, 3)
    assert ("again", "type") not in found and ("tried", "type") not in found
    urgency = found["tried", "urgency"]
    assert urgency.trial and (urgency.sets, urgency.changed, urgency.decided) == (3, 3, 0)


@pytest.mark.slow
def test_agents_words_are_counted_as_they_stand(office: Office, clock: FixedClock) -> None:
    """Corrected twice is one word, taken back is none, and a field that only follows is nobody's word."""
    first, second, third = bring(office)
    count(office, clock)
    confirm(office.ctx, first, "li")
    correct(office.ctx, second, {"type": "咨询"}, "li")
    correct(office.ctx, third, {"urgency": "紧急"}, "li")
    count(office, clock)
    found = figures(office)
    assert (found["lost", "type"].decided, found["lost", "type"].agreed) == (2, 1)
    tried = found["tried", "urgency"]
    assert (tried.decided, tried.agreed, tried.changed_decided, tried.changed_agreed) == (2, 1, 2, 1)
    correct(office.ctx, second, {"type": "投诉"}, "wu")
    undo(office.ctx, first, "li")
    count(office, clock)
    found = figures(office)
    assert (found["lost", "type"].decided, found["lost", "type"].agreed) == (1, 1)
    assert (found["tried", "urgency"].decided, found["tried", "urgency"].changed_agreed) == (1, 1)
    assert ("lost", "team") not in found


def test_words_that_come_before_they_are_counted_give_the_same(office: Office, clock: FixedClock) -> None:
    """Corrected, corrected again and taken back in one go."""
    first, second, _ = bring(office)
    for value in ("投诉", "咨询", "投诉"):
        correct(office.ctx, first, {"type": value}, "li")
    correct(office.ctx, second, {"type": "投诉"}, "li")
    undo(office.ctx, second, "li")
    count(office, clock)
    found = figures(office)["lost", "type"]
    assert (found.decided, found.agreed, found.sets) == (1, 1, 3)


def test_nothing_is_counted_twice_or_too_early(office: Office, clock: FixedClock) -> None:
    """What may still be about to be committed waits; looking again finds nothing to do."""
    bring(office)
    assert count_rules(office.ctx) == 0
    count(office, clock)
    before = figures(office)
    count(office, clock)
    assert figures(office) == before


@pytest.mark.slow
def test_agents_words_count_for_rules_that_run_later(office: Office, clock: FixedClock) -> None:
    """What an agent says after a reply is a word about the rule on trial that the reply met; the change that asks a
    rule is none about that rule, a later one is."""
    rows = office.bring(
        *(a_mail(subject="营业时间", body="周六上班吗", mid=f"m{n}@a.cn", sender=f"a{n}@a.cn") for n in (1, 2, 3))
    )
    first, second, third = (row.number for row in rows)
    correct(office.ctx, third, {"urgency": "重要"}, "li")
    for n in (1, 2, 3):
        clock.advance(minutes=1)
        office.bring(
            a_mail(
                subject="Re: 营业时间", body="停产了", mid=f"r{n}@a.cn", sender=f"a{n}@a.cn", reply_to=[f"m{n}@a.cn"]
            )
        )
    clock.advance(minutes=1)
    correct(office.ctx, first, {"urgency": "紧急", "type": "投诉"}, "li")
    correct(office.ctx, second, {"urgency": "重要", "type": "投诉"}, "li")
    clock.advance(minutes=1)
    correct(office.ctx, second, {"urgency": "紧急"}, "li")
    correct(office.ctx, second, {"urgency": "常规"}, "li")
    correct(office.ctx, third, {"urgency": "紧急"}, "li")
    count(office, clock)
    found = figures(office)
    tried = found["replied", "urgency"]
    assert (found["replied", ""].hits, tried.sets, tried.changed) == (3, 2, 2), "what an agent had said binds"
    assert (tried.decided, tried.agreed, tried.changed_decided, tried.changed_agreed) == (2, 1, 2, 1)
    assert found["corrected", ""].hits >= 2 and ("corrected", "urgency") not in found
