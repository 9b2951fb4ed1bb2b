"""The contract of transactions: whole or nothing, one writer at a time, changes seen by others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.domain.errors import Conflict, KeyRingProblem, StoreUnavailable
from core.domain.filing import Filing, Reference, ReferenceKind, Verdict, VerdictKind
from core.domain.keys import KeyRing
from core.domain.ticket import Ticket
from store.open import SqlStore, open_store
from tests.fakes.fixed_clock import FixedClock
from tests.unit.store.values import (
    NOW,
    WORKER,
    a_filing,
    a_message,
    a_raw_mail,
    a_ticket,
    file_tickets,
    keep_and_claim,
    minutes,
)


def at_once(count: int, work: Callable[[int], object]) -> None:
    """Runs ``work`` in so many threads that start together; the first error is raised here."""
    together, errors = threading.Barrier(count), []

    def run(place: int) -> None:
        try:
            together.wait(30)
            work(place)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


def a_joining(ledger_id: int, id_: int, ticket: Ticket | None) -> Filing:
    """A mail that joins that ticket."""
    assert ticket is not None
    return Filing(
        ledger_id=ledger_id,
        claim=WORKER,
        verdict=Verdict(kind=VerdictKind.JOINED, ticket_id=ticket.id, because="reply: named Message-ID"),
        changed=ticket,
        message=a_message(id_, ticket.id, ledger_id=ledger_id),
    )


class TestTransactions:
    def test_an_exception_rolls_everything_back(self, store: SqlStore) -> None:
        """Nothing of a transaction that failed is there; what failed is raised as it was."""
        with pytest.raises(ZeroDivisionError), store.write() as tx:  # noqa: PT012  the failure must come last
            tx.ledger.keep([a_raw_mail(1)], NOW, old_before_uid=0, after="seen")
            assert 1 / (tx.tickets.next_serial("s") - 1)
        with store.write() as tx:
            assert tx.ledger.known_uids("support", "INBOX", 7, [1]) == frozenset()
            assert tx.tickets.next_serial("s") == 1

    def test_a_reader_cannot_write(self, store: SqlStore) -> None:
        """Writing in a reading transaction is an error."""
        with store.read() as tx, pytest.raises(RuntimeError):
            tx.tickets.next_serial("s")

    def test_a_transaction_is_not_used_after_its_end(self, store: SqlStore) -> None:
        """A repository that outlived its transaction says so."""
        with store.read() as tx:
            tx.views.totals()
        with pytest.raises(RuntimeError):
            tx.views.totals()

    def test_a_reader_sees_one_moment(self, store: SqlStore) -> None:
        """What is committed while a reader reads is not seen by it."""
        with store.read() as tx:
            assert tx.views.totals()["mails"] == 0
            keep_and_claim(store, [1])
            assert tx.views.totals()["mails"] == 0
        with store.read() as tx:
            assert tx.views.totals()["mails"] == 1

    def test_commits_of_others_are_noticed(self, store: SqlStore, other_store: SqlStore) -> None:
        """The number changes when another process committed, and only then."""
        seen = store.changes()
        with other_store.read() as tx:
            tx.views.totals()
        with other_store.write() as tx:
            tx.ledger.claim(WORKER, 5)
        assert store.changes() == seen
        keep_and_claim(other_store, [1])
        # PostgreSQL tells of a commit a moment after it.
        began = time.monotonic()
        while store.changes() == seen and time.monotonic() < began + 5:
            time.sleep(0.01)
        assert store.changes() != seen
        assert store.changes() == store.changes()


class TestRaces:
    def test_four_workers_claim_each_mail_once(self, store: SqlStore) -> None:
        """Whatever the order, no mail is held by two."""
        with store.write() as tx:
            ids = tx.ledger.keep([a_raw_mail(uid) for uid in range(1, 81)], NOW, old_before_uid=0, after="seen")
        taken: list[int] = []

        def work(place: int) -> None:
            while True:
                with store.write() as tx:
                    mine = tx.ledger.claim(place + 1, 3)
                if not mine:
                    return
                taken.extend(entry.id for entry in mine)

        at_once(4, work)
        assert sorted(taken) == sorted(ids)

    def test_four_workers_claim_each_letter_once(self, store: SqlStore) -> None:
        """Each letter goes to one worker, and of a ticket only one is on its way."""
        tickets = file_tickets(store, 40)
        taken: list[int] = []

        def work(place: int) -> None:
            while True:
                with store.write() as tx:
                    mine = tx.outbox.claim(place + 1, minutes(1), 3)
                if not mine:
                    return
                taken.extend(each.intent.ticket_id for each in mine)

        at_once(4, work)
        assert sorted(taken) == sorted(tickets)

    def test_serials_have_no_gap_under_four_threads(self, store: SqlStore) -> None:
        """Serials are given once each, also when every third transaction is rolled back."""
        given: list[int] = []

        def work(place: int) -> None:
            for turn in range(12):
                try:
                    with store.write() as tx:
                        tx.tickets.lock_series("20260305")
                        serial = tx.tickets.next_serial("20260305")
                        if (turn + place) % 3 == 0:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    continue
                given.append(serial)

        at_once(4, work)
        assert sorted(given) == list(range(1, 33))

    def test_root_and_reply_at_once_become_one_ticket(self, store: SqlStore) -> None:
        """Looking up behind the series' lock, whoever comes second finds the ticket of the first."""
        pairs = 20
        mails = keep_and_claim(store, range(1, 2 * pairs + 1))

        def file(place: int) -> None:
            id_, root = 1000 * (place + 1), Reference(message_id=f"root{place // 2}@x", kind=ReferenceKind.NAMES)
            with store.write() as tx:
                tx.tickets.lock_series("s")
                found = tx.tickets.by_references([root.message_id])
                if found:
                    tx.tickets.file([a_joining(mails[place], id_, tx.tickets.get(found[0][1]))], NOW)
                else:
                    number = f"s{tx.tickets.next_serial('s'):03d}"
                    new = a_ticket(id_, customer_id=id_ + 1, number=number)
                    tx.tickets.file([a_filing(mails[place], id_, ticket=new, references=(root,))], NOW)

        def work(thread: int) -> None:
            for place in range(thread, 2 * pairs, 4):
                file(place)

        at_once(4, work)
        with store.read() as tx:
            totals = tx.views.totals()
            assert tx.tickets.by_number(f"s{pairs:03d}") is not None
        assert (totals["tickets"], totals["joined"]) == (pairs, pairs)

    def test_of_two_changes_to_one_ticket_one_conflicts(self, store: SqlStore) -> None:
        """Both began from the same version; exactly one wins."""
        (ticket_id,) = file_tickets(store, 1)
        with store.read() as tx:
            ticket = tx.tickets.get(ticket_id)
        assert ticket is not None
        outcomes: list[str] = []

        def work(place: int) -> None:
            try:
                with store.write() as tx:
                    tx.tickets.update(replace(ticket, assignee=f"agent{place}"))
            except Conflict:
                outcomes.append("conflict")
            else:
                outcomes.append("won")

        at_once(4, work)
        assert sorted(outcomes) == ["conflict", "conflict", "conflict", "won"]

    def test_one_of_four_gets_the_lease(self, store: SqlStore) -> None:
        """Asked at once, a lease goes to one living worker."""
        with store.write() as tx:
            workers = [tx.workers.register("host", pid, 1.0) for pid in range(4)]
        got: list[bool] = []

        def work(place: int) -> None:
            with store.write() as tx:
                got.append(tx.workers.lease("tick", workers[place].id, 60))

        at_once(4, work)
        assert sorted(got) == [False, False, False, True]


