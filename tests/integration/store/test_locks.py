"""Behind a lock PostgreSQL shows what others wrote until then."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from core.domain.errors import OriginalGone
from core.domain.ledger import Stage
from huiying.flows.ports import Transaction
from store.open import SqlStore
from store.retention import SqlRetention
from tests.unit.store.values import NOW, a_raw_mail, file_tickets, minutes

pytestmark = pytest.mark.postgres

LOCKS: dict[str, Callable[[Transaction, int], object]] = {
    "series": lambda tx, _: tx.tickets.lock_series("20260305"),
    "ticket": lambda tx, of: tx.tickets.hold([of]),
    "customer": lambda tx, of: tx.tickets.hold_customers([of]),
}


def an_old_mail(store: SqlStore) -> int:
    with store.write() as tx:
        [id_] = tx.ledger.keep([a_raw_mail(1)], NOW, old_before_uid=0, after="nothing")
        tx.ledger.set_stage(id_, Stage.FILED, "")
    return id_


def test_a_mail_that_is_needed_again_meanwhile_is_not_removed(
    store: SqlStore, other_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was found old enough, and before it went somebody put it back into the queue."""
    id_ = an_old_mail(store)
    found = SqlRetention._found

    def requeued_then(self: SqlRetention, *given: Any) -> Any:
        result = found(self, *given)
        with other_store.write() as other:
            other.ledger.requeue(id_, NOW)
        return result

    monkeypatch.setattr(SqlRetention, "_found", requeued_then)
    with store.write() as tx:
        assert tx.retention.mails(minutes(60), 0, minutes(60)).removed == 0
    with store.read() as tx:
        assert tx.ledger.raw(id_) and tx.retention.removed(id_) is None


def test_a_mail_that_is_being_removed_is_not_put_back(store: SqlStore, other_store: SqlStore) -> None:
    """Who wants it again waits, and hears that it is gone."""
    id_ = an_old_mail(store)

    def requeue() -> None:
        with other_store.write() as other:
            other.ledger.requeue(id_, NOW)

    with ThreadPoolExecutor(1) as pool:
        with store.write() as tx:
            assert tx.retention.mails(minutes(60), 0, minutes(60)).removed == 1
            asked = pool.submit(requeue)
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not asked.done() and not tx._unit.value(waiting):
                pass
        with pytest.raises(OriginalGone):
            asked.result(timeout=20)


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
