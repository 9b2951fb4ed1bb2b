"""How the clocks of a ticket stand after what happened to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.clock import ClockEvent, ClockState, Counting, EventKind, Pause, Timeline, due_time, merged
from core.domain.duration import parse_duration
from core.domain.promise import Clock
from core.domain.ticket import State
from core.settings.calendars import read_builtin_calendars
from responder.clocks import run_clocks
from responder.policies import compile_policies
from responder.states import read_states

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = read_builtin_calendars()["cn"]
POLICIES = compile_policies({})[0]
STATES = read_states()[0]


def at(text: str) -> datetime:
    """``05 10:00`` is in March 2026, whose 5th is a Thursday."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


def event(when: str, kind: str, **values: Any) -> ClockEvent:
    return ClockEvent(kind=EventKind(kind), at=at(when), **values)


def arrived(when: str = "05 10:00", **facts: str) -> ClockEvent:
    return event(when, "arrived", facts={"priority": "中", "urgency": "重要", "type": "咨询"} | facts)


def clocks(now: str, *events: ClockEvent, policy: str = "standard", language: str = "zh-CN") -> list[Timeline]:
    return list(run_clocks(events, POLICIES[policy], CN, STATES, now=at(now), language=language))


def one(runs: list[Timeline], clock: Clock) -> Timeline:
    """The last run of a clock."""
    return [run for run in runs if run.clock is clock][-1]


def moved(when: str, state: State) -> ClockEvent:
    return event(when, "moved", state=state)


def test_a_demand_starts_four_clocks() -> None:
    """All run at first, each with the instants of the policy."""
    runs = clocks("05 10:00", arrived())
    assert [(run.clock, run.due) for run in runs] == [
        (Clock.ACKNOWLEDGEMENT, at("05 10:01")),
        (Clock.FIRST_RESPONSE, at("05 12:00")),
        (Clock.NEXT_UPDATE, at("10 10:00")),
        (Clock.RESOLUTION, at("10 10:00")),
    ]
    assert {run.state for run in runs} == {ClockState.RUNNING}


@pytest.mark.parametrize(("now", "state"), [
    ("05 11:29", ClockState.RUNNING),
    ("05 11:30", ClockState.WARNED),
    ("05 12:00", ClockState.WARNED),
    ("05 12:01", ClockState.BROKEN),
])  # fmt: skip
def test_a_clock_warns_at_three_quarters_and_breaks_after_its_end(now: str, state: ClockState) -> None:
    """Two working hours from 10:00: warned at 11:30, still in time at 12:00."""
    assert one(clocks(now, arrived()), Clock.FIRST_RESPONSE).state is state


def test_an_answer_keeps_the_first_response_and_starts_the_next_update() -> None:
    """A person's answer is an update too; resolution runs on."""
    runs = clocks("05 12:30", arrived(), event("05 11:00", "acknowledged"), event("05 11:10", "answered"))
    assert one(runs, Clock.ACKNOWLEDGEMENT).state is ClockState.BROKEN
    assert one(runs, Clock.FIRST_RESPONSE).state is ClockState.KEPT
    assert one(runs, Clock.NEXT_UPDATE).due == at("09 11:10")
    assert one(runs, Clock.RESOLUTION).state is ClockState.RUNNING


def test_a_late_answer_is_a_broken_promise_for_ever() -> None:
    """Answered after the due time: broken, with the instant of the answer."""
    first = one(clocks("06 12:00", arrived(), event("05 14:00", "answered")), Clock.FIRST_RESPONSE)
    assert (first.state, first.ended) == (ClockState.BROKEN, at("05 14:00"))


def test_waiting_for_the_customer_pauses_and_his_reply_goes_on() -> None:
    """Thursday 14:00 to Friday 11:00 is no time of ours; all of it moves the due time, the stretches say why."""
    history = [arrived(), event("05 11:00", "answered"), moved("05 14:00", State.WAITING_CUSTOMER)]
    assert one(clocks("05 15:00", *history), Clock.RESOLUTION).state is ClockState.PAUSED
    resolution = one(clocks("06 12:00", *history, event("06 11:00", "wrote")), Clock.RESOLUTION)
    assert (resolution.state, resolution.due) == (ClockState.RUNNING, at("10 17:00"))
    assert [s.why for s in resolution.stretches if s.counting is Counting.PAUSED] == ["等待客户答复"]


