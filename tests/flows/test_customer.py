"""What the desk knows of a customer is set, is checked, and his open ticket follows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.people import Role, User
from core.domain.promise import Clock
from core.domain.promise import PromiseState as State
from core.domain.views import TicketDetail
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from huiying.flows.hands import claim, give_back
from huiying.flows.upkeep import upkeep
from store.open import SqlStore
from store.tables import customer
from tests.factories.letters import text_of
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


def test_his_key_dates_and_consent_are_set(office: Office) -> None:
    """All dates at once; they stand on his ticket, and setting them again leaves no line."""
    number = ask(office).ticket.number
    for _ in range(2):
        wanted = {"dates": "生日 05-20, 合作纪念日 2020-03-01", "consent": "2026-03-05"}
        assert set_customer(office.ctx, number, wanted, "li").consent == "2026-03-05"
    after = office.ticket(number)
    assert [(one.name, one.month_day, one.year) for one in after.key_dates] == [
        ("anniversary", 301, 2020), ("birthday", 520, 0),
    ]  # fmt: skip
    assert after.customer is not None and set_customer(office.ctx, number, {"dates": "-"}, "li") == after.customer
    assert office.ticket(number).key_dates == ()
    with office.ctx.store.read() as tx:
        lines = tx.views.audit(f"customer:{after.customer.id}", "", 10).rows
    assert [dict(line.details)["fields"] for line in lines] == ["dates", "consent,dates"]


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
        set_customer(
            office.ctx,
            number,
            {"level": "金牌", "phone": "1", "form": "阁下", "address": "x", "company": "x" * 101, "tags": tags},
            "li",
        )
    assert all(word in error.value.message for word in ("金牌", "138 1234 5678", "阁下", "address", "company", "20"))
    for wanted in ({}, {"name": "x"}):
        with pytest.raises(BadInput):
            set_customer(office.ctx, number, wanted, "li")
    with pytest.raises(NotFound):
        set_customer(office.ctx, "20200101001", {"level": "VIP"}, "li")
    assert office.ticket(number).customer is not None


def newest_letter(office: Office) -> str:
    """The newest letter's words."""
    office.work()
    return text_of(office.ctx.transport.tried[-1])  # type: ignore[attr-defined]  # the transport in memory


def test_a_known_form_of_address_stands_in_every_letter(office: Office) -> None:
    """Never guessed: the first letter has the name alone; once an agent knows it, the next one has both."""
    number = ask(office).ticket.number
    assert newest_letter(office).startswith("王芳，您好！")
    set_customer(office.ctx, number, {"form": "ms", "phone": "１３８ 1234 5678"}, "li")
    ask(office, "m2@example.cn")
    assert newest_letter(office).startswith("王芳女士，您好！")
    assert office.ticket(number).customer.phone == "138 1234 5678"  # type: ignore[union-attr]  # it has one
    with office.ctx.store.read() as tx:
        [line] = tx.views.audit(f"customer:{office.ticket(number).ticket.customer_id}", "", 10).rows
    assert line.details == (("fields", "form,phone"),)


def test_another_name_on_the_address_is_not_addressed_so(office: Office) -> None:
    """Two people share a mailbox: the other one gets his own name, without her form of address."""
    number = ask(office).ticket.number
    set_customer(office.ctx, number, {"form": "女士"}, "li")
    office.bring(
        a_mail(subject="发票", body="请问发票怎么开？", mid="other@example.cn", sender="李强 <wang@example.cn>")
    )
    assert newest_letter(office).startswith("李强，您好！")


def test_a_number_is_taken_away(office: Office) -> None:
    """By a dash, as the form of address."""
    number = ask(office).ticket.number
    set_customer(office.ctx, number, {"form": "先生", "phone": "010-12345678转 12"}, "li")
    gone = set_customer(office.ctx, number, {"form": "-", "phone": "-"}, "li")
    assert (gone.form, gone.phone) == ("", "")


