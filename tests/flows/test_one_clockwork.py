"""What serves tickets and the pure engine behind ``sla explain`` and ``sla test`` say the same of any ticket's life."""

from __future__ import annotations

import random

import pytest

from core.domain.clock import ClockEvent, EventKind
from core.domain.people import Role, User
from core.domain.promise import Clock, PromiseState
from core.domain.ticket import State
from huiying.flows.correct import correct
from huiying.flows.move import Move, move
from responder.clocks import run_clocks
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
LIVE = (PromiseState.RUNNING, PromiseState.PAUSED)
URGENCIES = ("紧急", "重要", "常规")


class Life:
    """A ticket to which things happen, and the same things as events of the engine."""

    def __init__(self, office: Office, clock: FixedClock) -> None:
        self.office, self.clock = office, clock
        [row] = office.bring(a_mail())
        self.number = row.number
        self.mid = "m1@example.cn"
        self.events = [ClockEvent(kind=EventKind.ARRIVED, at=clock(), facts=dict(self.fields))]
        self.told: list[str] = []

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.office.ticket(self.number).ticket.fields)

    @property
    def state(self) -> State:
        return self.office.ticket(self.number).ticket.state

    def go_on(self, dice: random.Random) -> None:
        """Some hours, then one thing that can happen in the ticket's state."""
        self.clock.advance(minutes=dice.randint(1, 40 * 60))
        what = dice.choice(("write", "correct", *(("resume",) if self.state is State.ON_HOLD else ("hold",))))
        self.told.append(f"{self.clock():%m-%d %H:%M} {what}")
        getattr(self, what)(dice)

    def hold(self, dice: random.Random) -> None:
        move(self.office.ctx, self.number, LI, Move(to=State.ON_HOLD, reason="等客户寄回样品"))
        self.events.append(ClockEvent(kind=EventKind.MOVED, at=self.clock(), state=self.state))

    def resume(self, dice: random.Random) -> None:
        move(self.office.ctx, self.number, LI, Move(to=State.OPEN))
        self.events.append(ClockEvent(kind=EventKind.MOVED, at=self.clock(), state=self.state))

    def write(self, dice: random.Random) -> None:
        mid = f"{dice.random()}@example.cn"
        self.office.bring(a_mail(mid=mid, reply_to=[self.mid], body=f"补充：错误代码 {dice.random()}，附件里有截图。"))
        self.events.append(ClockEvent(kind=EventKind.WROTE, at=self.clock()))

    def correct(self, dice: random.Random) -> None:
        correct(self.office.ctx, self.number, {"urgency": dice.choice(URGENCIES)}, "li")
        self.events.append(ClockEvent(kind=EventKind.DECIDED, at=self.clock(), facts=self.fields))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_any_life_has_the_same_due_times(office: Office, clock: FixedClock, seed: int) -> None:
    """Whatever is held, resumed, written and corrected, at whatever hour: each clock that lives is due at the instant
    that the engine gives, and pauses when it pauses."""
    dice = random.Random(seed)
    life = Life(office, clock)
    for _ in range(dice.randint(1, 6)):
        life.go_on(dice)
        desk = office.ctx.desk()
        runs = run_clocks(life.events, desk.policy, desk.calendar, desk.states, now=clock())
        engine = {run.clock: run for run in runs if run.ended is None}
        for kept in office.ticket(life.number).promises:
            if kept.state in LIVE and kept.clock in (Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION):
                assert kept.clock in engine, (kept.clock, life.told)
                paused = engine[kept.clock].state == "paused"
                assert (kept.state is PromiseState.PAUSED) is paused, (kept.clock, life.told)
                if not paused:
                    # What was told never moves later, so the desk is reminded of it and not of what would be due now.
                    run = engine[kept.clock]
                    due = min(run.due, run.told, kept.told or run.due)
                    assert kept.due == due, (kept.clock, life.told)