def test_our_own_silence_never_pauses() -> None:
    """Waiting for a colleague is our business, not the customer's."""
    plain = one(clocks("06 12:00", arrived()), Clock.RESOLUTION)
    inside = one(clocks("06 12:00", arrived(), moved("05 11:00", State.WAITING_INTERNAL)), Clock.RESOLUTION)
    assert (inside.due, inside.state) == (plain.due, plain.state)


def test_on_hold_ends_at_its_cap() -> None:
    """Five working days after Thursday 11:00 the clock runs again by itself, whoever forgot it."""
    history = [arrived(), event("05 10:30", "answered"), moved("05 11:00", State.ON_HOLD)]
    assert one(clocks("12 10:59", *history), Clock.RESOLUTION).state is ClockState.PAUSED
    resolution = one(clocks("12 11:00", *history), Clock.RESOLUTION)
    assert (resolution.state, resolution.due) == (ClockState.RUNNING, at("17 10:00"))


def test_a_new_decision_supersedes_and_what_was_told_stays_told() -> None:
    """From 高 to 低 the clock gets longer, but the customer was told the shorter time; kept is measured by that."""
    history = [arrived(priority="高", urgency="紧急"), event("05 10:05", "decided", facts={"priority": "低"})]
    runs = clocks("05 10:20", *history)
    assert [run.state for run in runs if run.clock is Clock.FIRST_RESPONSE] == [
        ClockState.SUPERSEDED, ClockState.BROKEN,
    ]  # fmt: skip
    first = one(runs, Clock.FIRST_RESPONSE)
    assert (first.due, first.told) == (at("05 15:00"), at("05 10:15"))


def test_a_higher_priority_moves_the_time_nearer_at_once() -> None:
    """An earlier time needs no letter: people are warned by it, and kept is measured by what the customer was told."""
    history = [arrived(priority="低"), event("05 10:05", "decided", facts={"priority": "高"})]
    first = one(clocks("05 10:06", *history), Clock.FIRST_RESPONSE)
    assert (first.due, first.told) == (at("05 10:15"), at("05 15:00"))
    assert one(clocks("05 10:20", *history), Clock.FIRST_RESPONSE).state is ClockState.WARNED
    for answer, state in (("05 15:00", ClockState.KEPT), ("05 15:01", ClockState.BROKEN)):
        runs = clocks("05 16:00", *history, event(answer, "answered"))
        assert one(runs, Clock.FIRST_RESPONSE).state is state


def test_back_and_forth_is_measured_by_what_was_told() -> None:
    """From 中 to 高 and on to 低: two hours were told, neither more nor less is owed."""
    history = [
        arrived(priority="中"), event("05 10:05", "decided", facts={"priority": "高"}),
        event("05 10:06", "decided", facts={"priority": "低"}),
    ]  # fmt: skip
    assert one(clocks("05 10:07", *history), Clock.FIRST_RESPONSE).told == at("05 12:00")


def test_what_no_letter_named_is_measured_by_its_due_time() -> None:
    """Nobody told the customer a time for the resolution: the newest decision counts."""
    history = [arrived(urgency="常规"), event("05 10:05", "decided", facts={"urgency": "紧急"})]
    resolution = one(clocks("06 10:01", *history), Clock.RESOLUTION)
    assert (resolution.told, resolution.state) == (at("06 10:00"), ClockState.BROKEN)


def test_a_decision_that_changes_no_duration_supersedes_nothing() -> None:
    """The type of an ordinary ticket moves no clock."""
    runs = clocks("05 10:06", arrived(), event("05 10:05", "decided", facts={"type": "服务需求"}))
    assert len(runs) == 4