def test_numbers_of_an_older_schema_are_found_by_upkeep(office: Office, sqlite_store: SqlStore) -> None:
    """Nobody is found by them before."""
    number = ask(office).ticket.number
    known = set_customer(office.ctx, number, {"phone": "138 1234 5678"}, "li")
    with sqlite_store.write() as tx:
        tx._unit.change(customer.update().values(phone_key=None))
        assert tx.tickets.customers_by_phone("13812345678") == ()
    assert (upkeep(office.ctx), upkeep(office.ctx)) == (1, 0)
    with sqlite_store.read() as tx:
        assert tx.tickets.customers_by_phone("13812345678") == (known,)


class TestAccountManager:
    @pytest.fixture(autouse=True)
    def people(self, office: Office) -> None:
        with office.ctx.store.write() as tx:
            for id_, name, role in ((71, "zhou", Role.AGENT), (72, "aud", Role.AUDITOR)):
                tx.people.save(User(id=id_, name=name, role=role))

    def test_what_his_customer_asks_is_the_managers(self, office: Office) -> None:
        """From then on, and what is open and nobody's at once; what somebody has claimed stays with him."""
        first, second = ask(office).ticket, ask(office, "m2@example.cn").ticket
        claim(office.ctx, second.number, User(id=5, name="li", role=Role.AGENT))
        for one in (first, second):
            set_customer(office.ctx, one.number, {"manager": "zhou", "prefers": "电话"}, "li")
        third = ask(office, "m3@example.cn")
        assert third.customer is not None and third.customer.prefers == "phone"
        owners = [office.ticket(one.number).ticket.assignee for one in (first, second, third.ticket)]
        assert owners == ["zhou", "li", "zhou"]
        [line] = [line for line in office.ticket(first.number).audit if line.action == "ticket.handed-over"]
        assert (line.actor, dict(line.details)) == ("li", {"to": "zhou"})

    def test_what_he_gave_back_is_not_his_again(self, office: Office) -> None:
        """Because somebody writes down another thing about the customer."""
        number = ask(office).ticket.number
        set_customer(office.ctx, number, {"manager": "zhou"}, "li")
        give_back(office.ctx, number, User(id=71, name="zhou", role=Role.AGENT), "不归我")
        set_customer(office.ctx, number, {"company": "示例医院"}, "li")
        assert office.ticket(number).ticket.assignee == ""

    def test_who_no_longer_works_gets_nothing(self, office: Office) -> None:
        """The ticket waits for whoever claims it."""
        set_customer(office.ctx, ask(office).ticket.number, {"manager": "zhou"}, "li")
        with office.ctx.store.write() as tx:
            zhou = tx.people.user("zhou")
            assert zhou is not None
            tx.people.save(replace(zhou, disabled=True))
        assert ask(office, "m2@example.cn").ticket.assignee == ""

    @pytest.mark.parametrize("wanted", [{"manager": "aud"}, {"manager": "nobody"}, {"prefers": "鸽子"}])
    def test_nobody_else_is_a_manager(self, office: Office, wanted: dict[str, str]) -> None:
        """Only whoever works on tickets; ways are those that there are."""
        number = ask(office).ticket.number
        with pytest.raises(BadInput):
            set_customer(office.ctx, number, wanted, "li")
        assert set_customer(office.ctx, number, {"manager": "-", "prefers": "-", "level": "VIP"}, "li").manager == ""


@pytest.mark.parametrize(("level", "told"), [("VIP", ["ticket.vip"]), ("普通", [])])
def test_the_lead_hears_of_a_vip_who_is_in_a_hurry(office: Office, level: str, told: list[str]) -> None:
    """At once, on arrival; of others by the clocks."""
    set_customer(office.ctx, ask(office).ticket.number, {"level": level, "company": "示例医院"}, "li")
    office.bring(a_mail(subject="紧急：系统全部无法登录", body="全部门店无法登录，请立即处理！", mid="m2@example.cn"))
    with office.ctx.store.read() as tx:
        assert [notice.event for notice in tx.notices.unspread(9)] == told
