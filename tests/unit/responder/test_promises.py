"""What is promised on arrival, by whose clock, and what a customer is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.calendar import BusinessCalendar, Window
from core.domain.promise import ON_ARRIVAL, Clock
from core.settings.calendars import read_builtin_calendars
from responder.explain import explain
from responder.policies import compile_policies
from responder.policy import Policy
from responder.promises import PromiseDraft, next_update_after, on_arrival, told_time, warn_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN: BusinessCalendar = read_builtin_calendars()["cn"]
POLICIES: Mapping[str, Policy] = compile_policies({})[0]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def arrive(
    received: str, *, policy: str = "standard", priority: str = "低", urgency: str = "常规", type_: str = "咨询",
    departments: int = 1,
) -> dict[Clock, PromiseDraft]:  # fmt: skip
    drafts = on_arrival(
        POLICIES[policy], CN, received=at(received), urgency=urgency, priority=priority, type_=type_,
        departments=departments,
    )  # fmt: skip
    return {draft.clock: draft for draft in drafts}


def test_four_clocks_start_on_arrival() -> None:
    """Acknowledgement, first response, next update, resolution; in this order, in UTC."""
    drafts = on_arrival(
        POLICIES["standard"], CN, received=at("2026-03-05 10:00"), urgency="常规", priority="低", type_="咨询"
    )
    assert [draft.clock for draft in drafts] == list(ON_ARRIVAL)
    assert all(draft.started == at("2026-03-05 10:00") and draft.due.tzinfo is UTC for draft in drafts)


@pytest.mark.parametrize(("received", "priority", "due"), [
    ("2026-03-05 10:00", "高", "2026-03-05 10:15"),
    ("2026-03-05 14:20", "中", "2026-03-05 16:20"),
    ("2026-03-05 09:45", "高", "2026-03-05 10:00"),
])  # fmt: skip
@pytest.mark.parametrize("policy", ["standard", "rapid-7x24"])
def test_c_s_own_rows(received: str, priority: str, due: str, policy: str) -> None:
    """The tracking sheet's own examples, under both policies."""
    assert arrive(received, priority=priority, policy=policy)[Clock.FIRST_RESPONSE].due == at(due)


@pytest.mark.parametrize(("policy", "clock", "facts", "due"), [
    # arrival on Wednesday 30 September 2026, 18:50: after hours, before National Day
    ("standard", Clock.ACKNOWLEDGEMENT, {}, "2026-09-30 18:51"),
    ("standard", Clock.FIRST_RESPONSE, {"priority": "高"}, "2026-10-08 09:15"),
    ("standard", Clock.FIRST_RESPONSE, {"priority": "中"}, "2026-10-08 11:00"),
    ("standard", Clock.FIRST_RESPONSE, {"priority": "低"}, "2026-10-08 14:00"),
    ("standard", Clock.NEXT_UPDATE, {"type_": "投诉"}, "2026-10-08 14:00"),
    ("standard", Clock.NEXT_UPDATE, {"departments": 2}, "2026-10-08 14:00"),
    ("standard", Clock.NEXT_UPDATE, {}, "2026-10-10 18:00"),
    ("standard", Clock.RESOLUTION, {"urgency": "紧急"}, "2026-10-08 18:00"),
    ("standard", Clock.RESOLUTION, {"urgency": "重要"}, "2026-10-10 18:00"),
    ("standard", Clock.RESOLUTION, {"urgency": "常规"}, "2026-10-13 18:00"),
    ("rapid-7x24", Clock.FIRST_RESPONSE, {"priority": "高"}, "2026-09-30 19:05"),
    ("rapid-7x24", Clock.FIRST_RESPONSE, {"priority": "中"}, "2026-09-30 20:50"),
    ("rapid-7x24", Clock.FIRST_RESPONSE, {"priority": "低"}, "2026-10-08 14:00"),
    ("rapid-7x24", Clock.NEXT_UPDATE, {"priority": "高"}, "2026-09-30 22:50"),
    ("rapid-7x24", Clock.NEXT_UPDATE, {}, "2026-10-03 18:50"),
    ("rapid-7x24", Clock.RESOLUTION, {"urgency": "紧急"}, "2026-10-01 18:50"),
    ("rapid-7x24", Clock.RESOLUTION, {"urgency": "重要"}, "2026-10-10 18:00"),
    ("rapid-strict", Clock.RESOLUTION, {"priority": "高"}, "2026-09-30 22:50"),
    ("rapid-strict", Clock.RESOLUTION, {"priority": "低"}, "2026-10-10 18:00"),
    ("planned", Clock.FIRST_RESPONSE, {"urgency": "紧急"}, "2026-09-30 20:50"),
    ("planned", Clock.FIRST_RESPONSE, {"urgency": "常规"}, "2026-10-08 18:00"),
    ("planned", Clock.NEXT_UPDATE, {}, "2026-10-03 18:50"),
])  # fmt: skip
def test_each_clock_of_each_policy(policy: str, clock: Clock, facts: dict[str, object], due: str) -> None:
    """Natural durations run through the holidays, working ones wait for 8 October."""
    found = arrive("2026-09-30 18:50", policy=policy, **facts)  # type: ignore[arg-type]  # known keys
    assert found[clock].due == at(due)


