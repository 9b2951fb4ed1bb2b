"""Each row of the table of clocks (DOMAIN 6) under each shipped policy, with instants worked out by hand.

5 March 2026 is a Thursday; work is 09:00–12:00 and 13:00–18:00 from Monday to Friday, a working day has 8 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.channel import BroughtMessage, Channel
from core.domain.clock import ClockEvent, EventKind, Timeline
from core.domain.duration import parse_duration
from core.domain.promise import Clock
from core.settings.calendars import read_builtin_calendars
from responder.clocks import run_clocks
from responder.policies import compile_policies
from responder.states import read_states

SHANGHAI = ZoneInfo("Asia/Shanghai")
CN = read_builtin_calendars()["cn"]
POLICIES = compile_policies({})[0]
STATES = read_states()[0]
ACK, FIRST, UPDATE, SOLVED = Clock.ACKNOWLEDGEMENT, Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION
QUIET = {"priority": "低", "urgency": "常规", "type": "咨询"}


def at(text: str) -> datetime:
    """``05 10:00`` is in March 2026."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


def event(when: str, kind: str, **values: object) -> ClockEvent:
    return ClockEvent(kind=EventKind(kind), at=at(when), **values)  # type: ignore[arg-type]  # fields of the event


def last(policy: str, clock: Clock, *events: ClockEvent) -> Timeline:
    runs = run_clocks(events, POLICIES[policy], CN, STATES, now=at("30 10:00"))
    return [run for run in runs if run.clock is clock][-1]


