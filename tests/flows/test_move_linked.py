"""A main ticket is ended, and what follows it with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.domain.errors import BadInput, ReasonNeeded
from core.domain.people import User
from core.domain.ticket import State
from huiying.flows.link import link
from huiying.flows.merge import merge
from huiying.flows.move import Move, move
from huiying.flows.move_linked import move_all, undo_moves
from huiying.flows.parts import Asked, ask_part
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail

LI, WU = User(id=1, name="li"), User(id=2, name="wu")
OVER = Move(to=State.RESOLVED, reason="故障已恢复")


@pytest.fixture(params=["sqlite_store", "pg_store"])
def office(request: pytest.FixtureRequest, open_office: Callable[[SqlStore], Office]) -> Office:
    return open_office(request.getfixturevalue(request.param))


@pytest.fixture
def outage(office: Office) -> list[str]:
    """A main ticket, three that follow it, and one that has nothing to do with it."""
    mails = [a_mail(sender=f"u{at}@c{at}.cn", mid=f"m{at}@x.cn") for at in range(5)]
    numbers = [row.number for row in office.bring(*mails)]
    for number in numbers:
        move(office.ctx, number, LI, Move(to=State.OPEN))
    for other in numbers[1:4]:
        link(office.ctx, other, numbers[0], LI)
    return numbers


def states(office: Office, numbers: list[str]) -> list[State]:
    return [office.ticket(number).ticket.state for number in numbers]


@pytest.mark.slow
def test_what_follows_is_ended_too_and_comes_back(office: Office, outage: list[str]) -> None:
    """Resolved, then closed; each step is taken back for all at once, and never by somebody else."""
    ended = move_all(office.ctx, outage[0], LI, OVER)
    assert (ended.others, ended.left_out) == (tuple(outage[1:4]), ())
    assert states(office, outage) == [State.RESOLVED] * 4 + [State.OPEN]
    assert move_all(office.ctx, outage[0], LI, Move(to=State.CLOSED)).others == tuple(outage[1:4])
    assert undo_moves(office.ctx, outage[0], WU) is None
    assert undo_moves(office.ctx, outage[0], LI)
    assert states(office, outage) == [State.RESOLVED] * 4 + [State.OPEN]


@pytest.mark.slow
def test_what_went_on_by_itself_stays(office: Office, outage: list[str]) -> None:
    """Taken back is what stands as it was left: a ticket that somebody moved on meanwhile is not touched."""
    move_all(office.ctx, outage[0], LI, OVER)
    move(office.ctx, outage[1], WU, Move(to=State.CLOSED))
    assert undo_moves(office.ctx, outage[0], LI)
    assert states(office, outage) == [State.OPEN, State.CLOSED, State.OPEN, State.OPEN, State.OPEN]


def test_what_may_not_be_moved_is_named(office: Office, outage: list[str]) -> None:
    """An open part keeps a ticket; what is merged or over already is left alone; the trail says it."""
    ask_part(office.ctx, outage[1], "li", Asked(department="物流部", output="查明去向"))
    merge(office.ctx, outage[2], outage[4], LI)
    ended = move_all(office.ctx, outage[0], LI, OVER)
    assert ended.others == (outage[3],) and [number for number, _ in ended.left_out] == [outage[1]]
    assert states(office, outage[:4]) == [State.RESOLVED, State.OPEN, State.MERGED, State.RESOLVED]
    [line] = [row for row in office.ticket(outage[0]).audit if row.action == "ticket.linked-moved"]
    details = dict(line.details)
    assert details["moved"] == "1" and details["left-out"].startswith(f"{outage[1]}:")


def test_nothing_moves_where_the_main_one_may_not(office: Office, outage: list[str]) -> None:
    """Without a reason, or to a state of work, which is each ticket's own."""
    with pytest.raises(ReasonNeeded):
        move_all(office.ctx, outage[0], LI, Move(to=State.RESOLVED))
    with pytest.raises(BadInput):
        move_all(office.ctx, outage[0], LI, Move(to=State.WAITING_INTERNAL))
    assert set(states(office, outage)) == {State.OPEN}
