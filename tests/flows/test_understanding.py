"""What a mail says is kept with it; replies, colleagues and repeated demands do what DOMAIN says."""

from __future__ import annotations

import pytest

from core.domain.people import Role, User
from core.domain.promise import Clock
from core.domain.said import Remark
from core.domain.ticket import State
from huiying.flows.distil import distil, not_a_copy
from huiying.flows.move import Move, move
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
ROOT = "m1@example.cn"


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail(body="订单号 SO20231001 还没发货，请在周五前处理。", subject="发货"))
    return row.number


def reply(text: str, sender: str = "王芳 <wang@example.cn>", mid: str = "r1@example.cn") -> bytes:
    return a_mail(subject="回复：发货", body=text, sender=sender, mid=mid, reply_to=[ROOT])


def test_what_a_mail_says_is_stored(office: Office, number: str) -> None:
    """Its order, its deadline, and one line on the ticket, which an agent rewrites; an empty one is the proposal."""
    detail = office.ticket(number)
    assert detail.messages[0].said.orders == ("SO20231001",)
    assert detail.messages[0].said.deadline is not None
    assert detail.ticket.gist == "订单号 SO20231001 还没发货，请在周五前处理"
    assert distil(office.ctx, number, LI, "催发货 13812345678").gist == "催发货 138****5678"
    assert distil(office.ctx, number, LI, "").gist == detail.ticket.gist


@pytest.mark.parametrize(
    ("state", "text", "after"),
    [
        (State.RESOLVED, "谢谢，已收到", State.RESOLVED),
        (State.RESOLVED, "好的，谢谢", State.RESOLVED),
        (State.RESOLVED, "还是没有收到货", State.OPEN),
        (State.WAITING_CUSTOMER, "谢谢，已收到", State.WAITING_CUSTOMER),
        (State.WAITING_CUSTOMER, "好的", State.OPEN),
    ],
)
def test_thanks_wake_nothing(office: Office, number: str, state: State, text: str, after: State) -> None:
    """Nor do they restart clocks; whoever was asked and agrees has answered."""
    move(office.ctx, number, LI, Move(to=state, reason="已发货"))
    office.bring(reply(text))
    assert office.ticket(number).ticket.state is after


def test_urging_by_mail_starts_its_clock(office: Office, number: str) -> None:
    """催单: the event with its clock and the raised priority."""
    before = office.ticket(number).ticket.fields["priority"]
    office.bring(reply("请问进展如何？怎么还没有人回复我"))
    detail = office.ticket(number)
    assert [p.clock for p in detail.promises].count(Clock.URGE) == 1
    assert detail.ticket.fields["priority"] != before or before == "高"
    assert any(row.action == "ticket.urged" for row in detail.audit)


def test_solved_by_himself_is_told(office: Office, number: str) -> None:
    """已自行解决 is stored with the message; nothing is withdrawn by itself."""
    office.bring(reply("我们自己解决了，谢谢"))
    detail = office.ticket(number)
    assert detail.messages[-1].said.remark is Remark.SOLVED and detail.ticket.state is State.NEW


def test_colleagues_and_people_in_copy_belong(office: Office, number: str) -> None:
    """Of the customer's company by their domain, others once a mail took them in; strangers are linked."""
    [colleague] = office.bring(reply("补充一下地址。", "李雷 <li@example.cn>", "r1@example.cn"))
    [branch] = office.bring(reply("仓库这边也在等。", "韩 <han@wh.example.cn>", "r5@wh.example.cn"))
    [stranger] = office.bring(reply("我也要查。", "赵 <zhao@qq.com>", "r2@qq.com"))
    assert (colleague.number, branch.number, stranger.number == number) == (number, number, False)
    office.bring(
        a_mail(body="抄送孙先生。", mid="r3@example.cn", reply_to=[ROOT], headers=["Cc: sun@qq.com"]),
    )
    [copied] = office.bring(reply("我是孙，请寄到新地址。", "孙 <sun@qq.com>", "r4@qq.com"))
    assert copied.number == number


def test_a_colleague_who_writes_the_same_is_acknowledged(office: Office, number: str) -> None:
    """The tickets are offered as one, but nobody is left without a word."""
    [row] = office.bring(
        a_mail(subject="急", body="订单 SO20231001 怎么样了", sender="李雷 <li@example.cn>", mid="m2@example.cn")
    )
    detail = office.ticket(row.number)
    assert detail.ticket.maybe_copy_of and row.silent_because == "" and len(detail.letters) == 1


def test_the_same_demand_again_is_offered_as_a_copy(office: Office, number: str, clock: FixedClock) -> None:
    """Within minutes, with the same order: no second acknowledgement, the reason stored; an hour later it is new."""
    clock.advance(minutes=5)
    [again] = office.bring(a_mail(subject="急", body="订单 SO20231001 怎么样了", mid="m2@example.cn"))
    detail = office.ticket(again.number)
    assert detail.ticket.maybe_copy_of == office.ticket(number).ticket.id
    assert (again.silent_because, detail.letters) == ("same-demand-again", ())
    assert not_a_copy(office.ctx, again.number, LI).maybe_copy_of == 0
    clock.advance(minutes=61)
    [later] = office.bring(a_mail(subject="急", body="订单 SO20231001 怎么样了", mid="m3@example.cn"))
    assert office.ticket(later.number).ticket.maybe_copy_of == 0
