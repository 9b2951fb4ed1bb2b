"""What an agent sends from his own mail program: it answers its ticket, and never makes one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.promise import Clock, PromiseState
from core.domain.settings import MailboxSettings
from core.domain.ticket import Direction, State
from core.domain.views import TicketDetail
from huiying.flows.folders import read_all
from huiying.flows.own_promise import give_promise
from tests.factories.pipeline import ADDRESS, Office, a_mail
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.mailbox import MemoryMailbox

AGENT = f"李工 <{ADDRESS}>"


class Desk:
    """An office whose mailbox has a folder of sent mail."""

    def __init__(self, office: Office, clock: FixedClock) -> None:
        self.office, self.clock = office, clock
        self.server = MemoryMailbox("已发送", sent="已发送")
        self.box: MailboxSettings = office.ctx.desk().mailboxes[0]
        read_all(office.ctx, self.box, self.server)

    def arrives(self, data: bytes, folder: str = "INBOX") -> None:
        self.server.folders[folder].arrive(data, self.clock())
        read_all(self.office.ctx, self.box, self.server)
        self.office.work()

    def sends(self, *, to: str = "王芳 <wang@example.cn>", at: datetime | None = None, **more) -> None:
        given = {
            "mid": "answer@example.com",
            "sender": AGENT,
            "body": "您好，已为您重置。",
            "reply_to": ["m1@example.cn"],
        }
        data = a_mail(**(given | more)).decode()
        data = data.replace(f"To: {ADDRESS}", f"To: {to}")
        data = data.replace("Thu, 05 Mar 2026 10:00:00 +0800", f"{at or self.clock():%a, %d %b %Y %H:%M:%S +0000}")
        self.arrives(data.encode(), "已发送")

    @property
    def ticket(self) -> TicketDetail:
        with self.office.ctx.store.read() as tx:
            (row,) = tx.views.queue(tx_filter(), "", 10).rows
            detail = tx.views.ticket(row.number)
        assert detail is not None
        return detail


def tx_filter():
    from core.domain.views import QueueFilter

    return QueueFilter(state="")


@pytest.fixture
def desk(office: Office, clock: FixedClock) -> Desk:
    desk = Desk(office, clock)
    desk.arrives(a_mail())
    return desk


def clock_of(detail: TicketDetail, clock: Clock):
    return [p for p in detail.promises if p.clock is clock]


def test_an_answer_joins_its_ticket_and_keeps_the_first_response(desk: Desk, clock: FixedClock) -> None:
    """As an outgoing message, by the time at which it was sent; the next update is counted from there. No letter."""
    letters = len(desk.office.letters())
    clock.advance(minutes=3)
    sent = clock()
    clock.advance(minutes=2)
    desk.sends(at=sent)
    detail = desk.ticket
    assert [(m.direction, m.verdict.partition(":")[0]) for m in detail.messages] == [
        (Direction.IN, "new"),
        (Direction.OUT, "sent"),
    ]
    assert (detail.ticket.state, detail.ticket.first_response) == (State.OPEN, sent)
    (first,) = clock_of(detail, Clock.FIRST_RESPONSE)
    assert (first.state, first.ended) == (PromiseState.KEPT, sent)
    assert [p.state for p in clock_of(detail, Clock.NEXT_UPDATE)] == [PromiseState.KEPT, PromiseState.RUNNING]
    assert clock_of(detail, Clock.NEXT_UPDATE)[-1].started == sent
    assert clock_of(detail, Clock.RESOLUTION)[0].state is PromiseState.RUNNING
    assert len(desk.office.letters()) == letters
    assert "ticket.answered-elsewhere" in [entry.action for entry in detail.audit]
    assert detail.messages[1].automatic is None


def test_an_answer_keeps_what_was_promised_before_it(desk: Desk, clock: FixedClock) -> None:
    """A word to the customer; not what was promised after it was sent, although the mail came later."""
    number = desk.ticket.ticket.number
    before = give_promise(desk.office.ctx, number, "li", "周五下班前给您回电")
    clock.advance(minutes=3)
    sent = clock()
    clock.advance(minutes=2)
    later = give_promise(desk.office.ctx, number, "li", "下周一前给您答复")
    desk.sends(at=sent)
    assert {p.id: p.state for p in clock_of(desk.ticket, Clock.AGENT_PROMISE)} == {
        before.id: PromiseState.KEPT, later.id: PromiseState.RUNNING,
    }  # fmt: skip


def test_a_date_that_cannot_be_is_replaced_by_the_arrival(desk: Desk, clock: FixedClock) -> None:
    """Before the demand or in the future: the clock of that computer is wrong."""
    clock.advance(minutes=5)
    desk.sends(at=clock() - timedelta(days=1))
    assert desk.ticket.ticket.first_response == clock()


def test_an_answer_to_our_acknowledgement_or_by_number_counts_too(desk: Desk, clock: FixedClock) -> None:
    """Agents answer whatever lies in their mail program."""
    number = desk.ticket.ticket.number
    clock.advance(minutes=1)
    desk.sends(reply_to=[], subject=f"回复：登录报错 [#{number}]")
    assert desk.ticket.ticket.first_response == clock()


def test_the_customers_answer_to_it_joins_the_same_ticket(desk: Desk, clock: FixedClock) -> None:
    """Its Message-ID belongs to the ticket from then on."""
    desk.sends()
    desk.arrives(a_mail(mid="m2@example.cn", body="好的，谢谢，还有一个问题。", reply_to=["answer@example.com"]))
    assert [m.direction for m in desk.ticket.messages] == [Direction.IN, Direction.OUT, Direction.IN]


def test_what_goes_to_a_colleague_only_answers_nobody(desk: Desk, clock: FixedClock) -> None:
    """It is shown on the ticket, and no clock is kept."""
    clock.advance(minutes=1)
    desk.sends(to="colleague@elsewhere.example", body="请帮忙看一下。")
    detail = desk.ticket
    assert detail.messages[-1].verdict.startswith("sent:not-to-the-customer")
    assert (detail.ticket.state, detail.ticket.first_response) == (State.NEW, None)
    assert clock_of(detail, Clock.FIRST_RESPONSE)[0].state is PromiseState.RUNNING


def test_what_names_no_ticket_and_what_is_ours_makes_nothing(desk: Desk, clock: FixedClock) -> None:
    """New mail to a customer, our own letter as the provider stored it, a machine's answer."""
    (letter,) = desk.office.letters()
    before = desk.office.totals()["tickets"], len(desk.ticket.messages)
    desk.sends(mid="other@example.com", reply_to=[], subject="新产品介绍", to="zhao@example.cn")
    desk.sends(mid=letter.message_id, body="我们已收到。")
    desk.sends(mid="away@example.com", body="我不在。", headers=["Auto-Submitted: auto-replied"])
    assert (desk.office.totals()["tickets"], len(desk.ticket.messages)) == before
    with desk.office.ctx.store.read() as tx:
        assert tx.views.silent("", 50).rows == ()