class TestOpening:
    def test_another_key_ring_is_refused(self, url: str, keys: KeyRing, clock: FixedClock) -> None:
        """The first ring is remembered; a ring with another index key cannot open the database."""
        open_store(url, keys, clock).close()
        open_store(url, keys, clock).close()
        with pytest.raises(KeyRingProblem):
            open_store(url, replace(keys, index=b"x" * 32), clock)

    def test_a_new_data_key_writes_and_the_old_one_reads(self, url: str, keys: KeyRing, clock: FixedClock) -> None:
        """Rotating the data key loses nothing; a ring without the old key says which one is missing."""
        store = open_store(url, keys, clock)
        (old,) = keep_and_claim(store, [1])
        store.close()
        clock.advance(seconds=1)
        store = open_store(url, replace(keys, data={**keys.data, 2: b"n" * 32}), clock)
        (new,) = keep_and_claim(store, [2])
        with store.read() as tx:
            assert tx.ledger.raw(old) == a_raw_mail(1).data
            assert tx.ledger.raw(new) == a_raw_mail(2).data
        store.close()
        store = open_store(url, keys, clock)
        with store.read() as tx, pytest.raises(KeyRingProblem, match="data key 2"):
            tx.ledger.raw(new)
        store.close()

    def test_an_empty_database_asks_for_migrate(self, empty_url: str, keys: KeyRing, clock: FixedClock) -> None:
        """A database without a schema cannot be opened, and the hint says what to do."""
        with pytest.raises(StoreUnavailable) as refused:
            open_store(empty_url, keys, clock)
        assert refused.value.hint == "huiying migrate"