ARRIVAL = [
    # row, clock, facts, policy, arrival, due
    ("acknowledgement: 1 minute, at noon and at night", ACK, {}, "standard", "07 03:00", "07 03:01"),
    ("acknowledgement: the same", ACK, {}, "rapid-7x24", "07 03:00", "07 03:01"),
    ("first response 高: 15 working minutes", FIRST, {"priority": "高"}, "standard", "05 17:50", "06 09:05"),
    ("first response 中: 2 working hours", FIRST, {"priority": "中"}, "standard", "05 17:50", "06 10:50"),
    ("first response 低: 4 working hours", FIRST, {}, "standard", "05 17:50", "06 13:50"),
    ("first response 高: 15 minutes", FIRST, {"priority": "高"}, "rapid-7x24", "05 23:50", "06 00:05"),
    ("first response 中: 2 hours", FIRST, {"priority": "中"}, "rapid-7x24", "05 23:50", "06 01:50"),
    ("first response 低: 4 working hours", FIRST, {}, "rapid-7x24", "05 23:50", "06 14:00"),
    ("C's own row 10:00 高", FIRST, {"priority": "高"}, "rapid-7x24", "05 10:00", "05 10:15"),
    ("C's own row 14:20 中", FIRST, {"priority": "中"}, "rapid-7x24", "05 14:20", "05 16:20"),
    ("C's own row 09:45 高", FIRST, {"priority": "高"}, "rapid-7x24", "05 09:45", "05 10:00"),
    ("next update, priority 高", UPDATE, {"priority": "高"}, "standard", "05 11:00", "05 16:00"),
    ("next update, 投诉", UPDATE, {"type": "投诉"}, "standard", "05 16:00", "06 11:00"),
    ("next update, two departments", UPDATE, {"departments": "2"}, "standard", "06 17:00", "09 12:00"),
    ("next update, priority 高: 4 hours", UPDATE, {"priority": "高"}, "rapid-7x24", "05 22:00", "06 02:00"),
    ("next update, 投诉: 4 hours", UPDATE, {"type": "投诉"}, "rapid-7x24", "07 11:00", "07 15:00"),
    ("next update, departments: 4 hours", UPDATE, {"departments": "2"}, "rapid-7x24", "06 17:00", "06 21:00"),
    ("next update, others: 3 working days", UPDATE, {}, "standard", "05 14:00", "10 14:00"),
    ("next update, others: 72 hours", UPDATE, {}, "rapid-7x24", "06 17:00", "09 17:00"),
    ("resolution 紧急: 1 working day", SOLVED, {"urgency": "紧急"}, "standard", "06 16:00", "09 16:00"),
    ("resolution 重要: 3 working days", SOLVED, {"urgency": "重要"}, "standard", "06 16:00", "11 16:00"),
    ("resolution 常规: 5 working days", SOLVED, {}, "standard", "06 16:00", "13 16:00"),
    ("resolution 紧急: 24 hours", SOLVED, {"urgency": "紧急"}, "rapid-7x24", "06 20:00", "07 20:00"),
    ("resolution 重要: 3 working days", SOLVED, {"urgency": "重要"}, "rapid-7x24", "06 20:00", "11 18:00"),
    ("resolution 常规: 5 working days", SOLVED, {}, "rapid-7x24", "06 20:00", "13 18:00"),
    ("resolution by priority 高: 4 hours", SOLVED, {"priority": "高"}, "rapid-strict", "06 22:00", "07 02:00"),
    ("resolution by priority 中: 24 hours", SOLVED, {"priority": "中"}, "rapid-strict", "06 22:00", "07 22:00"),
    ("resolution by priority 低: 3 working days", SOLVED, {}, "rapid-strict", "05 09:30", "10 09:30"),
    ("as rapid-7x24: first response", FIRST, {"priority": "高"}, "rapid-strict", "06 22:00", "06 22:15"),
    ("first response by urgency 紧急", FIRST, {"urgency": "紧急"}, "planned", "06 17:00", "06 19:00"),
    ("first response by urgency 重要", FIRST, {"urgency": "重要"}, "planned", "06 17:00", "07 17:00"),
    ("first response by urgency 常规", FIRST, {}, "planned", "06 17:00", "09 17:00"),
    ("next update, first 72 hours, complex too", UPDATE, {"type": "投诉"}, "planned", "06 17:00", "09 17:00"),
    ("next update, first 72 hours", UPDATE, {}, "planned", "06 17:00", "09 17:00"),
    ("resolution 紧急: 24 hours", SOLVED, {"urgency": "紧急"}, "planned", "06 17:00", "07 17:00"),
    ("resolution 重要: 3 working days", SOLVED, {"urgency": "重要"}, "planned", "06 17:00", "11 17:00"),
    ("resolution 常规: 5 working days", SOLVED, {}, "planned", "06 17:00", "13 17:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "facts", "policy", "received", "due"),
    [row[1:] for row in ARRIVAL],
    ids=[f"{row[3]}: {row[0]}" for row in ARRIVAL],
)
def test_from_arrival(clock: Clock, facts: dict[str, str], policy: str, received: str, due: str) -> None:
    """By priority or urgency, in the kind of time that the row names."""
    assert last(policy, clock, event(received, "arrived", facts=QUIET | facts)).due == at(due)


THEN = [
    ("next update of a complex ticket", "standard", {"type": "投诉"}, "06 17:00", "09 12:00"),
    ("next update of a complex ticket", "rapid-7x24", {"type": "投诉"}, "06 17:00", "06 21:00"),
    ("next update, others: every 2 working days", "standard", {}, "06 17:00", "10 17:00"),
    ("next update, others: every 48 hours", "rapid-7x24", {}, "06 17:00", "08 17:00"),
    ("next update: every 48 hours, complex too", "planned", {"priority": "高"}, "06 17:00", "08 17:00"),
]


@pytest.mark.parametrize(
    ("policy", "facts", "sent", "due"), [row[1:] for row in THEN], ids=[f"{row[1]}: {row[0]}" for row in THEN]
)
def test_from_the_last_update(policy: str, facts: dict[str, str], sent: str, due: str) -> None:
    """It counts from the update, not from the arrival."""
    events = event("05 10:00", "arrived", facts=QUIET | facts), event(sent, "updated")
    assert last(policy, Clock.NEXT_UPDATE, *events).due == at(due)


URGED = [
    ("raised to 高: 30 working minutes", "standard", "中", "06 17:50", "09 09:20"),
    ("raised to 中: 2 working hours", "standard", "低", "06 17:50", "09 10:50"),
    ("raised to 高: 30 minutes", "rapid-7x24", "中", "06 23:50", "07 00:20"),
    ("raised to 中: 2 hours", "rapid-7x24", "低", "06 23:50", "07 01:50"),
]


@pytest.mark.parametrize(
    ("policy", "priority", "urged", "due"), [row[1:] for row in URGED], ids=[f"{row[1]}: {row[0]}" for row in URGED]
)
def test_the_customer_urges(policy: str, priority: str, urged: str, due: str) -> None:
    """By the raised priority; the first response is done, so nothing that runs is due earlier."""
    arrived = event("06 17:00", "arrived", facts=QUIET | {"priority": priority})
    events = arrived, event("06 17:05", "answered"), event(urged, "urged")
    assert last(policy, Clock.URGE, *events).due == at(due)


def test_urging_never_makes_it_later_and_counts_once_a_day() -> None:
    """The first response of 低 from 10:00 is due at 15:00. Urged at 14:50, 2 working hours are 16:50: 15:00 holds.
    Urged again within 24 hours nothing begins."""
    arrived = event("05 10:00", "arrived", facts=QUIET)
    first = last("standard", Clock.URGE, arrived, event("05 14:50", "urged"))
    assert first.due == at("05 15:00")
    again = last("standard", Clock.URGE, arrived, event("05 14:50", "urged"), event("06 14:49", "urged"))
    assert again.started == at("05 14:50")
    assert last("standard", Clock.FIRST_RESPONSE, arrived, event("05 14:50", "urged")).due == at("05 15:00")


@pytest.mark.parametrize(("policy", "due"), [
    ("standard", "09 18:00"), ("rapid-7x24", "08 20:00"), ("rapid-strict", "08 20:00"), ("planned", "09 18:00"),
])  # fmt: skip
def test_second_treatment(policy: str, due: str) -> None:
    """Not satisfied on Saturday 20:00: one working day is Monday's, 24 hours end on Sunday."""
    events = (
        event("05 10:00", "arrived", facts=QUIET),
        event("06 10:00", "resolved"),
        event("07 20:00", "not_satisfied"),
    )
    assert last(policy, Clock.SECOND_TREATMENT, *events).due == at(due)


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_a_promise_and_a_part_are_due_as_they_were_given(policy: str) -> None:
    """ "2个工作日内" from Friday 10:00 is Tuesday 10:00; a co-handler's "Saturday 12:00" is that instant."""
    arrived = event("05 10:00", "arrived", facts=QUIET)
    promised = event("06 10:00", "promised", name="p", duration=parse_duration("2 工作日"))
    assert last(policy, Clock.AGENT_PROMISE, arrived, promised).due == at("10 10:00")
    part = event("06 10:00", "promised", name="t", clock=Clock.PART, due=at("07 12:00"))
    assert last(policy, Clock.PART, arrived, part).due == at("07 12:00")


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_who_is_warned_when(policy: str) -> None:
    """Owner, team and lead at 75, 100 and 150 %; the lead at 100 % for 高."""
    assert POLICIES[policy].warn == (0.75, 1.0, 1.5) and POLICIES[policy].lead_at_due == ("高",)


@pytest.mark.parametrize(("channel", "ours", "within"), [
    (Channel.PHONE, False, timedelta(minutes=5)),
    (Channel.CHAT, False, timedelta(minutes=5)),
    (Channel.PHONE, True, timedelta(hours=24)),
    (Channel.VISIT, False, timedelta(hours=24)),
    (Channel.VISIT, True, timedelta(hours=24)),
    (Channel.REVIEW, False, None),
])  # fmt: skip
def test_how_soon_it_is_on_record(channel: Channel, ours: bool, within: timedelta | None) -> None:
    """DOMAIN 2: an incoming call or chat within 5 minutes, our own call-back or visit within 24 hours."""
    said = BroughtMessage(key="k", channel=channel, mailbox="service", at=at("05 10:00"), text="…", ours=ours)
    assert said.record_within == within
