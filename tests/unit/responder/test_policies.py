"""The shipped policies say what DOMAIN 6 says, and a local file overrides them by name."""

from __future__ import annotations

import pytest

from core.domain.duration import Duration
from responder.policies import Policy, compile_policies


def minutes(amount: int, *, working: bool = False) -> Duration:
    return Duration(minutes=amount, working=working)


def days(amount: int) -> Duration:
    return Duration(days=amount, working=True)


def shipped(name: str) -> Policy:
    return compile_policies({})[0][name]


def problems(**files: str) -> list[tuple[str, int, int, str]]:
    found = compile_policies({f"sla/{name}.yaml": content for name, content in files.items()})[1]
    return [(problem.file, problem.line, problem.column, problem.en) for problem in found]


def test_four_policies_ship_without_a_problem() -> None:
    """standard, rapid-7x24, rapid-strict and planned, all titled in both languages."""
    policies, found = compile_policies({})
    assert found == ()
    assert sorted(policies) == ["planned", "rapid-7x24", "rapid-strict", "standard"]
    assert all(policy.title and policy.title_en and policy.version for policy in policies.values())


@pytest.mark.parametrize(("name", "by", "response"), [
    ("standard", "priority", [minutes(15, working=True), minutes(120, working=True), minutes(240, working=True)]),
    ("rapid-7x24", "priority", [minutes(15), minutes(120), minutes(240, working=True)]),
    ("rapid-strict", "priority", [minutes(15), minutes(120), minutes(240, working=True)]),
    ("planned", "urgency", [minutes(120), minutes(1440), days(1)]),
])  # fmt: skip
def test_first_response(name: str, by: str, response: list[Duration]) -> None:
    """By priority, except in planned: by urgency."""
    table = shipped(name).first_response
    assert (table.by, list(table.durations.values())) == (by, response)


@pytest.mark.parametrize(("name", "by", "resolution"), [
    ("standard", "urgency", [days(1), days(3), days(5)]),
    ("rapid-7x24", "urgency", [minutes(1440), days(3), days(5)]),
    ("rapid-strict", "priority", [minutes(240), minutes(1440), days(3)]),
    ("planned", "urgency", [minutes(1440), days(3), days(5)]),
])  # fmt: skip
def test_resolution(name: str, by: str, resolution: list[Duration]) -> None:
    """By urgency, except in rapid-strict: by priority."""
    table = shipped(name).resolution
    assert (table.by, list(table.durations.values())) == (by, resolution)


@pytest.mark.parametrize(("name", "complex_", "others"), [
    ("standard", (minutes(240, working=True),) * 2, (days(3), days(2))),
    ("rapid-7x24", (minutes(240),) * 2, (minutes(4320), minutes(2880))),
    ("rapid-strict", (minutes(240),) * 2, (minutes(4320), minutes(2880))),
    ("planned", (minutes(4320), minutes(2880)), (minutes(4320), minutes(2880))),
])  # fmt: skip
def test_next_update(name: str, complex_: tuple[Duration, Duration], others: tuple[Duration, Duration]) -> None:
    """First from arrival, then from each update."""
    policy = shipped(name)
    assert (policy.complex_update.first, policy.complex_update.then) == complex_
    assert (policy.other_update.first, policy.other_update.then) == others


def test_every_policy_acknowledges_within_a_minute() -> None:
    """Automatic, day and night."""
    assert {policy.acknowledgement for policy in compile_policies({})[0].values()} == {minutes(1)}
    assert {name for name, policy in compile_policies({})[0].items() if policy.always_on_duty} == {
        "rapid-7x24", "rapid-strict",
    }  # fmt: skip


@pytest.mark.parametrize(("facts", "words"), [
    ({"priority": "高", "type_": "咨询", "departments": 1}, "优先级"),
    ({"priority": "低", "type_": "投诉", "departments": 1}, "投诉"),
    ({"priority": "低", "type_": "咨询", "departments": 2}, "2 个部门"),
    ({"priority": "中", "type_": "咨询", "departments": 1}, ""),
])  # fmt: skip
def test_what_makes_a_ticket_complex(facts: dict[str, object], words: str) -> None:
    """Priority 高, 投诉 or more than one department; the reason is in words."""
    because = shipped("standard").complex_because(**facts)  # type: ignore[arg-type]  # three known keys
    assert words in because
    assert bool(because) is bool(words)


def test_a_local_file_overrides_by_name_and_only_what_it_says() -> None:
    """``based_on`` takes the rest from the built-in policy; the version changes with the content."""
    local = "name: standard\nbased_on: standard\nacknowledgement: 2 分钟\n"
    policies, found = compile_policies({"sla/mine.yaml": local, "rules/a.yaml": "not: ours"})
    assert found == ()
    changed = policies["standard"]
    assert changed.acknowledgement == minutes(2)
    assert changed.resolution == shipped("standard").resolution
    assert changed.file == "sla/mine.yaml"
    assert changed.version != shipped("standard").version
    assert len(policies) == 4


