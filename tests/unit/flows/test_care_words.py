"""Care plans in words."""

from __future__ import annotations

import pytest

from core.domain.care_plan import CarePlan, CustomerClass, Every
from core.domain.key_date import ANNIVERSARY
from core.domain.task import TaskKind
from huiying.flows.care_words import class_words, plan_words


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
