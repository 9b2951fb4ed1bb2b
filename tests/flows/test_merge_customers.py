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
