"""Care plans in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.care_plan import CarePlan, CustomerClass, Every
from core.domain.key_date import ANNIVERSARY
from core.domain.task import TaskKind
from huiying.flows.care_words import class_words, plan_words
from huiying.flows.compile import compile_desk
from huiying.flows.letter_check import note_findings
from tests.factories.pipeline import shipped_files


@pytest.mark.parametrize(("plan", "zh", "en"), [
    (CarePlan(name="a", kind=TaskKind.CALL_BACK, every=Every.QUARTER, day=10), "每季度，从第 10 天开始",
     "every quarter, from day 10 on"),
    (CarePlan(name="a", kind=TaskKind.KEY_DATE, key_date=ANNIVERSARY, before=3), "合作纪念日前 3 个工作日",
     "Anniversary, 3 working days before"),
    (CarePlan(name="a", kind=TaskKind.KEY_DATE, key_date="店庆", before=0), "店庆当天", "店庆, on the day"),
    (CarePlan(name="a", kind=TaskKind.GONE_QUIET, days=90), "90 天没有联系", "no contact for 90 days"),
])  # fmt: skip
def test_when_a_plan_has_something_to_do(plan: CarePlan, zh: str, en: str) -> None:
    """In both languages."""
    assert (plan_words(plan, "zh-CN"), plan_words(plan, "en")) == (zh, en)


def test_for_whom_it_is() -> None:
    """Levels, tags, and what nobody of them has."""
    who = CustomerClass(levels=("VIP",), tags_any=("老客户",), tags_none=("不再联系",))
    plan = CarePlan(name="a", kind=TaskKind.CALL_BACK, who=who)
    assert class_words(plan, "zh-CN") == "VIP · 老客户 · 不含 不再联系"
    assert class_words(CarePlan(name="a", kind=TaskKind.CALL_BACK), "en") == ""


def test_the_note_of_a_plan_is_looked_at_as_any_letter() -> None:
    """Each finding at its line of care.yaml; a plan without a note, and one whose note is plain, have none."""
    plans = """plans:
  fine: {kind: content, letter: care-greeting, note: 本季度的使用指南在网站上。}
  vague: {kind: call_back}
  vip:
    kind: content
    letter: care-greeting
    note: |-
      您好，
      新功能下周一定上线。
"""
    files = shipped_files()
    desk, problems = compile_desk(replace(files, files={**files.files, "care.yaml": plans}))
    assert desk is not None and not problems, problems
    [found] = note_findings(desk)
    assert (found.file, found.line, found.finding.words) == ("care.yaml", 9, "一定上线")
    assert found.told.startswith("care.yaml:9: ")