def test_a_policy_of_one_s_own_joins_the_others() -> None:
    """Another name is another policy, with English words as good as Chinese ones."""
    local = (
        "name: night\nduty: always\nacknowledgement: 1 minute\n"
        "first_response: {by: priority, high: 5 minutes, medium: 10 minutes, low: 1 working hour}\n"
        "next_update:\n  complex: {first: 1 hour, then: 1 hour}\n"
        "  others: {first: 1 working day, then: 1 working day}\n"
        "resolution: {by: urgency, urgent: 4 hours, important: 8 hours, routine: 2 working days}\n"
    )
    policies, found = compile_policies({"sla/night.yaml": local})
    assert found == ()
    assert policies["night"].first_response.durations["高"] == minutes(5)
    assert policies["night"].resolution.durations["常规"] == days(2)
    assert policies["night"].always_on_duty


def test_all_problems_of_all_files_are_told_at_once() -> None:
    """Each with file, line and column; the built-in policies stay usable."""
    found = problems(
        a="name: a\nbased_on: nothing\nresolution: soon\n",
        b="name: b\nfirst_response:\n  by: prio\n  高: 15 分钟\n",
        c="name: c\nbased_on: standard\nnext_updates: 3\nacknowledgement: 1 光年\nwarn: [90%, 75%]\n",
    )
    assert [(file, line, column) for file, line, column, _ in found] == [
        ("sla/a.yaml", 3, 13), ("sla/b.yaml", 3, 7), ("sla/c.yaml", 3, 1), ("sla/c.yaml", 4, 18), ("sla/c.yaml", 5, 7),
        ("sla/a.yaml", 2, 11), ("sla/b.yaml", 1, 1), ("sla/b.yaml", 1, 1), ("sla/b.yaml", 1, 1),
    ]  # fmt: skip
    assert sorted(compile_policies({"sla/a.yaml": "name: a\nbased_on: nothing\n"})[0]) == sorted(
        compile_policies({})[0]
    )


def test_a_table_lacking_a_value_is_a_problem() -> None:
    """A policy without 低 would leave a ticket without a clock."""
    found = problems(a="name: a\nbased_on: standard\nfirst_response: {by: priority, 高: 15 分钟, 中: 1 小时}\n")
    assert found == [("sla/a.yaml", 3, 17, "first_response lacks 低")]


def test_two_local_files_may_not_share_a_name() -> None:
    """The second one is named, with the first one's file in the hint."""
    found = problems(a="name: x\nbased_on: standard\n", b="name: x\nbased_on: standard\n")
    assert found == [("sla/b.yaml", 1, 7, "the policy 'x' is defined twice")]


def test_broken_yaml_is_one_problem_and_not_a_crash() -> None:
    """Its line is told."""
    found = problems(a="name: [x\n")
    assert len(found) == 1
    assert found[0][0] == "sla/a.yaml"


def test_what_follows_a_result_can_be_set() -> None:
    """Reminder, closing, reopening and what is checked inside; what is not written stays as shipped."""
    content = (
        "name: mine\nbased_on: standard\nlead_at_due: [高, 中]\n"
        "result: {remind: 2 工作日, reopen: 14 天, check: {gravity: [重大, 一般]}}\n"
    )
    mine = compile_policies({"sla/mine.yaml": content})[0]["mine"]
    assert (mine.remind_after, mine.close_after, mine.reopen_within) == (days(2), days(3), minutes(14 * 1440))
    assert (mine.checked_types, mine.checked_gravities, mine.lead_at_due) == ((), ("重大", "一般"), ("高", "中"))


def test_the_apology_is_one_of_three_words() -> None:
    """Offered as shipped; another word is told with its place."""
    mine = compile_policies({"sla/mine.yaml": "name: mine\nbased_on: standard\napology: send\n"})[0]
    assert [mine[name].apology for name in ("standard", "rapid-7x24", "mine")] == ["offer", "offer", "send"]
    [(_, line, column, words)] = problems(mine="name: mine\nbased_on: standard\napology: always\n")
    assert (line, column) == (3, 10) and "apology" in words


def test_mistakes_in_it_are_told_with_their_place() -> None:
    """A word that is no key, and a duration that is none."""
    wrong = "name: mine\nbased_on: standard\nresult: {remindd: 1 天, close: x}"
    [(_, line, _, first), (_, _, _, second)] = problems(mine=wrong)
    assert line == 3 and "remindd" in first + second and "close" in first + second


def test_the_shares_at_which_people_are_told_can_be_set() -> None:
    """In a policy of one's own; the built-in ones say 75, 100 and 150 %."""
    policies, found = compile_policies({"sla/mine.yaml": "name: mine\nbased_on: standard\nwarn: [50%, 100%, 300%]\n"})
    assert found == ()
    assert policies["mine"].warn == (0.5, 1.0, 3.0) and shipped("standard").warn == (0.75, 1.0, 1.5)
