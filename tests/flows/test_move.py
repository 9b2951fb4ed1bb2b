"""A person moves a ticket: the table of states decides who may, the clocks obey, a slip is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.errors import BadInput, MoveNotAllowed, PartsOpen, ReasonNeeded
from core.domain.people import Role, User
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import State
from core.domain.timer import TimerKind
from huiying.flows.move import BY_HAND, Move, move, targets, undo_move
from huiying.flows.parts import Asked, ask_part
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
ZHAO = User(id=2, name="zhao", role=Role.LEAD)
ADMIN = User(id=3, name="root", role=Role.ADMIN)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def put(office: Office, number: str, state: State) -> None:
    """The ticket in a state, however it came there."""
    with office.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, state=state))


def hold(office: Office, number: str, **more: object) -> None:
    move(office.ctx, number, LI, Move(to=State.ON_HOLD, reason="等客户寄回样品", **more))  # type: ignore[arg-type]  # as given


def resolution(office: Office, number: str) -> Promise:
    return next(p for p in office.ticket(number).promises if p.clock is Clock.RESOLUTION)


class TestWhoMay:
    @pytest.mark.slow
    def test_the_table_decides_for_every_role_and_every_pair(self, office: Office, number: str) -> None:
        """Each move that the table has works, each other is refused and changes nothing; nobody has a way around it."""
        table = office.ctx.desk().states
        refused = 0
        for begin in State:
            for end in BY_HAND:
                for user in (LI, ZHAO):
                    if begin is end or table.may_move(user.role.value, begin, end):
                        continue
                    put(office, number, begin)
                    with pytest.raises(MoveNotAllowed):
                        move(office.ctx, number, user, Move(to=end, reason="试试"))
                    assert office.ticket(number).ticket.state is begin
                    refused += 1
        assert refused > 100

    def test_what_is_offered_is_what_is_allowed(self, office: Office, number: str) -> None:
        """An agent is offered the table's moves, an admin all of them."""
        ticket = office.ticket(number).ticket
        desk = office.ctx.desk()
        assert State.ON_HOLD in targets(desk, LI, ticket) and State.CLOSED not in targets(desk, LI, ticket)
        assert set(targets(desk, ADMIN, ticket)) == set(BY_HAND) - {State.NEW}

    def test_a_ticket_is_not_merged_by_a_move(self, office: Office, number: str) -> None:
        """Merging needs the other ticket."""
        with pytest.raises(BadInput):
            move(office.ctx, number, LI, Move(to=State.MERGED))


class TestHold:
    def test_a_hold_has_a_reason_and_an_end(self, office: Office, number: str, clock: FixedClock) -> None:
        """Without a reason it is refused; without an end it lasts five working days at most."""
        with pytest.raises(ReasonNeeded):
            move(office.ctx, number, LI, Move(to=State.ON_HOLD))
        hold(office, number)
        detail = office.ticket(number)
        assert detail.ticket.state is State.ON_HOLD
        [timer] = detail.timers
        assert (timer.kind, timer.because) == (TimerKind.RESUME, "等客户寄回样品")
        assert timer.at == datetime(2026, 3, 12, 10, 0, tzinfo=SHANGHAI)
        assert resolution(office, number).state is PromiseState.PAUSED

    def test_the_end_lies_within_the_cap(self, office: Office, number: str, clock: FixedClock) -> None:
        """Earlier is as the agent says; later than the cap, or over already, is refused."""
        for wrong in (clock.at, clock.at + timedelta(days=30)):
            with pytest.raises(BadInput):
                hold(office, number, until=wrong)
        hold(office, number, until=clock.at + timedelta(days=1))
        [timer] = office.ticket(number).timers
        assert timer.at == clock.at + timedelta(days=1)

    def test_the_clocks_run_on_by_themselves_at_the_end(self, office: Office, number: str, clock: FixedClock) -> None:
        """Whoever forgot it: the resolution is due later by exactly what was not counted."""
        before = resolution(office, number)
        clock.advance(minutes=10)
        begun = clock.at
        hold(office, number, until=begun + timedelta(hours=1))
        clock.advance(hours=1, minutes=5)
        assert tick(office.ctx) > 0
        detail = office.ticket(number)
        assert detail.ticket.state is State.OPEN and not detail.timers
        after = resolution(office, number)
        assert after.state is PromiseState.RUNNING and after.due > before.due
        assert ("ticket.resumed", "system") in {(line.action, line.actor) for line in detail.audit}

    def test_the_customers_word_ends_a_hold(self, office: Office, number: str, clock: FixedClock) -> None:
        """What was waited for may have come with it."""
        hold(office, number)
        clock.advance(minutes=30)
        mid = office.ticket(number).letters[0].message_id
        office.bring(a_mail(subject="Re: 登录报错", body="样品已经寄出。", mid="m2@example.cn", reply_to=(mid,)))
        detail = office.ticket(number)
        assert detail.ticket.state is State.OPEN and not detail.timers
        assert resolution(office, number).state is PromiseState.RUNNING

    def test_a_resumed_ticket_has_no_timer_left(self, office: Office, number: str, clock: FixedClock) -> None:
        """An agent who goes on early is not interrupted later."""
        hold(office, number)
        move(office.ctx, number, LI, Move(to=State.OPEN))
        assert not office.ticket(number).timers
        clock.advance(days=30)
        tick(office.ctx)
        assert "ticket.resumed" not in {line.action for line in office.ticket(number).audit}


