"""A customer with several addresses is one customer, until he is taken apart again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest

from core.domain.errors import BadInput, Conflict, NotFound, NotPermitted
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.ticket import Customer
from core.domain.views import TicketDetail
from huiying.flows.customer import set_customer
from huiying.flows.merge_customers import merge_customers, unmerge_customer
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

WORK, HOME, PHONE = "wang@acme.cn", "wang88@163.com", "wang88@qq.com"
LI = User(id=1, name="li", role=Role.AGENT)


def ask(office: Office, sender: str, mid: str, subject: str = "咨询") -> TicketDetail:
    body = f"您好，请问企业版支持多少个账号？{mid}"
    [row] = office.bring(a_mail(sender=f"王敏 <{sender}>", subject=subject, body=body, mid=mid))
    return office.ticket(row.number)


def customer_at(office: Office, address: str) -> Customer:
    with office.ctx.store.read() as tx:
        found = tx.tickets.customer_by_address(address)
    assert found
    return found


def open_at(office: Office, address: str) -> int:
    with office.ctx.store.read() as tx:
        known = tx.tickets.customer_by_address(address)
        assert known
        found = tx.tickets.open_count(known.id)
        assert tx.tickets.count_since(known.id, office.ctx.now() - timedelta(days=30)) == found
    return found


def test_level_counts_and_tickets_follow(office: Office) -> None:
    """His private address has his company's level, his tickets count together, and his replies join."""
    work, home = ask(office, WORK, "w1@x.cn"), ask(office, HOME, "h1@x.cn")
    set_customer(office.ctx, work.ticket.number, {"level": "VIP", "company": "安可"}, "li")
    assert ask(office, HOME, "h2@x.cn").ticket.fields["priority"] == "低"
    merge_customers(office.ctx, HOME, work.ticket.number, LI)
    third = ask(office, HOME, "h3@x.cn")
    assert third.customer and (third.customer.level, third.customer.company) == ("VIP", "安可")
    assert third.customer.address and third.customer.address.address == HOME
    assert third.ticket.fields["priority"] == "中"
    assert open_at(office, HOME) == open_at(office, WORK) == 4
    reply = ask(office, HOME, "h4@x.cn", f"Re: [#{work.ticket.number}] 咨询")
    assert reply.ticket.number == work.ticket.number
    assert home.ticket.number != work.ticket.number


def test_undone_it_is_exactly_what_it_was(office: Office) -> None:
    """What was learned meanwhile stays with the customer he was taken for; his own row was never touched."""
    work = ask(office, WORK, "w1@x.cn")
    home = ask(office, HOME, "h1@x.cn")
    set_customer(office.ctx, home.ticket.number, {"tags": "老客户", "phone": "138 1234 5678"}, "li")
    before = customer_at(office, HOME)
    merge_customers(office.ctx, HOME, WORK, LI)
    changed = set_customer(office.ctx, home.ticket.number, {"level": "VIP", "phone": "139 8765 4321"}, "li")
    assert changed.level == "VIP"
    assert (customer_at(office, WORK).level, customer_at(office, WORK).phone) == ("VIP", "139 8765 4321")
    assert customer_at(office, HOME).tags == ()
    unmerge_customer(office.ctx, HOME, LI)
    assert customer_at(office, HOME) == before
    assert customer_at(office, WORK).level == "VIP"
    assert open_at(office, HOME) == open_at(office, WORK) == 1
    reply = ask(office, HOME, "h2@x.cn", f"Re: [#{work.ticket.number}] 咨询")
    assert reply.ticket.number != work.ticket.number
    with office.ctx.store.read() as tx:
        actions = [line.action for line in tx.views.audit(f"customer:{before.id}", "", 10).rows]
        others = [line.action for line in tx.views.audit(f"customer:{work.ticket.customer_id}", "", 10).rows]
    assert actions[:2] == ["customer.unmerged", "customer.merged"]
    assert {"customer.merged-in", "customer.unmerged-from", "customer.changed"} <= set(others)


