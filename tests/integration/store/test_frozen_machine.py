"""A machine that freezes within a transaction on PostgreSQL: whoever buries it ends its connections."""

from __future__ import annotations

import pytest

from core.domain.errors import Unavailable
from core.domain.keys import KeyRing
from store.open import SqlStore, open_store
from store.workers import session_name
from tests.fakes.fixed_clock import FixedClock
from tests.unit.store.values import NOW, a_raw_mail

pytestmark = pytest.mark.postgres
WHO = ("frozen-host", 7, 1.5)


def freeze_and_wake(frozen: SqlStore, store: SqlStore, dead: int) -> None:
    """One is in the middle of a transaction while the other buries it; then it wants to commit."""
    with frozen.write() as half_done:
        half_done.ledger.release(dead)
        with store.write() as tx:
            assert tx.workers.bury(dead) == 1


def test_its_locks_are_gone_once_it_is_buried(store: SqlStore, pg_url: str, keys: KeyRing, clock: FixedClock) -> None:
    """Its claims are free at once, not only when its transaction would have timed out; when it wakes it finds its
    transaction lost and works on with new connections."""
    frozen = open_store(pg_url, keys, clock, session=session_name(*WHO))
    try:
        with store.write() as tx:
            dead, alive = tx.workers.register(*WHO), tx.workers.register("host", 8, 1.5)
            tx.ledger.keep([a_raw_mail(1)], NOW, old_before_uid=0, after="seen")
        with frozen.write() as tx:
            assert len(tx.ledger.claim(dead.id, 10)) == 1
        with pytest.raises(Unavailable):
            freeze_and_wake(frozen, store, dead.id)
        with store.write() as tx:
            assert len(tx.ledger.claim(alive.id, 10)) == 1
        with frozen.write() as tx:
            assert not tx.workers.beat(dead.id)
    finally:
        frozen.close()


def test_the_connections_of_others_stay(store: SqlStore, pg_url: str, keys: KeyRing, clock: FixedClock) -> None:
    """A process of another start time, on the same host with the same pid, is somebody else."""
    other = open_store(pg_url, keys, clock, session=session_name("frozen-host", 7, 2.5))
    try:
        with store.write() as tx:
            dead = tx.workers.register(*WHO)
        with other.read() as reading:
            with store.write() as tx:
                tx.workers.bury(dead.id)
            assert reading.workers.others(0) is not None
    finally:
        other.close()
