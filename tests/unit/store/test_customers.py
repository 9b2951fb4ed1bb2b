"""Customers that are saved by themselves, on both databases where the integration tests run this class."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from core.domain.errors import Conflict
from core.domain.key_date import KeyDate
from core.domain.views import QueueFilter
from store.open import SqlStore
from store.tables import customer
from tests.unit.store.values import a_customer, file_tickets, minutes


class TestCustomers:
    """The contract of ``save_customer``."""

    def test_a_saved_customer_is_found_and_changed(self, store: SqlStore) -> None:
        """Saving twice changes the level; the address finds the same customer."""
        known = a_customer(77, "vip@example.cn")
        for level in ("普通", "VIP"):
            with store.write() as tx:
                tx.tickets.save_customer(replace(known, level=level))
        with store.read() as tx:
            assert tx.tickets.customer_by_address("vip@example.cn") == replace(known, level="VIP")

    def test_an_address_belongs_to_one_customer(self, store: SqlStore) -> None:
        """A second customer with the same address is a conflict."""
        with store.write() as tx:
            tx.tickets.save_customer(a_customer(77, "vip@example.cn"))
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.save_customer(a_customer(78, "vip@example.cn"))

    def test_those_of_some_levels_come_in_their_order(self, store: SqlStore) -> None:
        """As all of them do, a few at a time."""
        with store.write() as tx:
            for id_, level in ((5, "VIP"), (6, "普通"), (7, ""), (8, "VIP"), (9, "老客户")):
                tx.tickets.save_customer(a_customer(id_, f"{id_}@example.cn", level=level))

            def ids(after: int, limit: int, *levels: str) -> list[int]:
                return [one.id for one in tx.tickets.customers_after(after, limit, levels)]

            assert ids(0, 9) == [5, 6, 7, 8, 9] and ids(0, 9, "普通", "VIP") == [5, 6, 8]
            assert ids(5, 1, "普通", "VIP") == [6] and ids(8, 9, "VIP") == []

    def test_a_number_is_sealed(self, store: SqlStore) -> None:
        """It comes back as it was, and is nowhere in the row."""
        known = a_customer(77, "vip@example.cn", form="女士", phone="138 1234 5678")
        with store.write() as tx:
            tx.tickets.save_customer(known)
        with store.read() as tx:
            assert tx.tickets.customer(77) == known
            [row] = tx.tickets._unit.rows(select(customer))
        assert row.phone and b"1234" not in bytes(row.phone) and row.form == "女士"
        with store.write() as tx:
            tx.tickets.save_customer(replace(known, phone=""))
        with store.read() as tx:
            assert tx.tickets.customer(77) == replace(known, phone="")

    def test_a_caller_is_found_by_his_number(self, store: SqlStore) -> None:
        """However it was written; numbers of an older schema once they have their digest; each person once."""
        wang = a_customer(77, "vip@example.cn", phone="138 1234 5678")
        caller = replace(a_customer(78, "x@example.cn"), address=None, phone="+86 13812345678")
        nobody = a_customer(79, "y@example.cn", phone="12 34")
        with store.write() as tx:
            for one in (wang, caller, nobody):
                tx.tickets.save_customer(one)
            assert tx.tickets.customers_by_phone("13812345678") == (wang, caller)
            assert tx.tickets.customers_by_phone("13812345679") == tx.tickets.customers_by_phone("1234") == ()
            tx.tickets.key_phones(9)
            tx.tickets._unit.change(customer.update().values(phone_key=None))
            assert tx.tickets.has_old_phones() and tx.tickets.customers_by_phone("13812345678") == ()
            assert tx.tickets.key_phones(2) == 2 and tx.tickets.key_phones(9) == 1
            assert not tx.tickets.has_old_phones()
        with store.write() as tx:
            assert tx.tickets.customers_by_phone("13812345678") == (wang, caller)
            tx.tickets.merge_customer(78, 77)
            assert tx.tickets.customers_by_phone("13812345678") == (wang,)
            tx.tickets.save_customer(replace(wang, phone="13900000000"))
            assert tx.tickets.customers_by_phone("13812345678") == ()
            found = tx.tickets.customers_by_phone("139 0000 0000")
            assert [one.id for one in found] == [77]

    def test_a_merged_customer_reads_as_the_one_he_is(self, store: SqlStore) -> None:
        """What is known of him is written there, too; his own row is as it was when he is taken apart again."""
        at_work = a_customer(77, "vip@example.cn", level="VIP", phone="138 1234 5678")
        at_home = a_customer(78, "home@example.cn", level="普通", form="女士")
        with store.write() as tx:
            for one in (at_work, at_home):
                tx.tickets.save_customer(one)
            tx.tickets.hold_customers((77, 78))
            tx.tickets.merge_customer(78, 77)
        with store.write() as tx:
            merged = tx.tickets.customer(78)
            assert merged == replace(at_work, id=78, name=at_home.name, address=at_home.address, merged_into=77)
            assert tx.tickets.customer_by_address("home@example.cn") == merged
            assert tx.tickets.merged_customers(77) == (78,) and tx.tickets.merged_customers(78) == ()
            tx.tickets.save_customer(replace(merged, phone="139 8765 4321", company="安可"))
        with store.write() as tx:
            assert tx.tickets.customer(77) == replace(at_work, phone="139 8765 4321", company="安可")
            tx.tickets.merge_customer(78, 0)
        with store.read() as tx:
            assert tx.tickets.customer(78) == at_home

    def test_tickets_of_all_addresses_count(self, store: SqlStore) -> None:
        """The customer's and each other address's, from whichever of them one asks."""
        tickets = file_tickets(store, 4)
        owners = [each + 1 for each in tickets]
        with store.write() as tx:
            for each in owners[1:3]:
                tx.tickets.merge_customer(each, owners[0])
        with store.read() as tx:
            find = tx.tickets
            assert [find.open_count(each) for each in owners] == [3, 3, 3, 1]
            assert [find.newest_open(each, tickets[2]) for each in owners[:3]] == [tickets[1]] * 3
            assert [tx.outbox.sent_to_customer(each, minutes(-99), minutes(-99))[0] for each in owners] == [3, 3, 3, 1]
            keys = [f"customer{each}@example.cn" for each in tickets]
            assert [find.belongs(tickets[1], key) for key in keys] == [True, True, True, False]

    def test_the_queue_shows_the_level_of_the_one_he_is(self, store: SqlStore) -> None:
        """A merged customer's tickets stand there as VIP when he is one; the name stays with the address."""
        first, second = file_tickets(store, 2)
        with store.write() as tx:
            tx.tickets.save_customer(a_customer(first + 1, f"customer{first}@example.cn", level="VIP"))
            tx.tickets.merge_customer(second + 1, first + 1)
        with store.read() as tx:
            assert [row.level for row in tx.views.queue(QueueFilter(), "", 50).rows] == ["VIP", "VIP"]

    def test_key_dates_are_found_by_their_day(self, store: SqlStore) -> None:
        """One customer's stand with him under whichever address, all of them are set at once, and a day is read a page
        at a time."""
        tickets = file_tickets(store, 3)
        first, second, third = (each + 1 for each in tickets)
        birthday, shop = KeyDate(name="birthday", month=2, day=29, year=1988), KeyDate(name="店庆", month=2, day=28)
        with store.write() as tx:
            tx.key_dates.set(first, (birthday,))
            tx.key_dates.set(second, (shop,))
            tx.key_dates.set(third, (shop,))
            tx.key_dates.set(third, (birthday, shop))
            tx.tickets.merge_customer(second, first)
        with store.read() as tx:
            assert tx.key_dates.of_customer(first) == tx.key_dates.of_customer(second) == (shop, birthday)
            every = tx.key_dates.on(date(2026, 2, 28), 0, 9)
            assert {(customer, one.name) for _, customer, one in every} == {
                (first, "birthday"), (second, "店庆"), (third, "birthday"), (third, "店庆"),
            }  # fmt: skip
            page = tx.key_dates.on(date(2026, 2, 28), every[0][0], 2)
            assert page == every[1:3] and tx.key_dates.on(date(2028, 2, 29), 0, 9) == tuple(
                each for each in every if each[2].name == "birthday"
            )
        new = KeyDate(name="年会", month=3, day=1)
        with store.write() as tx:
            tx.key_dates.set(first, (birthday, new, shop))
            tx.key_dates.set(first, (new, shop))
            tx.tickets.merge_customer(second, 0)
            parted = [tx.key_dates.of_customer(one) for one in (first, second)]
            assert parted == [(new,), (shop,)], "parted again, each has his own"
            tx.tickets.merge_customer(second, first)
            tx.key_dates.set(second, ())
            assert tx.key_dates.of_customer(first) == ()
            tx.erasures.empty_tickets([tickets[2]])
            tx.erasures.forget(tx.erasures.key_of(f"customer{tickets[2]}@example.cn"))
            assert tx.key_dates.on(date(2026, 2, 28), 0, 9) == () and tx.tickets.customer(third) is None