def test_there_is_one_customer_and_no_chain(office: Office) -> None:
    """Who is merged into an address of somebody is merged into that somebody; who has addresses is not merged away."""
    for number, address in enumerate((WORK, HOME, PHONE)):
        ask(office, address, f"m{number}@x.cn")
    merge_customers(office.ctx, HOME, WORK, LI)
    merge_customers(office.ctx, PHONE, HOME, LI)
    work = customer_at(office, WORK)
    assert customer_at(office, PHONE).merged_into == customer_at(office, HOME).merged_into == work.id
    assert {open_at(office, one) for one in (WORK, HOME, PHONE)} == {3}
    ask(office, "chen@other.cn", "c1@x.cn")
    for who, into in ((HOME, WORK), (WORK, HOME), (WORK, WORK), (HOME, "chen@other.cn"), (WORK, "chen@other.cn")):
        with pytest.raises(BadInput):
            merge_customers(office.ctx, who, into, LI)
    assert work == customer_at(office, WORK)


LATE = "订单 SO20231001 一直没有到，请尽快查一下。"


def demand(office: Office, sender: str, mid: str, body: str = LATE) -> tuple[TicketDetail, str]:
    [row] = office.bring(a_mail(sender=f"x <{sender}>", subject="催货", body=body, mid=mid))
    return office.ticket(row.number), row.silent_because


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite_store", "pg_store"])
@pytest.mark.parametrize("body", [LATE, "你们的系统从早上起就一直登录不上，请帮忙看看到底是怎么回事。"])
def test_the_same_demand_from_his_other_address_is_a_near_copy(
    request: pytest.FixtureRequest, database: str, keys: KeyRing, clock: FixedClock, body: str
) -> None:
    """Same order or same words: 可能重复 without a second acknowledgement, whichever address came first, in one batch
    too; as long as he is not merged each is acknowledged."""
    office = Office(worker_context(request.getfixturevalue(database), keys, clock))
    first, _ = demand(office, WORK, "w1@x.cn", body)
    alone, why = demand(office, HOME, "h1@x.cn", body)
    assert (alone.ticket.maybe_copy_of, why) == (0, "")
    merge_customers(office.ctx, HOME, WORK, LI)
    merge_customers(office.ctx, ask(office, PHONE, "p1@x.cn").ticket.number, WORK, LI)
    clock.advance(minutes=40)
    again, why = demand(office, HOME, "h2@x.cn", body)
    assert (again.ticket.maybe_copy_of, why) == (0, "")
    for address, mid in ((WORK, "w3@x.cn"), (PHONE, "p3@x.cn")):
        copy, why = demand(office, address, mid, body)
        assert copy.ticket.maybe_copy_of and (why, copy.letters) == ("same-demand-again", ())
    clock.advance(minutes=40)
    mails = (a_mail(sender=f"x <{one}>", subject="催货", body=body, mid=f"{one}.b") for one in (HOME, WORK))
    kept = office.keep(*mails)
    office.work()
    one, two = (office.row(id_) for id_ in kept)
    assert (one.silent_because, two.silent_because) == ("", "same-demand-again")
    assert office.ticket(two.number).ticket.maybe_copy_of == office.ticket(one.number).ticket.id
    assert first.ticket.number


def test_a_colleague_meets_what_he_wrote_from_home(office: Office) -> None:
    """The company of his other address counts: the same order is offered as one, and both are acknowledged."""
    ask(office, WORK, "w1@x.cn")
    ask(office, HOME, "h1@x.cn")
    merge_customers(office.ctx, HOME, WORK, LI)
    his, _ = demand(office, HOME, "h2@x.cn")
    colleague, why = demand(office, "li@acme.cn", "l1@x.cn")
    assert (colleague.ticket.maybe_copy_of, why) == (his.ticket.id, "")


