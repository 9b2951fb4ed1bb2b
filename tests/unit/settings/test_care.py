"""``care.yaml``: the plans as they are written, and every mistake with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.care_plan import CarePlan, CareSettings, CustomerClass, Every, PlanMode
from core.domain.key_date import ANNIVERSARY
from core.domain.task import TaskKind
from core.settings.care import read_care
from core.settings.taxonomy import read_taxonomy

CONFIG = Path(__file__).parents[3] / "config"
TAXONOMY = read_taxonomy((CONFIG / "taxonomy.yaml").read_text("utf-8"), "taxonomy.yaml")[0]
LETTERS = ("care-greeting", "care-satisfaction")


def test_plans_are_read() -> None:
    """With what is usual where nothing is said; no file is no plan."""
    text = """
per_day: 5
plans:
  年会:
    kind: key_date
    mode: hold
    date: 纪念日
    before: 3
    for: {levels: [vip, 普通], tags_any: 老客户, tags_none: [不再联系]}
    letter: care-greeting
    note: 祝好
  round: {kind: satisfaction_round, every: quarter, day: 10, team: 客服部}
"""
    greeting = CarePlan(
        name="年会", kind=TaskKind.KEY_DATE, mode=PlanMode.HOLD, key_date=ANNIVERSARY, before=3, letter="care-greeting",
        note="祝好", who=CustomerClass(levels=("VIP", "普通"), tags_any=("老客户",), tags_none=("不再联系",)),
    )  # fmt: skip
    rounds = CarePlan(name="round", kind=TaskKind.SATISFACTION_ROUND, every=Every.QUARTER, day=10, team="客服部")
    assert read_care(text, TAXONOMY, LETTERS) == (CareSettings(plans=(greeting, rounds), per_day=5), ())
    assert read_care("", TAXONOMY, LETTERS) == (CareSettings(), ())


@pytest.mark.parametrize(("text", "place", "words"), [
    ("plans: {a: {kind: key_dates}}", "1:19", "key_date"),
    ("plans: {a: {kind: key_date, evry: quarter}}", "1:29", "evry"),
    ("plans: {a: {kind: key_date, every: quarter}}", "1:29", "every"),
    ("plans:\n  a:\n    kind: call_back\n    every: month", "4:12", "quarter"),
    ("plans: {a: {kind: call_back, day: 91, every: quarter}}", "1:35", "90"),
    ("plans: {a: {kind: content}}", "1:12", "letter"),
    ("plans: {a: {kind: content, letter: care-greting}}", "1:36", "care-greeting"),
    ("plans: {a: {kind: call_back, for: {levels: [VPI]}}}", "1:45", "VIP"),
    ("plans: {a: {kind: call_back, for: {level: VIP}}}", "1:36", "levels"),
    ("plans: {a: {kind: gone_quiet, days: 3}}", "1:37", "14"),
    ("plans: {a: {kind: gone_quiet, mode: on}}", "1:37", "hold"),
    ("plans: {a b: {kind: gone_quiet}}", "1:9", "a b"),
    ("per_day: 0", "1:10", "1"),
])  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, place: str, words: str) -> None:
    """In both languages, with what was meant."""
    [problem] = read_care(text, TAXONOMY, LETTERS)[1]
    assert f"{problem.line}:{problem.column}" == place
    assert words in problem.en + problem.hint_en and words in problem.zh + problem.hint_zh


def test_what_ships_does_nothing_by_itself() -> None:
    """Sensible plans, all of them switched off."""
    care, problems = read_care((CONFIG / "care.yaml").read_text("utf-8"), TAXONOMY, LETTERS)
    assert not problems and {plan.kind for plan in care.plans} == {
        TaskKind.CALL_BACK, TaskKind.SATISFACTION_ROUND, TaskKind.KEY_DATE, TaskKind.GONE_QUIET,
    }  # fmt: skip
    assert {plan.mode for plan in care.plans} == {PlanMode.OFF}