def test_an_unknown_priority_never_stops_a_mail() -> None:
    """It is given the longest time instead."""
    assert arrive("2026-03-05 10:00", priority="?")[Clock.FIRST_RESPONSE].due == at("2026-03-05 15:00")


@pytest.mark.parametrize(("policy", "facts", "due"), [
    ("standard", {"priority": "高", "type_": "咨询"}, "2026-03-06 15:00"),
    ("standard", {"priority": "低", "type_": "咨询"}, "2026-03-10 10:00"),
    ("rapid-7x24", {"priority": "低", "type_": "投诉"}, "2026-03-06 14:00"),
    ("rapid-7x24", {"priority": "低", "type_": "咨询"}, "2026-03-08 10:00"),
])  # fmt: skip
def test_the_next_update_counts_from_the_last(policy: str, facts: dict[str, str], due: str) -> None:
    """Complex tickets every 4 hours, others every 2 working days (or 48 hours)."""
    sent = at("2026-03-06 10:00")
    draft = next_update_after(POLICIES[policy], CN, sent=sent, **facts)  # type: ignore[arg-type]  # known keys
    assert (draft.clock, draft.started, draft.due) == (Clock.NEXT_UPDATE, sent, at(due))


def test_because_says_the_arithmetic() -> None:
    """The policy, the value that decided, the duration, and from when it counts; in either language."""
    assert (
        arrive("2026-03-05 10:00", priority="高")[Clock.FIRST_RESPONSE].because == "standard：优先级 高 → 15 工作分钟"
    )
    late = arrive("2026-09-30 18:50", urgency="紧急")[Clock.RESOLUTION].because
    assert late == "standard：紧急程度 紧急 → 1 工作日；起点不在工作时间，自 10-08 09:00 起计"
    english = on_arrival(
        POLICIES["standard"],
        CN,
        received=at("2026-03-05 10:00"),
        urgency="常规",
        priority="低",
        type_="投诉",
        language="en",
    )
    assert english[2].because == "standard: complex ticket (type 投诉), since arrival → 4 working hours"


def test_a_promise_names_the_versions_it_was_made_by() -> None:
    """Policy and calendar with their versions, so that a later edit never rewrites it."""
    draft = arrive("2026-03-05 10:00")[Clock.RESOLUTION]
    assert draft.policy == f"standard@{POLICIES['standard'].version}"
    assert draft.calendar == f"cn@{CN.version}"


@pytest.mark.parametrize(("policy", "received", "priority", "told"), [
    ("standard", "2026-03-05 10:00:30", "高", "2026-03-05 10:16"),
    ("standard", "2026-03-05 17:50", "高", "2026-03-06 09:05"),
    ("standard", "2026-03-05 17:45", "高", "2026-03-05 18:00"),
    ("rapid-7x24", "2026-03-07 02:00", "高", "2026-03-07 02:15"),
])  # fmt: skip
def test_the_told_time_is_one_at_which_somebody_is_on_duty(
    policy: str, received: str, priority: str, told: str
) -> None:
    """Whole minutes, never before the due time; at night only where a team works at night."""
    drafts = tuple(arrive(received, policy=policy, priority=priority).values())
    assert told_time(drafts, CN, POLICIES[policy]) == at(told)


def test_a_natural_due_time_at_night_is_told_as_the_next_morning() -> None:
    """A team with office hours under natural clocks does not promise 20:50."""
    drafts = tuple(arrive("2026-03-06 18:50", policy="planned", urgency="紧急").values())
    assert told_time(drafts, CN, POLICIES["planned"]) == at("2026-03-09 09:00")
    assert told_time((), CN) is None


def test_warnings_come_at_shares_of_working_time() -> None:
    """Of 4 working hours from Thursday 17:00: 75 % on Friday 11:00, 150 % on Friday 15:00."""
    draft = arrive("2026-03-05 17:00")[Clock.FIRST_RESPONSE]
    assert draft.due == at("2026-03-06 12:00")
    assert warn_at(draft, CN, 0.75) == at("2026-03-06 11:00")
    assert warn_at(draft, CN, 1.0) == draft.due
    assert warn_at(draft, CN, 1.5) == at("2026-03-06 15:00")