def test_a_decision_during_a_pause_keeps_the_pause() -> None:
    """The new clock has waited for the customer as long as the old one."""
    history = [
        arrived(), event("05 10:10", "answered"), moved("05 11:00", State.WAITING_CUSTOMER),
        event("05 13:30", "decided", facts={"urgency": "紧急"}), event("05 14:00", "wrote"),
    ]  # fmt: skip
    resolution = one(clocks("05 15:00", *history), Clock.RESOLUTION)
    assert (resolution.cause, resolution.due) == ("decided", at("06 12:00"))


def test_urging_is_answered_by_the_raised_priority() -> None:
    """中 becomes 高: thirty working minutes; the other clocks stay as told."""
    urge = one(clocks("05 10:31", arrived(), event("05 10:30", "urged")), Clock.URGE)
    assert (urge.due, urge.because) == (at("05 11:00"), "standard：催单，优先级 高 → 30 工作分钟")


def test_urging_never_promises_later_than_what_runs() -> None:
    """Ten minutes before the first response is due, the urge is due with it."""
    urge = one(clocks("05 11:51", arrived(), event("05 11:50", "urged")), Clock.URGE)
    assert urge.due == at("05 12:00")


def test_urging_twice_in_a_day_starts_one_clock() -> None:
    """Once in 24 hours; the next day is a new one."""
    history = [arrived(), event("05 10:30", "urged"), event("05 15:00", "urged")]
    assert [run.clock for run in clocks("05 16:00", *history)].count(Clock.URGE) == 1
    assert [run.clock for run in clocks("06 12:00", *history, event("06 10:31", "urged"))].count(Clock.URGE) == 2


def test_the_result_keeps_the_resolution() -> None:
    """With the result nothing is owed any more."""
    runs = clocks("06 12:00", arrived(), event("05 11:00", "answered"), event("06 11:00", "resolved"))
    assert one(runs, Clock.RESOLUTION).state is ClockState.KEPT
    assert not [run for run in runs if run.state in (ClockState.RUNNING, ClockState.PAUSED, ClockState.WARNED)]


def test_not_satisfied_starts_the_second_treatment_and_resolution_runs_on() -> None:
    """The days in which the customer thought about the result are no time of ours."""
    history = [arrived(), event("06 10:00", "resolved"), event("10 10:00", "not_satisfied")]
    runs = clocks("10 11:00", *history)
    second, resolution = one(runs, Clock.SECOND_TREATMENT), one(runs, Clock.RESOLUTION)
    assert second.due == at("11 10:00")
    assert (resolution.state, resolution.due) == (ClockState.RUNNING, at("12 10:00"))
    assert "等待客户确认结果" in [part.why for part in resolution.stretches]


def test_a_reply_after_the_result_opens_it_again() -> None:
    """As above without the second treatment: an update is owed and the resolution clock goes on."""
    runs = clocks("10 11:00", arrived(), event("06 10:00", "resolved"), event("10 10:00", "wrote"))
    assert one(runs, Clock.RESOLUTION).state is ClockState.RUNNING
    assert one(runs, Clock.NEXT_UPDATE).cause == "reopened"
    assert not [run for run in runs if run.clock is Clock.SECOND_TREATMENT]


def test_an_agent_s_promise_is_a_clock() -> None:
    """By an instant or by a duration; each is fulfilled by its name."""
    friday = event("05 11:00", "promised", name="报价", due=at("06 18:00"))
    parts = event("05 11:00", "promised", name="排查", duration=parse_duration("2 工作日"))
    runs = clocks("06 17:00", arrived(), friday, parts, event("06 16:00", "fulfilled", name="报价"))
    promises = {run.cause: run for run in runs if run.clock is Clock.AGENT_PROMISE}
    assert (promises["报价"].state, promises["报价"].because) == (ClockState.KEPT, "承诺：报价")
    assert (promises["排查"].state, promises["排查"].due) == (ClockState.WARNED, at("09 11:00"))


def test_a_co_handler_s_part_is_a_clock_of_its_own() -> None:
    """协办 with the output it owes."""
    part = event("05 11:00", "promised", clock=Clock.PART, name="财务", duration=parse_duration("4 工作小时"))
    assert one(clocks("05 12:00", arrived(), part), Clock.PART).due == at("05 16:00")


