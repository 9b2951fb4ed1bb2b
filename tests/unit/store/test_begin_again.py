"""A worker that lost the database, or died, blames neither mails nor letters that were only beside it."""

from __future__ import annotations

from store.open import SqlStore
from tests.unit.store.values import NOW, WORKER, a_raw_mail, file_tickets


def claim(store: SqlStore, worker: int = WORKER, limit: int = 10) -> list[tuple[int, int]]:
    with store.write() as tx:
        return [(each.intent.id, each.attempts) for each in tx.outbox.claim(worker, NOW, limit)]


def test_a_worker_that_begins_again_blames_no_mail(store: SqlStore) -> None:
    """After the database was gone a worker gives back what it held, with the attempts; others keep theirs."""
    with store.write() as tx:
        first, _ = tx.ledger.keep([a_raw_mail(1), a_raw_mail(2)], NOW, old_before_uid=0, after="seen")
    with store.write() as tx:
        tx.ledger.claim(WORKER, 1)
        tx.ledger.claim(WORKER + 1, 1)
    with store.write() as tx:
        assert tx.ledger.release(WORKER) == 1
        [again] = tx.ledger.claim(WORKER, 10)
    assert (again.id, again.attempts) == (first, 1)


def test_a_worker_that_begins_again_blames_no_letter(store: SqlStore) -> None:
    """The same for letters."""
    file_tickets(store, 2)
    held = claim(store)
    with store.write() as tx:
        assert tx.outbox.release(WORKER) == 2
    assert claim(store) == held
    assert {attempts for _, attempts in held} == {1}


def test_a_letter_that_may_kill_its_composer_is_tried_alone(store: SqlStore) -> None:
    """Letters claimed before a death and never composed come one by one, so that one of them blames no other."""
    first, second, third = (ticket + 5 for ticket in file_tickets(store, 3))
    claim(store, limit=2)
    with store.write() as tx:
        tx.workers.bury(WORKER)
    found = [[one for one, _ in claim(store, WORKER + 1)] for _ in range(4)]
    assert found == [[first], [second], [third], []]