def test_a_sent_mail_that_nobody_can_parse_makes_no_ticket(desk: Desk) -> None:
    """It stands in the quarantine like any other, without a stub."""
    desk.arrives(b"\x00\x01", "已发送")
    assert desk.office.totals()["tickets"] == 1
    with desk.office.ctx.store.read() as tx:
        (row,) = tx.views.quarantine("", 10).rows
    assert (row.stage, row.number) == ("quarantined", "")


def test_a_closed_ticket_stays_closed(desk: Desk, clock: FixedClock) -> None:
    """A word after the end is a message and nothing more."""
    with desk.office.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(desk.ticket.ticket.number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, state=State.CLOSED, closed=clock()))
    clock.advance(minutes=1)
    desk.sends()
    detail = desk.ticket
    assert (detail.ticket.state, len(detail.messages)) == (State.CLOSED, 2)
    assert len(clock_of(detail, Clock.NEXT_UPDATE)) == 1


def test_a_copy_in_a_second_folder_counts_once(desk: Desk, clock: FixedClock) -> None:
    """Some programs store what they sent and the server stores it too."""
    desk.sends()
    first = desk.ticket.ticket.first_response
    clock.advance(minutes=9)
    desk.sends(at=first)
    assert (len(desk.ticket.messages), desk.ticket.ticket.first_response) == (2, first)