def test_an_extension_is_a_new_told_time() -> None:
    """Approved and told: from then on it is what counts."""
    later = event("09 10:00", "extended", clock=Clock.RESOLUTION, due=at("13 18:00"))
    resolution = one(clocks("10 12:00", arrived(), later), Clock.RESOLUTION)
    assert (resolution.due, resolution.told, resolution.state) == (at("13 18:00"), at("13 18:00"), ClockState.RUNNING)
    assert resolution.because.endswith("延期")


def test_the_end_of_a_ticket_ends_its_clocks() -> None:
    """Withdrawn: nothing is owed, nothing was kept."""
    runs = clocks("06 10:00", arrived(), moved("05 11:00", State.WITHDRAWN))
    assert {run.state for run in runs} == {ClockState.CANCELLED}


def test_events_after_now_have_not_happened() -> None:
    """The past can be shown as it was."""
    assert one(clocks("05 10:30", arrived(), event("05 11:00", "answered")), Clock.FIRST_RESPONSE).ended is None


def test_reasons_speak_english_too() -> None:
    """Words follow the reader's language."""
    history = [arrived(), moved("05 11:00", State.WAITING_CUSTOMER), event("05 11:30", "wrote")]
    first = one(clocks("05 12:00", *history, language="en"), Clock.FIRST_RESPONSE)
    assert [part.why for part in first.stretches] == [
        "working hours", "waiting for the customer's answer", "working hours", "lunch break", "working hours",
    ]  # fmt: skip


INSTANTS = st.integers(0, 60 * 24 * 60).map(lambda m: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=m))
SPANS = st.tuples(INSTANTS, st.integers(0, 3000)).map(
    lambda pair: Pause(begins=pair[0], ends=pair[0] + timedelta(minutes=pair[1]), why="停")
)
AMOUNTS = st.integers(1, 3000).map(lambda m: timedelta(minutes=m))


@settings(max_examples=40, deadline=None)
@given(INSTANTS, AMOUNTS, AMOUNTS, st.lists(SPANS, max_size=4), st.booleans())
def test_splitting_adds_up_around_pauses(
    start: datetime, one: timedelta, other: timedelta, pauses: list[Pause], working: bool
) -> None:
    """Counting twice is counting once, wherever the pauses lie."""
    middle = due_time(CN, start, one, pauses, working=working)
    both = due_time(CN, start, one + other, pauses, working=working)
    assert due_time(CN, middle, other, pauses, working=working) == both


@settings(max_examples=40, deadline=None)
@given(INSTANTS, AMOUNTS, st.lists(SPANS, max_size=3), SPANS, st.booleans())
def test_a_pause_never_brings_a_due_time_nearer(
    start: datetime, amount: timedelta, pauses: list[Pause], more: Pause, working: bool
) -> None:
    """One more pause, anywhere: later or the same."""
    assert due_time(CN, start, amount, [*pauses, more], working=working) >= due_time(
        CN, start, amount, pauses, working=working
    )


@settings(max_examples=40, deadline=None)
@given(INSTANTS, INSTANTS, AMOUNTS, st.lists(SPANS, max_size=3), st.booleans())
def test_a_later_start_is_never_due_earlier(
    one: datetime, other: datetime, amount: timedelta, pauses: list[Pause], working: bool
) -> None:
    """Monotone in the start."""
    assert due_time(CN, min(one, other), amount, pauses, working=working) <= due_time(
        CN, max(one, other), amount, pauses, working=working
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(SPANS, max_size=6))
def test_merged_pauses_cover_the_same_minutes(pauses: list[Pause]) -> None:
    """In order, without overlap, nothing lost and nothing added."""
    done = merged(pauses)
    assert all(one.ends <= other.begins for one, other in pairwise(done))

    def minutes(spans: list[Pause]) -> set[int]:
        return {
            minute
            for span in spans
            for minute in range(int(span.begins.timestamp()) // 60, int(span.ends.timestamp()) // 60)
        }

    assert minutes(list(done)) == minutes(pauses)
