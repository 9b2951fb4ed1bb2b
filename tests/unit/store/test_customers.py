"""Customers that are saved by themselves, on both databases where the integration tests run this class."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.domain.errors import Conflict
from store.open import SqlStore
from store.tables import customer
from tests.unit.store.values import a_customer


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