@pytest.mark.slow
def test_a_company_is_known_by_every_address(office: Office) -> None:
    """A colleague belongs to what he wrote from home, and he from home to what a colleague wrote; unmerged no more."""
    ask(office, WORK, "w1@x.cn")
    home = ask(office, HOME, "h1@x.cn")
    colleague = ask(office, "li@acme.cn", "l1@x.cn")

    def joins(sender: str, number: str, mid: str) -> bool:
        return ask(office, sender, mid, f"Re: [#{number}] 咨询").ticket.number == number

    assert not joins("zhao@acme.cn", home.ticket.number, "z1@x.cn")
    assert not joins(HOME, colleague.ticket.number, "h2@x.cn")
    merge_customers(office.ctx, HOME, WORK, LI)
    assert joins("zhao@acme.cn", home.ticket.number, "z2@x.cn")
    assert joins(HOME, colleague.ticket.number, "h3@x.cn")
    assert not joins("zhao@other.cn", home.ticket.number, "o1@x.cn")
    unmerge_customer(office.ctx, HOME, LI)
    assert not joins("qian@acme.cn", home.ticket.number, "q1@x.cn")


def test_what_cannot_be_is_told(office: Office) -> None:
    """Nobody there, not merged, and no right."""
    ask(office, WORK, "w1@x.cn")
    for who in ("nobody@x.cn", "20200101001"):
        with pytest.raises(NotFound):
            merge_customers(office.ctx, who, WORK, LI)
    with pytest.raises(BadInput):
        unmerge_customer(office.ctx, WORK, LI)
    reader = User(id=2, name="hu", role=Role.AUDITOR)
    with pytest.raises(NotPermitted):
        unmerge_customer(office.ctx, WORK, reader)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite_store", "pg_store"])
def test_whoever_merges_at_once_makes_no_chain(
    request: pytest.FixtureRequest, database: str, keys: KeyRing, clock: FixedClock
) -> None:
    """Every pair of four customers in both directions at the same time: whoever was first counts, the others are told,
    and nobody is merged into somebody who is merged himself."""
    office = Office(worker_context(request.getfixturevalue(database), keys, clock))
    addresses = (WORK, HOME, PHONE, "wang@other.cn")
    for number, address in enumerate(addresses):
        ask(office, address, f"m{number}@x.cn")

    def merge(pair: tuple[str, str]) -> int:
        try:
            merge_customers(office.ctx, *pair, LI)
        except (BadInput, Conflict):
            return 0
        return 1

    for _ in range(10):
        with ThreadPoolExecutor(6) as pool:
            done = sum(pool.map(merge, permutations(addresses, 2)))
        known = {one.id: one.merged_into for one in (customer_at(office, each) for each in addresses)}
        merged = {id_: into for id_, into in known.items() if into}
        assert len(merged) == done > 0
        assert not [into for into in merged.values() if known[into]]
        for address in addresses:
            if customer_at(office, address).merged_into:
                unmerge_customer(office.ctx, address, LI)


def test_the_cap_is_one_for_all_his_addresses(office: Office) -> None:
    """What was sent to the one counts for the other, for the main address too; somebody else is acknowledged."""
    words = iter(
        (
            "发票怎么开",
            "登录不了后台",
            "想退掉上周的货",
            "物流到哪里了",
            "密码忘记了",
            "接口报五百",
            "合同要续签",
            "增加账号",
        )
    )

    def silent(sender: str) -> str:
        body = next(words)
        [row] = office.bring(
            a_mail(sender=f"王敏 <{sender}>", subject=body, body=f"{body}，请回复。", mid=f"{body}@x.cn")
        )
        return row.silent_because.partition(":")[0]

    assert [silent(WORK), silent(HOME)] == ["", ""]
    merge_customers(office.ctx, HOME, WORK, LI)
    assert [silent(one) for one in (WORK, WORK, HOME, HOME, WORK)] == [""] * 3 + ["cap-hour"] * 2
    assert silent(PHONE) == ""
