"""A rule at a time after a state looks back at the tickets that are in it when it goes live, without a flood."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.decision import Occasion
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.app.desks import Desks
from huiying.flows import rule_timers
from huiying.flows.move import Move, move
from huiying.flows.publish import publish
from huiying.flows.rule_timers import APART
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.LEAD)


def a_rule(state: str = "new", time: str = "2 小时", status: str = "active") -> str:
    return f"""rules:
  - id: waits
    title: 没人管
    status: {status}
    after: {{state: {state}, time: {time}}}
    when: {{text: 登录}}
    then: {{tags: [没人管]}}
    examples: [{{text: 登录, state: {state}, expect: {{tags: [没人管]}}}}, {{text: x, state: {state}, expect: nothing}}]
"""


@pytest.fixture
def office(office: Office) -> Office:
    """One whose desk is what was published last."""
    desks = Desks(office.ctx.store)
    publish(office.ctx, shipped_files(), author="lin", reason="first")
    desks.refresh()
    office.ctx = replace(office.ctx, desk=lambda: desks.refresh() or desks.active(), desk_of=desks.of)
    return office


def go_live(office: Office, rule: str) -> None:
    files = shipped_files()
    publish(office.ctx, replace(files, files={**files.files, "rules/50-mine.yaml": rule}), author="lin", reason="x")


def asked(office: Office, number: str) -> int:
    return sum(one.decision.occasion is Occasion.AFTER for one in office.ticket(number).decisions)


def brought(office: Office, count: int) -> list[str]:
    return [office.bring(a_mail(mid=f"{n}@a.cn", sender=f"c{n}@a.cn"))[0].number for n in range(count)]


@pytest.mark.slow
def test_a_ticket_whose_time_has_passed_is_asked_once(office: Office, clock: FixedClock) -> None:
    """Published again with another title it is not asked a second time, nor after a rule has gone and come back."""
    [number] = brought(office, 1)
    clock.advance(hours=5)
    go_live(office, a_rule())
    tick(office.ctx)
    assert asked(office, number) == 1 and "没人管" in office.ticket(number).ticket.tags
    go_live(office, a_rule().replace("title: 没人管", "title: 还没人管"))
    go_live(office, "rules: []\n")
    go_live(office, a_rule())
    clock.advance(hours=5)
    tick(office.ctx)
    assert asked(office, number) == 1


@pytest.mark.slow
def test_a_ticket_whose_time_comes_is_asked_then(office: Office, clock: FixedClock) -> None:
    """The time counts from when it came into the state, not from the publication."""
    [number] = brought(office, 1)
    clock.advance(hours=1)
    go_live(office, a_rule())
    tick(office.ctx)
    assert asked(office, number) == 0
    clock.advance(hours=1)
    tick(office.ctx)
    assert asked(office, number) == 1


@pytest.mark.slow
def test_there_is_no_flood(office: Office, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One at a time, and at most so many: the newest."""
    monkeypatch.setattr(rule_timers, "MOST_STANDING", 3)
    numbers = brought(office, 4)
    clock.advance(hours=5)
    go_live(office, a_rule())
    seen = []
    for _ in range(4):
        tick(office.ctx)
        seen.append(sum(asked(office, number) for number in numbers))
        clock.at += APART
    assert seen == [1, 2, 3, 3] and asked(office, numbers[0]) == 0


@pytest.mark.slow
def test_old_tickets_are_left_alone(office: Office, clock: FixedClock) -> None:
    """What has lain for longer than a month is nobody's surprise."""
    [number] = brought(office, 1)
    clock.advance(days=31)
    go_live(office, a_rule())
    clock.advance(days=1)
    tick(office.ctx)
    assert asked(office, number) == 0


@pytest.mark.slow
def test_a_rule_out_of_trial_acts_on_what_it_was_tried_on(office: Office, clock: FixedClock) -> None:
    """On trial it only noted; now it is live."""
    [number] = brought(office, 1)
    go_live(office, a_rule(status="trial"))
    clock.advance(hours=2)
    tick(office.ctx)
    assert asked(office, number) == 1 and "没人管" not in office.ticket(number).ticket.tags
    go_live(office, a_rule())
    tick(office.ctx)
    assert asked(office, number) == 2 and "没人管" in office.ticket(number).ticket.tags


@pytest.mark.slow
def test_another_state_counts_from_the_move(office: Office, clock: FixedClock) -> None:
    """The trail says when; a ticket that has left the state meanwhile is not asked."""
    first, second = brought(office, 2)
    clock.advance(hours=3)
    for number in (first, second):
        move(office.ctx, number, LI, Move(to=State.OPEN))
    clock.advance(hours=1)
    go_live(office, a_rule(state="open"))
    tick(office.ctx)
    move(office.ctx, second, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    clock.at += timedelta(hours=1)
    tick(office.ctx)
    assert (asked(office, first), asked(office, second)) == (1, 0)
