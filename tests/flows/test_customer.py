"""What the desk knows of a customer is set, is checked, and his open ticket follows it."""

from __future__ import annotations

import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.promise import Clock
from core.domain.promise import PromiseState as State
from core.domain.views import TicketDetail
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from tests.factories.pipeline import Office, a_mail

ASKS = "您好，请问企业版支持多少个账号？"


def ask(office: Office, mid: str = "m1@example.cn") -> TicketDetail:
    [row] = office.bring(a_mail(subject="咨询", body=ASKS if mid == "m1@example.cn" else f"{ASKS} {mid}", mid=mid))
    return office.ticket(row.number)


def test_a_customer_becomes_vip_and_his_ticket_follows(office: Office) -> None:
    """The priority goes up one, its clocks are counted anew, and his next mail is decided so from the first."""
    before = ask(office).ticket
    assert before.fields["priority"] == "低"
    changed = set_customer(
        office.ctx, before.number, {"level": "vip", "industry": "医院", "tags": "老客户，续约"}, "li"
    )
    assert (changed.level, changed.industry, changed.tags) == ("VIP", "医院", ("老客户", "续约"))
    after = office.ticket(before.number)
    assert after.ticket.fields["priority"] == "中" and after.customer == changed
    assert {p.clock for p in after.promises if p.state is State.SUPERSEDED} == {Clock.FIRST_RESPONSE}
    assert ask(office, "m2@example.cn").ticket.fields["priority"] == "中"
    with office.ctx.store.read() as tx:
        [line] = tx.views.audit(f"customer:{changed.id}", "", 10).rows
    assert line.details == (("fields", "level,tags,industry"), ("before", "普通"), ("after", "VIP"))


def test_what_an_agent_decided_stays(office: Office) -> None:
    """The priority that somebody set is not moved by what the customer is."""
    number = ask(office).ticket.number
    correct(office.ctx, number, {"priority": "低"}, "li")
    set_customer(office.ctx, number, {"level": "VIP"}, "li")
    assert office.ticket(number).ticket.fields["priority"] == "低"
    assert set_customer(office.ctx, number, {"level": "VIP"}, "li").level == "VIP"


def test_everything_wrong_is_said_at_once(office: Office) -> None:
    """Unknown fields and levels, what is too long, too many tags, and nothing at all."""
    number = ask(office).ticket.number
    tags = ",".join(str(one) for one in range(21))
    with pytest.raises(BadInput) as error:
        set_customer(office.ctx, number, {"level": "金牌", "phone": "1", "company": "x" * 101, "tags": tags}, "li")
    assert all(word in error.value.message for word in ("金牌", "phone", "company", "20"))
    for wanted in ({}, {"name": "x"}):
        with pytest.raises(BadInput):
            set_customer(office.ctx, number, wanted, "li")
    with pytest.raises(NotFound):
        set_customer(office.ctx, "20200101001", {"level": "VIP"}, "li")
    assert office.ticket(number).customer is not None