class TestEnds:
    def test_a_ticket_with_open_parts_asks(self, office: Office, number: str) -> None:
        """Who closes is told who still owes something, and may be sure."""
        ask_part(office.ctx, number, "li", Asked(department="物流部", output="查明去向"))
        with pytest.raises(PartsOpen, match="物流部"):
            move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="客户已自行解决"))
        done = move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="客户已自行解决", sure=True))
        assert done.state is State.WITHDRAWN and done.closed is not None

    def test_the_end_cancels_and_a_slip_restores(self, office: Office, number: str, clock: FixedClock) -> None:
        """Ended by mistake and taken back after five minutes: all run on, five minutes later, over noon more."""
        before = {p.clock: p for p in office.ticket(number).promises if p.state is PromiseState.RUNNING}
        clock.advance(minutes=1)
        move(office.ctx, number, LI, Move(to=State.INVALID, reason="测试邮件"))
        assert not [p for p in office.ticket(number).promises if p.state is PromiseState.RUNNING]
        clock.advance(minutes=5)
        back = undo_move(office.ctx, number, LI)
        assert back is not None and back.state is State.NEW and back.closed is None
        after = {p.clock: p for p in office.ticket(number).promises if p.state is PromiseState.RUNNING}
        assert after.keys() == before.keys()
        later = {clock: (after[clock].due - before[clock].due) // timedelta(minutes=1) for clock in after}
        assert later == {Clock.FIRST_RESPONSE: 65, Clock.NEXT_UPDATE: 5, Clock.RESOLUTION: 5}

    def test_a_slip_after_the_end_changes_no_time(self, office: Office, number: str, clock: FixedClock) -> None:
        """Opened by mistake and taken back: it was resolved and closed when it was."""
        move(office.ctx, number, LI, Move(to=State.RESOLVED, reason="电话中已解决"))
        resolved = clock.at
        clock.advance(minutes=9)
        move(office.ctx, number, LI, Move(to=State.OPEN))
        clock.advance(minutes=9)
        back = undo_move(office.ctx, number, LI)
        assert back is not None and (back.state, back.resolved, back.closed) == (State.RESOLVED, resolved, None)
        move(office.ctx, number, ZHAO, Move(to=State.CLOSED))
        closed = clock.at
        clock.advance(minutes=9)
        move(office.ctx, number, ZHAO, Move(to=State.OPEN))
        clock.advance(minutes=9)
        back = undo_move(office.ctx, number, ZHAO)
        assert back is not None and (back.state, back.resolved, back.closed) == (State.CLOSED, resolved, closed)

    def test_only_ones_own_last_move_is_taken_back(self, office: Office, number: str) -> None:
        """Not a colleague's, and not what went on since."""
        hold(office, number)
        assert undo_move(office.ctx, number, ZHAO) is None
        move(office.ctx, number, ZHAO, Move(to=State.OPEN))
        assert undo_move(office.ctx, number, LI) is None
        assert office.ticket(number).ticket.state is State.OPEN

    def test_a_hold_that_was_ended_by_mistake_is_one_again(self, office: Office, number: str) -> None:
        """With an end, as every hold has."""
        hold(office, number)
        move(office.ctx, number, LI, Move(to=State.OPEN))
        undo_move(office.ctx, number, LI)
        detail = office.ticket(number)
        assert detail.ticket.state is State.ON_HOLD and [t.kind for t in detail.timers] == [TimerKind.RESUME]