def test_warnings_of_a_night_promise_come_at_night() -> None:
    """15 natural minutes at two in the morning are warned in natural time."""
    draft = arrive("2026-03-07 02:00", policy="rapid-7x24", priority="高")[Clock.FIRST_RESPONSE]
    assert warn_at(draft, CN, 0.5) == draft.started + timedelta(minutes=7.5)
    assert warn_at(draft, CN, 1.5) == draft.started + timedelta(minutes=22.5)


@pytest.mark.parametrize("clock", ON_ARRIVAL)
@pytest.mark.parametrize("policy", list(POLICIES))
def test_warnings_are_in_order(policy: str, clock: Clock) -> None:
    """75 % is after the start and before the due time, 150 % after it, for each clock of each policy."""
    draft = arrive("2026-02-14 17:30", policy=policy)[clock]
    assert draft.started < warn_at(draft, CN, 0.75) < draft.due < warn_at(draft, CN, 1.5)


class TestExplain:
    """The object that ``sla explain`` prints."""

    def explained(self, **facts: object) -> dict[str, dict[str, object]]:
        whole = explain(POLICIES["standard"], CN, **{"received": at("2026-03-06 17:50"), **facts})  # type: ignore[arg-type]  # known keys
        assert (whole["policy"], whole["calendar"]) == ("standard", "cn")
        assert list(whole) == ["policy", "calendar", "clocks"]
        return {clock["clock"]: clock for clock in whole["clocks"]}

    def test_keys_and_offset(self) -> None:
        """Due times have the calendar's offset, intervals cover all the time from arrival to due."""
        found = self.explained(urgency="紧急")["first_response"]
        assert list(found) == ["clock", "due", "because", "intervals", "arithmetic"]
        assert found["due"] == "2026-03-09T09:05:00+08:00"
        assert list(found["intervals"][0]) == ["from", "to", "counts", "why"]  # type: ignore[index]  # a list of objects
        assert [tuple(interval.values()) for interval in found["intervals"]] == [  # type: ignore[attr-defined]  # likewise
            ("2026-03-06T17:50:00+08:00", "2026-03-06T18:00:00+08:00", True, "工作时间"),
            ("2026-03-06T18:00:00+08:00", "2026-03-07T00:00:00+08:00", False, "下班时间"),
            ("2026-03-07T00:00:00+08:00", "2026-03-09T00:00:00+08:00", False, "周末"),
            ("2026-03-09T00:00:00+08:00", "2026-03-09T09:00:00+08:00", False, "下班时间"),
            ("2026-03-09T09:00:00+08:00", "2026-03-09T09:05:00+08:00", True, "工作时间"),
        ]

    def test_a_given_priority_is_used_and_an_absent_one_derived(self) -> None:
        """VIP goes up one only where nobody said the priority."""
        assert "优先级 中" in str(self.explained(level="VIP")["first_response"]["because"])
        assert "优先级 低" in str(self.explained(level="VIP", priority="低")["first_response"]["because"])

    def test_a_natural_clock_counts_through(self) -> None:
        """One interval, day and night."""
        assert [i["counts"] for i in self.explained()["acknowledgement"]["intervals"]] == [True]  # type: ignore[attr-defined]  # a list

    @pytest.mark.parametrize("facts", [
        {"urgency": "很急"}, {"priority": "最高"}, {"received": datetime(2026, 3, 6, 10, 0)},  # noqa: DTZ001  that it is naive is the point
    ])  # fmt: skip
    def test_what_cannot_be_meant_is_an_error(self, facts: dict[str, object]) -> None:
        """An unknown value or a time without an offset is never explained away."""
        with pytest.raises(ValueError, match=r"urgency|priority|received"):
            self.explained(**facts)


def test_the_shipped_calendar_has_the_days_of_2026() -> None:
    """As the State Council announced them: holidays on working weekdays and weekends that are worked."""
    worked = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    free = ["01-01", "01-02", "02-16", "02-23", "04-06", "05-01", "05-05", "06-19", "09-25", "10-01", "10-07"]
    assert all(CN.is_working(at(f"2026-{day} 10:00")) for day in (*worked, "02-24", "10-08", "05-06"))
    assert not any(CN.is_working(at(f"2026-{day} 10:00")) for day in free)
    assert sum(CN.is_working(at("2026-01-01 10:00") + timedelta(days=number)) for number in range(365)) == 248
    assert CN.week[0] == (Window.of("09:00", "12:00"), Window.of("13:00", "18:00"))
