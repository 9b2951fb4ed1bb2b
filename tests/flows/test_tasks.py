"""What becomes of communication tasks: by a call, by people, and when nobody does them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import BadInput, NotFound, NotPermitted, ReasonNeeded, SecondPersonNeeded
from core.domain.people import Role, User
from core.domain.task import Task, TaskKind, TaskState
from huiying.flows.answer import log_call
from huiying.flows.erase import erase, find_customer
from huiying.flows.make_task import NewTask
from huiying.flows.merge import merge
from huiying.flows.merge_customers import merge_customers
from huiying.flows.next_step import next_step
from huiying.flows.task_list import named_ticket, task_json, tasks_about, wanted
from huiying.flows.tasks import (
    add_task,
    approve_task,
    drop_task,
    finish_task,
    give_task,
    put_off_task,
    undo_task,
)
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock
from tests.flows.test_erase import Journal

LI, ZHAO = User(id=1, name="li"), User(id=2, name="zhao", role=Role.LEAD)


@pytest.fixture
def number(office: Office) -> str:
    with office.ctx.store.write() as tx:
        tx.people.save(LI)
        tx.people.save(ZHAO)
    [row] = office.bring(a_mail())
    return row.number


def tasks_of(office: Office, number: str) -> list[Task]:
    ticket = office.ticket(number).ticket
    with office.ctx.store.read() as tx:
        return [row.task for row in tx.tasks.of_ticket(ticket.id)]


def test_a_call_makes_its_next_step(office: Office, number: str) -> None:
    """Whoever called does it, in three working days; a hand-over is the department's; and the call that it asks for
    ticks it off."""
    call = log_call(office.ctx, number, LI, "reached", "已说明", step=next_step("follow_up", words="问是否解决"))
    [task] = tasks_of(office, number)
    assert (task.kind, task.owner, task.because, task.words) == (
        TaskKind.FOLLOW_UP,
        "li",
        f"call:{call.id}",
        "问是否解决",
    )
    log_call(office.ctx, number, LI, "reached", "解决了", step=next_step("hand_over", team="产品部", done=task.id))
    handed, done = tasks_of(office, number)
    assert (handed.kind, handed.owner, handed.team) == (TaskKind.HAND_OVER, "", "产品部")
    assert (done.state, done.ended_by) == (TaskState.DONE, "li")
    with pytest.raises(BadInput):
        next_step("hand_over")
    log_call(office.ctx, number, LI, "reached", "又打", step=next_step("", done=task.id))
    assert tasks_of(office, number) == [handed, done]
    for none in (9, 9 * 10**20):
        with pytest.raises(NotFound):
            log_call(office.ctx, number, LI, "reached", "打错", step=next_step("", done=none))
    assert sum(message.verdict == "call:reached" for message in office.ticket(number).messages) == 3


def test_every_step_can_be_taken_back(office: Office, number: str, clock: FixedClock) -> None:
    """By who did it, as long as it was the last; the task is as it was."""
    made = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.CALL_BACK))
    later = office.ctx.now() + timedelta(days=60)
    for step in (
        lambda: finish_task(office.ctx, made.id, LI),
        lambda: drop_task(office.ctx, made.id, LI, "客户说不用了"),
        lambda: put_off_task(office.ctx, made.id, LI, later, "客户出差"),
        lambda: give_task(office.ctx, made.id, LI, "zhao"),
    ):
        [before] = tasks_of(office, number)
        assert step() != before and undo_task(office.ctx, made.id, ZHAO) is None
        after = undo_task(office.ctx, made.id, LI)
        assert after is not None and undo_task(office.ctx, made.id, LI) is None
        known = {name: getattr(after, name) for name in after.__slots__} | {"version": before.version}
        assert Task(**known) == before


def test_one_that_was_made_by_mistake_is_taken_back(office: Office, number: str) -> None:
    """By who made it: nobody is to do it any more."""
    made = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.CALL_BACK))
    assert undo_task(office.ctx, made.id, ZHAO) is None
    gone = undo_task(office.ctx, made.id, LI)
    assert gone is not None and (gone.state, gone.ended_by, gone.warn_at) == (TaskState.DROPPED, "li", None)


def test_what_was_erased_does_not_come_back(office: Office, number: str) -> None:
    """A task that was done before its customer was erased is not to be done again by taking that back."""
    made = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.CALL_BACK))
    finish_task(office.ctx, made.id, LI)
    erase(office.ctx, find_customer(office.ctx, number), "li", Journal())
    assert undo_task(office.ctx, made.id, LI) is None


def test_ends_and_new_times_want_a_reason(office: Office, number: str) -> None:
    """And what is over does not change."""
    made = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.CONTENT))
    with pytest.raises(ReasonNeeded):
        drop_task(office.ctx, made.id, LI, " ")
    for due in (office.ctx.now(), office.ctx.now() + timedelta(days=9_999)):
        with pytest.raises(BadInput):
            put_off_task(office.ctx, made.id, LI, due, "早了，或者写错了年份")
    drop_task(office.ctx, made.id, LI, "客户退订")
    for late in (lambda: finish_task(office.ctx, made.id, LI), lambda: give_task(office.ctx, made.id, LI, "zhao")):
        with pytest.raises(BadInput):
            late()


def test_what_waits_for_a_lead_is_late_for_nobody(office: Office, number: str, clock: FixedClock) -> None:
    """It stands apart, whatever its due time; once approved it is its owner's, and late if it is."""
    gift = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.GIFT))
    other = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.FOLLOW_UP))
    clock.at = max(gift.due, other.due) + timedelta(hours=1)

    def listed(when: str) -> list[int]:
        with office.ctx.store.read() as tx:
            rows = tx.tasks.listed(wanted(office.ctx, LI, "all", when), "", 9).rows
        assert all(task_json(row, clock())["overdue"] is (row.task.state is TaskState.OPEN) for row in rows)
        return [row.task.id for row in rows]

    assert (listed("overdue"), listed("asked")) == ([other.id], [gift.id])
    assert sorted(listed("")) == sorted([gift.id, other.id])
    approve_task(office.ctx, gift.id, ZHAO)
    assert (sorted(listed("overdue")), listed("asked")) == (sorted([gift.id, other.id]), [])


