"""稍后处理: an agent's own queue waits; clocks, colleagues and customers do not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Role, User
from core.domain.promise import PromiseState
from core.domain.ticket import State
from core.domain.views import QueueFilter
from huiying.flows.move import Move, move
from huiying.flows.promise import next_look
from huiying.flows.snooze import LONGEST, Snoozed, snooze, wake
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
READER = User(id=4, name="sun", role=Role.AUDITOR)


@pytest.fixture
def number(office: Office) -> str:
    """Nothing is due within two working hours."""
    [row] = office.bring(a_mail(subject="请问", body="请问你们周六上班吗？"))
    return row.number


def queue(office: Office, user: User = LI, state: str = "open") -> list[str]:
    which = QueueFilter(state=state, person=user.name, now=office.ctx.now())
    with office.ctx.store.read() as tx:
        return [row.number for row in tx.views.queue(which, "", 50).rows]


def test_it_is_gone_for_an_hour(office: Office, number: str, clock: FixedClock) -> None:
    """And back by itself; tomorrow and Monday at the beginning of work are offered beside it."""
    done = snooze(office.ctx, number, LI)
    assert done == Snoozed(until=clock() + timedelta(hours=1), earlier=False, others=done.others)
    assert queue(office) == [] and queue(office, state="snoozed") == [number]
    clock.advance(minutes=61)
    assert queue(office) == [number] and queue(office, state="snoozed") == []


def test_it_comes_back_before_somebody_is_told_of_a_due_time(office: Office, number: str, clock: FixedClock) -> None:
    """Whatever hour was named: nothing is warned of, or late, out of sight."""
    done = snooze(office.ctx, number, LI, clock() + timedelta(days=2))
    running = [one for one in office.ticket(number).promises if one.state is PromiseState.RUNNING]
    looks = [at for one in running if (at := next_look(office.ctx.desk(), one))]
    assert done.earlier and done.until == min(looks) and done.until < min(one.due for one in running)
    clock.at = max(one.due for one in running)
    with pytest.raises(BadInput, match="超时"):
        snooze(office.ctx, number, LI)


def test_a_word_of_the_customer_brings_it_back(office: Office, number: str) -> None:
    """As everything that happens on it does."""
    snooze(office.ctx, number, LI)
    office.bring(a_mail(subject="Re: 请问", body="还有，周日呢？", mid="r@x.cn", reply_to=["m1@example.cn"]))
    assert queue(office) == [number]


def test_it_is_taken_back(office: Office, number: str) -> None:
    """Once; the trail has both."""
    snooze(office.ctx, number, LI)
    assert wake(office.ctx, number, LI) and not wake(office.ctx, number, LI)
    assert queue(office) == [number]
    assert [one.action for one in office.ticket(number).audit][-2:] == ["ticket.snoozed", "ticket.woken"]


def test_what_cannot_be_put_off(office: Office, number: str, clock: FixedClock) -> None:
    """Past times and far ones, tickets that are over, and nothing by who only reads."""
    times: list[datetime] = [clock(), clock() - timedelta(minutes=1), clock() + LONGEST + timedelta(minutes=1)]
    for until in times:
        with pytest.raises(BadInput):
            snooze(office.ctx, number, LI, until)
    with pytest.raises(NotPermitted):
        snooze(office.ctx, number, READER)
    with pytest.raises(NotPermitted):
        wake(office.ctx, number, READER)
    move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="演练"))
    with pytest.raises(BadInput, match="办结"):
        snooze(office.ctx, number, LI)
