"""沟通任务: what somebody is to do for a customer, made once for each occasion."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from core.domain.errors import BadInput
from core.domain.task import Task, TaskKind, TaskState
from huiying.flows.make_task import NewTask, make_task
from tests.factories.pipeline import Office, a_mail

LAST = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-8)))
"""In UTC it is no day any more: once it was stored nothing beside it could be read."""


def made(office: Office, new: NewTask, by: str = "system") -> Task | None:
    with office.ctx.store.write() as tx:
        return make_task(office.ctx, tx, by, new)


def test_a_task_is_made_once_for_its_occasion(office: Office) -> None:
    """Due by the working calendar, told in its ticket's trail, its words masked; the second time nothing is made."""
    [row] = office.bring(a_mail())
    ticket = office.ticket(row.number).ticket
    new = NewTask(
        kind=TaskKind.FOLLOW_UP, ticket_id=ticket.id, words="打 13812345678 回访", because="plan:q", occasion="q:2026H2"
    )
    task, again = made(office, new), made(office, new)
    assert task is not None and again is None
    calendar = office.ctx.desk().calendar
    assert calendar.working_between(task.at, task.due) == timedelta(minutes=3 * calendar.minutes_per_day)
    assert (task.customer_id, task.team, task.state) == (ticket.customer_id, ticket.fields["team"], TaskState.OPEN)
    assert "13812345678" not in task.words and "您好！\n\n上次" in task.wording and task.warn_at == task.due
    lines = [line for line in office.ticket(row.number).audit if line.action == "task.made"]
    assert [dict(line.details)["task"] for line in lines] == [str(task.id)]


def test_a_gift_waits_for_a_lead(office: Office) -> None:
    """Who is told; until he approves nobody is told that it is overdue."""
    [row] = office.bring(a_mail())
    gift = made(office, NewTask(kind=TaskKind.GIFT, ticket_id=office.ticket(row.number).ticket.id))
    assert gift is not None and (gift.state, gift.warn_at) == (TaskState.ASKED, None)
    with office.ctx.store.read() as tx:
        assert [one.subject for one in tx.notices.unspread(9) if one.event == "task.asked"] == [f"task:{gift.id}"]


def test_what_is_no_task_is_refused(office: Office) -> None:
    """One about nobody, one that was due before or when no calendar reaches, one for somebody who is not there."""
    [row] = office.bring(a_mail())
    of = office.ticket(row.number).ticket.id
    for wrong in (
        NewTask(kind=TaskKind.CONTENT),
        NewTask(kind=TaskKind.CONTENT, ticket_id=of, due=office.ctx.now()),
        NewTask(kind=TaskKind.CONTENT, ticket_id=of, due=LAST),
        NewTask(kind=TaskKind.CONTENT, ticket_id=of, owner="nobody"),
    ):
        with pytest.raises(BadInput):
            made(office, wrong)