def test_a_gift_is_approved_by_a_lead(office: Office, number: str) -> None:
    """Before that it cannot be done; then it can be late like any other. Nobody approves his own."""
    own = add_task(office.ctx, number, ZHAO, NewTask(kind=TaskKind.GIFT))
    with pytest.raises(SecondPersonNeeded):
        approve_task(office.ctx, own.id, ZHAO)
    gift = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.GIFT))
    with pytest.raises(BadInput):
        finish_task(office.ctx, gift.id, LI)
    with pytest.raises(NotPermitted):
        approve_task(office.ctx, gift.id, LI)
    approved = approve_task(office.ctx, gift.id, ZHAO)
    assert (approved.state, approved.warn_at) == (TaskState.OPEN, gift.due)
    asked = undo_task(office.ctx, gift.id, ZHAO)
    assert asked is not None and (asked.state, asked.warn_at) == (TaskState.ASKED, None)


@pytest.mark.slow
def test_tasks_follow_what_is_merged(office: Office, number: str) -> None:
    """They are seen on the ticket that goes on, and with all addresses of their customer; a call is logged there."""
    rows = office.bring(
        a_mail(mid="b", sender="王芳 <fang@example.cn>"), a_mail(mid="c", sender="王芳 <wf@example.cn>")
    )
    other, third = (row.number for row in rows)
    for where in (number, other, "wf@example.cn"):
        add_task(office.ctx, where, LI, NewTask(kind=TaskKind.CALL_BACK, words=where))

    def seen() -> list[tuple[str, str]]:
        with office.ctx.store.read() as tx:
            about = tasks_about(tx, office.ticket(number).ticket)
            return sorted((row.task.words, named_ticket(tx, row)) for row in about)

    assert seen() == [(number, number)]
    merge(office.ctx, other, number, LI)
    assert seen() == [(number, number), (other, number)]
    merge_customers(office.ctx, "wf@example.cn", "wang@example.cn", LI)
    assert sorted(seen()) == sorted([(number, number), (other, number), ("w***@example.cn", third)])


def test_its_owner_is_told_once_that_it_is_overdue(office: Office, number: str, clock: FixedClock) -> None:
    """Again only for another time; what nobody owns is the lead's."""
    task = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.FOLLOW_UP))
    team = add_task(office.ctx, number, LI, NewTask(kind=TaskKind.HAND_OVER, team="产品部", due=task.due))

    def told() -> list[tuple[str, tuple[str, ...]]]:
        tick(office.ctx)
        with office.ctx.store.read() as tx:
            fresh = tx.notices.unspread(50)
        return [(one.subject, one.to) for one in fresh if one.event == "task.overdue"]

    assert told() == []
    clock.advance(days=7)
    first = [(f"task:{task.id}", ("@li",)), (f"task:{team.id}", ("lead",))]
    assert sorted(told()) == first and sorted(told()) == first and tick(office.ctx) == 0
    put_off_task(office.ctx, task.id, LI, office.ctx.now() + timedelta(hours=1), "没打通")
    clock.advance(hours=2)
    assert sorted(told()) == sorted([*first, (f"task:{task.id}", ("@li",))])
    put_off_task(office.ctx, task.id, LI, office.ctx.now() + timedelta(hours=1), "又没打通")
    with office.ctx.store.write() as tx:
        tx.people.save(replace(LI, disabled=True))
    clock.advance(hours=2)
    assert (f"task:{task.id}", ("lead",)) in told()
