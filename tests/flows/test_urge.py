"""催单: the customer asks where the answer is; each part of DOMAIN 6's row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.errors import BadInput
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.people import Role, User
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import State
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.correct import correct
from huiying.flows.move import Move, move
from huiying.flows.urge import undo_urge, urge
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(clock: str, day: int = 5) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def number(office: Office) -> str:
    """A calm question of priority 低; its first response is due at 15:00."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    return row.number


def clocks(office: Office, number: str, clock: Clock = Clock.URGE) -> list[Promise]:
    return sorted((p for p in office.ticket(number).promises if p.clock is clock), key=lambda p: p.id)


def answered(office: Office, clock: FixedClock, number: str) -> None:
    answer(office.ctx, number, LI, Draft(text="您好！\n\n我们周六休息，请您周一再来。"))
    clock.at += UNDO
    office.work()


def test_the_priority_goes_up_one_and_gives_the_time(office: Office, number: str, clock: FixedClock) -> None:
    """低 becomes 中: two working hours from then; no other clock moves."""
    before = {p.id: p.due for p in office.ticket(number).promises}
    clock.at = at("10:30")
    done = urge(office.ctx, number, LI)
    assert done.fields["priority"] == "中"
    [promise] = clocks(office, number)
    assert promise.due == at("13:30") and promise.state is PromiseState.RUNNING
    assert {p.id: p.due for p in office.ticket(number).promises if p.id in before} == before


def test_it_is_never_later_than_what_runs(office: Office, number: str, clock: FixedClock) -> None:
    """Urged at 14:00 with an answer promised for 15:00: 15:00, not 16:00."""
    clock.at = at("14:00")
    urge(office.ctx, number, LI)
    [promise] = clocks(office, number)
    assert promise.due == at("15:00")


def test_one_line_tells_the_next_time(office: Office, number: str, clock: FixedClock) -> None:
    """The template ``urge``, once, with the time that the clock has."""
    clock.at = at("10:30")
    urge(office.ctx, number, LI)
    clock.at += UNDO
    office.work()
    last = office.ticket(number).letters[-1]
    assert (last.kind, last.state) == ("notice", "sent")
    with office.ctx.store.read() as tx:
        letter = tx.outbox.intent(last.id)
    assert letter is not None and letter.template == "urge" and "13:30" in letter.variables["told"]
    assert clocks(office, number)[0].told == at("13:30")


def test_once_in_twenty_four_hours(office: Office, number: str, clock: FixedClock) -> None:
    """The second time that day starts nothing; a day later it does, and the priority goes up again."""
    urge(office.ctx, number, LI)
    clock.advance(hours=23)
    with pytest.raises(BadInput):
        urge(office.ctx, number, LI)
    clock.advance(hours=1, seconds=1)
    assert urge(office.ctx, number, LI).fields["priority"] == "高"
    assert len(clocks(office, number)) == 2


def test_a_persons_answer_keeps_it(office: Office, number: str, clock: FixedClock) -> None:
    """By letter; the first response is kept with it."""
    clock.at = at("10:30")
    urge(office.ctx, number, LI)
    answered(office, clock, number)
    assert [p.state for p in clocks(office, number)] == [PromiseState.KEPT]


def test_the_raise_outlives_a_correction_of_the_urgency(office: Office, number: str) -> None:
    """What the customer's urging did is not undone by the arithmetic of urgency."""
    urge(office.ctx, number, LI)
    correct(office.ctx, number, {"urgency": "常规"}, "li")
    assert office.ticket(number).ticket.fields["priority"] == "中"


def test_a_slip_is_taken_back_before_the_line_leaves(office: Office, number: str, clock: FixedClock) -> None:
    """Priority, clock and letter are as before; and it may be urged again."""
    urge(office.ctx, number, LI)
    back = undo_urge(office.ctx, number, LI)
    assert back is not None and back.fields["priority"] == "低" and back.decided_by["priority"] == "derived"
    assert [p.state for p in clocks(office, number)] == [PromiseState.CANCELLED]
    clock.at += UNDO
    office.work()
    assert [x.state for x in office.ticket(number).letters if x.kind == "notice"] == ["cancelled"]
    assert undo_urge(office.ctx, number, LI) is None
    urge(office.ctx, number, LI)


def test_with_letters_off_the_clock_runs_nevertheless(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """No line goes out; the agent owes the answer all the same."""
    live = Office(worker_context(sqlite_store, keys, clock))
    [row] = live.bring(a_mail())
    off = replace(live.ctx, desk=lambda: with_letters(desk_with_mailbox(), LettersMode.OFF))
    urge(off, row.number, LI)
    assert len(clocks(live, row.number)) == 1 and len(live.ticket(row.number).letters) == 1


def test_what_is_over_is_not_urged(office: Office, number: str) -> None:
    """It would have to be reopened first."""
    move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    with pytest.raises(BadInput):
        urge(office.ctx, number, LI)
