"""Which policy and calendar serve which ticket."""

from __future__ import annotations

from dataclasses import replace

from core.domain.bundle import BundleFiles, Problem
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from tests.factories.pipeline import shipped_files

CHOOSE = """policy: standard
calendar: cn
choose:
  - when: {level: VIP, type: [投诉, 问题反馈]}
    policy: rapid-7x24
  - when: {mailbox: service, team: 商务组}
    policy: planned
    calendar: night
  - when: {priority: 高}
    calendar: night
"""


def compiled(choose: str) -> tuple[Desk | None, tuple[Problem, ...]]:
    files = shipped_files().files
    example = files["calendars/example.yaml"]
    night = example.replace("name: example", "name: night")
    return compile_desk(BundleFiles(files={**files, "sla/policy.yaml": choose, "calendars/night.yaml": night}))


def test_the_first_choice_that_fits_serves() -> None:
    """By every field that a choice may ask about; what a choice does not name stays the general one."""
    desk, problems = compiled(CHOOSE)
    assert desk is not None and not problems

    def names(**facts: str) -> tuple[str, str]:
        served = desk.serving(facts)
        return served.policy.name, served.calendar.name

    assert names(type="咨询", level="VIP", priority="低") == ("standard", "cn")
    assert names(type="投诉", level="VIP", priority="高") == ("rapid-7x24", "cn")
    assert names(type="咨询", level="普通", mailbox="service", team="商务组") == ("planned", "night")
    assert names(type="咨询", level="普通", mailbox="other", team="商务组", priority="高") == ("standard", "night")
    assert names() == ("standard", "cn")


def test_without_choices_the_desk_is_itself() -> None:
    """Nothing is copied for every mail."""
    desk, _ = compiled("policy: standard\n")
    assert desk is not None and desk.serving({"type": "投诉"}) is desk
    assert replace(desk, choices=()) == desk


def test_every_mistake_is_told_at_once() -> None:
    """A field, a value, a policy and a mailbox that are none, and a choice that chooses nothing; with their places."""
    _, problems = compiled(
        "choose:\n  - when: {typo: 投诉}\n    policy: planned\n  - when: {type: 投拆}\n    policy: planed\n"
        "  - when: {mailbox: servise}\n    calendar: cn\n  - when: {priority: 高}\n"
    )
    found = {(p.line, p.en.split(" ")[0].rstrip(":")) for p in problems if p.file == "sla/policy.yaml"}
    assert {line for line, _ in found} == {2, 4, 5, 6, 8}
    hints = " ".join(p.hint_en for p in problems)
    assert "投诉" in hints and "planned" in hints and "service" in hints
