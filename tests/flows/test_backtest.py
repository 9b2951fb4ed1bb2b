"""A backtest: what another book would decide on stored mail, how agents have decided, and nothing changed by it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.bundle import BundleFiles
from huiying.app.cli.commands.backtest_words import backtest_lines
from huiying.flows.backtest import Backtest, backtest, grouped
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.desk import Desk
from rules.replaying import Change
from tests.factories.pipeline import Office, a_mail, shipped_files

RULES = """
rules:
  - id: lost-parcel
    title: 包裹丢了按投诉处理
    when: {text: {contains_any: [丢件, 丢包]}}
    then: {type: 投诉, tags: [丢件]}
    examples:
      - {text: 丢件了, expect: {type: 投诉}}
      - {text: 到了, expect: nothing}
  - id: on-trial
    title: 试运行
    status: trial
    when: {text: 楼下}
    then: {urgency_at_least: 紧急}
    examples: [{text: 楼下, expect: {urgency: 紧急}}]
"""


def desk_with(rules: str) -> Desk:
    desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, "rules/10-mine.yaml": rules}))
    assert desk is not None
    assert not problems
    return desk


@pytest.fixture
def numbers(office: Office) -> list[str]:
    """Three tickets: two about lost parcels, of which agents decided one each way, and one about something else."""
    mails = [
        a_mail(subject="包裹", body="快递又丢件了，放在楼下。", mid="1@a.cn"),
        a_mail(subject="包裹", body="上周丢件了。", mid="2@a.cn", sender="li@a.cn"),
        a_mail(subject="您好", body="楼下的门坏了。", mid="3@a.cn", sender="wu@a.cn"),
    ]
    found = [row.number for row in office.bring(*mails)]
    correct(office.ctx, found[0], {"type": "投诉"}, "lin")
    correct(office.ctx, found[1], {"type": "咨询"}, "lin")
    return found


def tried(office: Office, other: Desk, days: int = 1) -> Backtest:
    now = office.ctx.now()
    return backtest(office.ctx.store, office.ctx.desk(), other, now - timedelta(days=days), now + timedelta(days=1))


def test_each_change_is_told_with_its_mail_its_rule_and_the_agents_word(office: Office, numbers: list[str]) -> None:
    """What the live book decides, what the other would, and whether an agent came to the same."""
    found = tried(office, desk_with(RULES))
    assert (found.mails, found.changed, found.decided) == (3, 2, 2)
    types = [one for one in found.changes if one.field == "type"]
    assert [(one.number, one.after, one.rule, one.agent) for one in types] == [
        (numbers[0], "投诉", "lost-parcel", "投诉"),
        (numbers[1], "投诉", "lost-parcel", "咨询"),
    ]
    tags = [one for one in found.changes if one.field == "tags"]
    assert [(one.before, one.after, one.rule) for one in tags] == [("", "丢件", "lost-parcel")] * 2
    teams = [one for one in found.changes if one.field == "team"]
    assert {one.rule for one in teams} == {"lost-parcel"}


def test_precision_and_coverage_have_their_intervals(office: Office, numbers: list[str]) -> None:
    """One of two agreed, two of three mails were met; a rule on trial is counted as if it acted."""
    assert numbers
    desk = desk_with(RULES)
    rules = {rule["rule"]: rule for rule in tried(office, desk).as_json(desk.book)["rules"]}
    lost, trial = rules["lost-parcel"], rules["on-trial"]
    assert lost["hits"] == 2
    assert lost["coverage"] == {"share": 0.6667, "low": 0.2077, "high": 0.9385}
    (type_,) = lost["fields"]
    assert (type_["sets"], type_["decided"], type_["agreed"]) == (2, 2, 1)
    assert type_["precision"] == {"share": 0.5, "low": 0.0945, "high": 0.9055}
    assert trial["status"] == "trial"
    assert [(one["field"], one["sets"], one["changed"]) for one in trial["fields"]] == [("urgency", 2, 2)]


def test_a_rule_that_is_gone_is_named_as_the_one_that_decided(office: Office) -> None:
    """The change is told of the rule that no longer holds."""
    (row,) = office.bring(a_mail(body="系统瘫痪了"))
    found = tried(office, desk_with("rules:\n  - {id: zh-outage, status: retired}\n"))
    change = next(one for one in found.changes if one.field == "urgency")
    assert (change.number, change.before, change.rule) == (row.number, "紧急", "zh-outage")


def test_the_same_book_changes_nothing_and_the_time_is_kept(office: Office, numbers: list[str]) -> None:
    """Mails before the first day are not tried; a moved file is no change."""
    same = tried(office, office.ctx.desk())
    assert (same.mails, same.changed, same.changes) == (len(numbers), 0, [])
    office.ctx.now.advance(days=40)  # type: ignore[attr-defined]  # the test's clock
    assert tried(office, desk_with(RULES), days=30).mails == 0


def test_a_backtest_touches_nothing(office: Office, numbers: list[str]) -> None:
    """Tickets, letters and the audit trail are as before."""

    def everything() -> object:
        with office.ctx.store.read() as tx:
            return [tx.views.ticket(number) for number in numbers], tx.views.totals(), tx.views.audit("", "", 200)

    before = everything()
    tried(office, desk_with(RULES))
    assert everything() == before


def test_parts_of_several_processes_add_up(office: Office, numbers: list[str]) -> None:
    """Whatever the order, and through the pipe's plain form."""
    assert numbers
    desk = desk_with(RULES)
    whole = tried(office, desk)
    twice = Backtest()
    for _ in range(2):
        twice.add(Backtest.from_plain(whole.to_plain()))
    assert twice.mails == 2 * whole.mails
    assert twice.hits["lost-parcel"] == 4
    assert twice.tallies["lost-parcel", "type"].agreed == 2
    assert isinstance(twice.changes[0], Change)
    assert len(twice.changes) == twice.all_changes == 2 * len(whole.changes)


def test_changes_of_one_kind_stand_together(office: Office, numbers: list[str]) -> None:
    """What a rule changes first, what only follows from it last."""
    assert numbers
    groups = grouped(tried(office, desk_with(RULES)).changes)
    assert [one.field for one in groups][-1] == "team"
    types = [one for one in groups if one.field == "type"]
    assert sum(len(one.numbers) for one in types) == 2
    assert (sum(one.decided for one in types), sum(one.agreed for one in types)) == (2, 1)


def test_its_lines_are_in_both_languages(office: Office, numbers: list[str]) -> None:
    """The command's words: totals, each change with its mails, each rule with what agents say."""
    other = desk_with(RULES)
    lines = list(backtest_lines(tried(office, other), other))
    assert lines[0] == "3 封来信，会改变 2 封 (3 mails, 2 would change)"
    [rule] = [line for line in lines if line.startswith("lost-parcel (")]
    assert rule.startswith("lost-parcel (active): 2 封 mails, 66.7%")
    assert "type 2，会改变 would change 2，客服同意 agents agree 1/2 = 50%" in rule
