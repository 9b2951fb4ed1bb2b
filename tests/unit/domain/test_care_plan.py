"""What a care plan has to do on which day, also after days on which nothing ran."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from core.domain.care_plan import CarePlan, CustomerClass, Every, PlanProgress, days_before, due_occasion
from core.domain.task import TaskKind
from core.settings.calendars import read_builtin_calendars

CN = read_builtin_calendars()["cn"]
BIRTHDAY = CarePlan(name="b", kind=TaskKind.KEY_DATE, before=1)
QUIET = CarePlan(name="q", kind=TaskKind.GONE_QUIET, days=30)
CALLS = CarePlan(name="c", kind=TaskKind.CALL_BACK, every=Every.QUARTER, day=10)


def day(word: str) -> date:
    return date.fromisoformat(f"2026-{word}")


def run(plan: CarePlan, progress: PlanProgress | None, today: date) -> Iterator[str]:
    """The occasions of that day, each done at once."""
    while (at := due_occasion(plan, progress, today, CN)) is not None:
        yield at.occasion
        progress = PlanProgress(occasion=at.occasion, after=9, done=True)


def test_a_term_s_round_begins_on_its_day_and_once() -> None:
    """Within a week of that day; what was begun goes on until it is done, however late."""
    assert [list(run(CALLS, None, day(word))) for word in ("01-09", "01-10", "01-17", "01-18")] == [
        [], ["2026Q1"], ["2026Q1"], [],
    ]  # fmt: skip
    begun = PlanProgress(occasion="2026Q1", after=7)
    assert due_occasion(CALLS, begun, day("03-20"), CN) == begun
    assert due_occasion(CALLS, begun, day("04-12"), CN) == PlanProgress(occasion="2026Q2")
    assert due_occasion(CALLS, PlanProgress(occasion="2026Q1", done=True), day("01-11"), CN) is None


def test_a_key_date_is_announced_working_days_before() -> None:
    """On a Friday those of the weekend and of Monday; after a pause those that are still to come; and none twice."""
    assert list(run(BIRTHDAY, None, day("11-26"))) == ["2026-11-27"]
    friday = list(run(BIRTHDAY, PlanProgress(occasion="2026-11-27", done=True), day("11-27")))
    assert friday == ["2026-11-28", "2026-11-29", "2026-11-30"]
    assert list(run(BIRTHDAY, PlanProgress(occasion="2026-11-30", done=True), day("11-28"))) == []
    late = list(run(BIRTHDAY, PlanProgress(occasion="2026-11-10", after=3), day("11-26")))
    assert late == ["2026-11-26", "2026-11-27"]
    begun = PlanProgress(occasion="2026-11-27", after=3)
    assert due_occasion(BIRTHDAY, begun, day("11-27"), CN) == begun


def test_silence_is_looked_for_day_by_day() -> None:
    """From the day on which it began; of a pause no more than a week is made up for."""
    assert list(run(QUIET, None, day("03-31"))) == ["2026-03-01"]
    assert list(run(QUIET, PlanProgress(occasion="2026-02-26", done=True), day("03-31"))) == [
        "2026-02-27", "2026-02-28", "2026-03-01",
    ]  # fmt: skip
    assert len(list(run(QUIET, PlanProgress(occasion="2026-01-01", done=True), day("03-31")))) == 8
    assert list(run(QUIET, PlanProgress(occasion="2026-03-01", done=True), day("03-31"))) == []


@pytest.mark.parametrize("plan", [BIRTHDAY, QUIET, CALLS])
def test_a_plan_that_was_of_another_kind_begins_anew(plan: CarePlan) -> None:
    """What stands there of it says nothing of this one."""
    other = PlanProgress(occasion="2025-12-31" if plan is CALLS else "2026H1", after=5)
    assert list(run(plan, other, day("01-12"))) == list(run(plan, None, day("01-12"))) != []


@pytest.mark.parametrize(("before", "found"), [(0, "10-09"), (1, "10-08"), (2, "09-30"), (3, "09-29")])
def test_working_days_are_counted_over_holidays(before: int, found: str) -> None:
    """From a working Friday back over the national holiday."""
    assert days_before(day("10-09"), before, CN) == day(found)
    assert days_before(day("10-04"), 0, CN) == day("09-30")


def test_a_class_is_levels_and_tags() -> None:
    """What is empty is no condition."""
    who = CustomerClass(levels=("VIP",), tags_any=("老客户", "续约"), tags_none=("不再联系",))
    assert who.has("VIP", ("续约",)) and CustomerClass().has("普通", ())
    assert not (who.has("普通", ("续约",)) or who.has("VIP", ()) or who.has("VIP", ("续约", "不再联系")))
