"""Behind a lock PostgreSQL shows what others wrote until then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from huiying.flows.ports import Transaction
from store.open import SqlStore
from tests.unit.store.values import file_tickets

pytestmark = pytest.mark.postgres

LOCKS: dict[str, Callable[[Transaction, int], object]] = {
    "series": lambda tx, _: tx.tickets.lock_series("20260305"),
    "ticket": lambda tx, of: tx.tickets.hold([of]),
    "customer": lambda tx, of: tx.tickets.hold_customers([of]),
}


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_a_ticket_is_read_again_behind_a_lock(
    store: SqlStore, other_store: SqlStore, lock: Callable[[Transaction, int], object]
) -> None:
    """Whoever had the lock before may have changed what was read already."""
    (ticket_id,) = file_tickets(store, 1)
    with store.write() as tx:
        ticket = tx.tickets.get(ticket_id)
        assert ticket is not None
        with other_store.write() as other:
            other.tickets.update(replace(ticket, subject="其间"))
        lock(tx, ticket_id)
        now = tx.tickets.get(ticket_id)
        assert now is not None and now.subject == "其间"
