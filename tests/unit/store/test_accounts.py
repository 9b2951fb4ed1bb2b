"""The contract of what outgoing accounts let out."""

from __future__ import annotations

import threading
from datetime import timedelta

from sqlalchemy import select

from core.domain.letter import SendLimit
from store.open import SqlStore
from store.tables import account_second
from tests.unit.store.values import NOW

LIMIT = SendLimit(account="a1", per_minute=10)


class TestAccounts:
    def test_a_minute_lets_out_so_many(self, store: SqlStore) -> None:
        """Any minute, not that of the clock; what left earlier counts no more. Accounts do not count for each other."""
        with store.write() as tx:
            assert tx.accounts.room(LIMIT, NOW) == 10
            tx.accounts.note("a1", 4, NOW)
            tx.accounts.note("a1", 3, NOW)
        later = NOW + timedelta(seconds=40)
        with store.write() as tx:
            assert tx.accounts.room(LIMIT, later) == 3
            assert tx.accounts.room(SendLimit(account="b2", per_minute=5), later) == 5
            tx.accounts.note("a1", 3, later)
        seconds = {0: 0, 19: 0, 20: 7, 59: 7, 60: 10}
        with store.write() as tx:
            assert {after: tx.accounts.room(LIMIT, later + timedelta(seconds=after)) for after in seconds} == seconds

    def test_no_more_rows_stay_than_a_minute_has_seconds(self, store: SqlStore) -> None:
        """However long letters leave."""
        for second in range(0, 300, 3):
            with store.write() as tx:
                tx.accounts.room(LIMIT, NOW + timedelta(seconds=second))
                tx.accounts.note("a1", 1, NOW + timedelta(seconds=second))
        with store.read() as tx:
            assert len(tx.accounts._unit.rows(select(account_second))) == 21

    def test_two_processes_never_send_more_together(self, store: SqlStore) -> None:
        """Each looks and notes in one transaction; the other waits for it and sees what it sent."""
        begin, sent = threading.Barrier(4), []

        def send() -> None:
            begin.wait()
            for _ in range(5):
                with store.write() as tx:
                    if tx.accounts.room(LIMIT, NOW) > 0:
                        tx.accounts.note("a1", 1, NOW)
                        sent.append(1)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(sent) == 10
