"""What an agent logs with a customer's words is kept with them, whatever happens before they are filed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.channel import BroughtMessage, CallRecord, Channel
from core.domain.people import User
from core.domain.promise import Clock, PromiseState
from core.domain.task import TaskKind
from huiying.flows.receive import keep_files
from huiying.flows.triage import triage
from ingest.brought import as_raw_mail, call_in
from tests.factories.pipeline import Office
from tests.fakes.fixed_clock import FixedClock

CALL = CallRecord(
    by="li", name="王女士", phone="13812345678", company="示例医院", outcome="reached", said="换一台" * 40,
    next="follow_up", todo="问是否收到",
)  # fmt: skip


@pytest.fixture
def message(clock: FixedClock) -> BroughtMessage:
    return BroughtMessage(
        key="one", channel=Channel.PHONE, mailbox="service", at=clock(), text="咖啡机漏水", name="王女士", call=CALL
    )


def test_a_call_that_was_kept_is_filed_with_its_message(
    office: Office, message: BroughtMessage, clock: FixedClock
) -> None:
    """The process died after the message was kept. Another files it: the call, the caller and the task are there, and
    the clocks were kept when it was logged."""
    with office.ctx.store.write() as tx:
        tx.people.save(User(id=1, name="li"))
    [kept] = keep_files(office.ctx, [as_raw_mail(message, "example.com")])
    clock.advance(hours=5)
    while triage(office.ctx):
        pass
    detail = office.ticket(office.row(kept).number)
    assert [m.text for m in detail.messages if m.verdict == "call:reached"] == [CALL.said]
    assert detail.customer is not None and (detail.customer.phone, detail.customer.company) == (
        "13812345678", "示例医院",
    )  # fmt: skip
    assert {p.state for p in detail.promises if p.clock is Clock.FIRST_RESPONSE} == {PromiseState.KEPT}
    with office.ctx.store.read() as tx:
        [row] = tx.tasks.of_ticket(detail.ticket.id)
    assert (row.task.kind, row.task.owner, row.task.words) == (TaskKind.FOLLOW_UP, "li", "问是否收到")


def test_a_next_step_whose_time_is_over_stops_no_message(
    office: Office, message: BroughtMessage, clock: FixedClock
) -> None:
    """The task is due as its kind is."""
    step = replace(CALL, outcome="", due=clock() + timedelta(hours=1))
    [kept] = keep_files(office.ctx, [as_raw_mail(replace(message, call=step), "example.com")])
    clock.advance(hours=5)
    triage(office.ctx)
    with office.ctx.store.read() as tx:
        [made] = tx.tasks.of_ticket(office.ticket(office.row(kept).number).ticket.id)
    assert made.task.because.startswith("mail:") and made.task.due > clock()


def test_what_is_written_is_read_back(message: BroughtMessage, clock: FixedClock) -> None:
    """With a due time and without one; a customer's words are none of it, and a mail has none."""
    for due in (None, clock()):
        whole = replace(message, call=replace(CALL, due=due), text="X-Huiying-Call:\r\n e30=")
        assert call_in(as_raw_mail(whole, "example.com").data) == whole.call
        assert call_in(as_raw_mail(replace(whole, call=None), "example.com").data) is None
