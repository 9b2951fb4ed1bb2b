"""Customers as the store knows them. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from core.domain.ticket import Customer, Ticket


class KnownCustomers(Protocol):
    """Each address is a row of its own; a merged one reads as the customer whose other address it is."""

    def customer_by_address(self, address_key: str) -> Customer | None: ...

    def customers_by_phone(self, phone: str) -> tuple[Customer, ...]:
        """Those who have that number, however it was written; a bounded number."""
        ...

    def has_old_phones(self) -> bool:
        """Whether numbers of an older schema are there that nobody is found by."""
        ...

    def key_phones(self, limit: int) -> int:
        """Makes some of them such that somebody is; how many."""
        ...

    def customer(self, customer_id: int) -> Customer | None: ...

    def customers_after(self, customer_id: int, limit: int, levels: Collection[str] = ()) -> tuple[Customer, ...]:
        """The next by their ids; of one of the ``levels`` alone, however many others there are: by index."""
        ...

    def save_customer(self, customer: Customer) -> None:
        """Inserts or changes a customer; what is known of one that is merged stands with the one whose other address he
        is. ``Conflict`` when another one has that address."""
        ...

    def hold_customers(self, ids: Collection[int]) -> None:
        """Nobody else merges these customers until the transaction is over."""
        ...

    def merged_customers(self, customer_id: int) -> tuple[int, ...]:
        """The ids of his other addresses: customers that are merged into this one."""
        ...

    def has_merges(self) -> bool:
        """Whether any customer has other addresses."""
        ...

    def merge_customer(self, customer_id: int, into: int) -> None:
        """Makes the one an other address of ``into``, or of nobody for 0; nothing else changes."""
        ...

    def open_count(self, customer_id: int) -> int:
        """Open tickets of that customer, at most ``MOST_COUNTED``."""
        ...

    def count_since(self, customer_id: int, since: datetime) -> int:
        """The customer's tickets since then, imported cases too; at most a hundred are counted."""
        ...

    def newest_ticket(self, customer_id: int) -> Ticket | None:
        """The customer's newest ticket, an imported case too, that is neither merged nor invalid."""
        ...

    def newest_open(self, customer_id: int, but: int) -> int:
        """The customer's newest ticket that is not over, another one than ``but``; 0 without one."""
        ...
