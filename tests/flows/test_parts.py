"""协办: what another department owes to a ticket, and its clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.part import Part, PartState
from core.domain.promise import Clock, Promise, PromiseState
from huiying.flows.parts import Asked, ask_part, move_part
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def ask(office: Office, number: str, hours: float | None = 2) -> Part:
    due = office.ctx.now() + timedelta(hours=hours) if hours else None
    return ask_part(office.ctx, number, "li", Asked(department="物流部", output="查明包裹去向", person="陈", due=due))


def clocks(office: Office, number: str) -> list[Promise]:
    return [p for p in office.ticket(number).promises if p.clock is Clock.PART]


def test_a_part_has_its_own_clock(office: Office, number: str) -> None:
    """It is due when it was agreed, whatever the calendar says, and the trail knows who asked."""
    part = ask(office, number)
    detail = office.ticket(number)
    assert detail.parts == (part,)
    [clock] = clocks(office, number)
    assert (clock.due, clock.cause, clock.state) == (part.due, part.cause, PromiseState.RUNNING)
    assert clock.warn_at is not None and clock.warn_at < clock.due
    assert ("part.asked", "li") in {(line.action, line.actor) for line in detail.audit}


def test_a_part_without_a_due_time_has_no_clock(office: Office, number: str) -> None:
    """It is on the list and nobody is warned."""
    ask(office, number, None)
    assert not clocks(office, number) and office.ticket(number).parts


@pytest.mark.parametrize(("hours", "state"), [(1, PromiseState.KEPT), (3, PromiseState.MISSED)])
def test_doing_it_ends_the_clock(
    office: Office, number: str, clock: FixedClock, hours: int, state: PromiseState
) -> None:
    """In time it is kept, later it is missed."""
    part = ask(office, number)
    clock.advance(hours=hours)
    done = move_part(office.ctx, number, part.id, "chen", PartState.DONE)
    assert done.ended == clock.at and [c.state for c in clocks(office, number)] == [state]


def test_what_was_done_by_mistake_is_asked_again(office: Office, number: str, clock: FixedClock) -> None:
    """The undo: the part and its clock are as they were."""
    part = ask(office, number)
    [before] = clocks(office, number)
    clock.advance(minutes=5)
    move_part(office.ctx, number, part.id, "chen", PartState.DONE)
    assert move_part(office.ctx, number, part.id, "chen", PartState.ASKED) == part
    [after] = clocks(office, number)
    assert (after.state, after.due, after.warn_at) == (before.state, before.due, before.warn_at)


def test_what_is_no_longer_wanted_has_no_clock(office: Office, number: str) -> None:
    """A cancelled part is neither kept nor missed."""
    part = ask(office, number)
    move_part(office.ctx, number, part.id, "li", PartState.CANCELLED)
    assert [c.state for c in clocks(office, number)] == [PromiseState.CANCELLED]


def test_what_cannot_be_asked_is_refused(office: Office, number: str, clock: FixedClock) -> None:
    """No department, nothing to do, a time that is over or too far, another ticket's part, one that is done twice."""
    for wrong in (Asked(department=" ", output="查"), Asked(department="物流部", output=""),
                  Asked(department="物流部", output="查", due=clock.at),
                  Asked(department="物流部", output="查", due=clock.at.replace(year=9990))):  # fmt: skip
        with pytest.raises(BadInput):
            ask_part(office.ctx, number, "li", wrong)
    part = ask(office, number)
    [other] = office.bring(a_mail(subject="别的", mid="m2@example.cn", sender="赵 <zhao@example.cn>"))
    with pytest.raises(NotFound):
        move_part(office.ctx, other.number, part.id, "li", PartState.DONE)
    move_part(office.ctx, number, part.id, "li", PartState.DONE)
    with pytest.raises(BadInput):
        move_part(office.ctx, number, part.id, "li", PartState.DONE)


def test_contact_data_in_a_part_is_masked(office: Office, number: str) -> None:
    """What is asked for is stored like every text: without the customer's telephone number."""
    part = ask_part(office.ctx, number, "li", Asked(department="物流部", output="给客户 13812345678 回电"))
    assert "13812345678" not in part.output
