"""The contract of workers and leases."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from core.domain.errors import Unavailable
from core.domain.ids import IdMaker
from huiying.app.clock import now
from store.open import SqlStore
from store.workers import node_in_turn
from tests.unit.store.values import NOW, a_raw_mail


class TestWorkers:
    def test_living_workers_share_no_node(self, store: SqlStore) -> None:
        """Each has its node; that of a dead one is not given to the very next."""
        with store.write() as tx:
            first = tx.workers.register("host", 1, 1.5)
            second = tx.workers.register("host", 2, 2.5)
            tx.workers.bury(first.id)
            third = tx.workers.register("host", 3, 3.5)
        assert len({first.node, second.node, third.node}) == 3
        assert first.id not in (second.id, third.id)

    def test_silence_is_told_by_the_databases_clock(self, store: SqlStore) -> None:
        """The test's clock stands years away; a worker that just beat is silent for less than a few seconds."""
        with store.write() as tx:
            me = tx.workers.register("host", 1, 1.5)
            other = tx.workers.register("elsewhere", 2, 2.5)
            tx.workers.beat(other.id)
        with store.read() as tx:
            (seen,) = tx.workers.others(me.id)
        assert (seen.id, seen.node, seen.host, seen.pid, seen.started) == (other.id, other.node, "elsewhere", 2, 2.5)
        assert 0 <= seen.seconds_silent < 30
        time.sleep(0.005)  # SQLite's clock has milliseconds
        with store.write() as tx:
            assert tx.workers.beat(other.id)
            (again,) = tx.workers.others(me.id)
        assert again.seen is not None and seen.seen is not None and again.seen > seen.seen

    def test_burying_frees_claims_and_leases(self, store: SqlStore) -> None:
        """What a dead worker held is there for the others at once."""
        with store.write() as tx:
            dead = tx.workers.register("host", 1, 1.0)
            alive = tx.workers.register("host", 2, 1.0)
            tx.ledger.keep([a_raw_mail(1), a_raw_mail(2)], NOW, old_before_uid=0, after="seen")
            assert len(tx.ledger.claim(dead.id, 10)) == 2
            assert tx.workers.lease("mailbox:support", dead.id, 60)
        with store.write() as tx:
            assert not tx.workers.lease("mailbox:support", alive.id, 60)
            assert tx.workers.bury(dead.id) == 2
            assert tx.workers.bury(dead.id) == 0
            assert tx.workers.lease("mailbox:support", alive.id, 60)
            assert len(tx.ledger.claim(alive.id, 10)) == 1
            assert tx.workers.others(alive.id) == ()

    def test_a_lease_has_one_holder_until_it_ends(self, store: SqlStore) -> None:
        """The holder renews it; another takes it when it has run out or its holder is no worker any more."""
        with store.write() as tx:
            one = tx.workers.register("host", 1, 1.0)
            two = tx.workers.register("host", 2, 1.0)
            assert tx.workers.lease("tick", one.id, 60)
            assert tx.workers.lease("tick", one.id, 60)
            assert not tx.workers.lease("tick", two.id, 60)
            assert tx.workers.lease("other", two.id, -1)
            assert tx.workers.lease("other", one.id, 60)
            assert tx.workers.lease("gone", 12345, 60)
            assert tx.workers.lease("gone", two.id, 60)

    def test_a_mailbox_reports_its_state(self, store: SqlStore) -> None:
        """The last report counts, with its age."""
        with store.write() as tx:
            tx.workers.report("support", "connecting")
            tx.workers.report("support", "idle")
            tx.workers.report("sales", "error:login")
        with store.read() as tx:
            mailboxes = tx.views.health().mailboxes
        assert [(name, state) for name, state, _ in mailboxes] == [("sales", "error:login"), ("support", "idle")]
        assert all(0 <= age < 30 for *_, age in mailboxes)

    def test_the_end_of_an_outgoing_certificate_is_kept(self, store: SqlStore) -> None:
        """The last word counts, of each mailbox; what is known no more is gone."""
        until = now() + timedelta(days=9)
        with store.write() as tx:
            for mailbox, end in (("support", until), ("sales", now()), ("sales", until), ("a_b", until), ("a_b", None)):
                tx.workers.certificate_out(mailbox, end)
        with store.read() as tx:
            outgoing = tx.views.health().outgoing
        assert [name for name, _ in outgoing] == ["sales", "support"]
        assert all(abs(left - 9 * 86_400) < 60 for _, left in outgoing)

    def test_a_store_takes_the_ids_of_its_worker(self, store: SqlStore) -> None:
        """After registration the rows that the store makes carry the worker's node."""
        with store.write() as tx:
            worker = tx.workers.register("host", 1, 1.0)
        store.ids = IdMaker(worker.node, lambda: NOW)
        with store.write() as tx:
            (id_,) = tx.ledger.keep([a_raw_mail(1)], NOW, old_before_uid=0, after="seen")
        assert (id_ >> 12) & 1023 == worker.node


def test_nodes_come_round() -> None:
    """After the last node the first free one is given again; when none is free that is said."""
    assert node_in_turn(0, {1, 2}) == 3
    assert node_in_turn(5, {1, 2}) == 6
    assert node_in_turn(511, {1, 2}) == 3
    assert node_in_turn(3, set(range(1, 512)) - {3}) == 3
    with pytest.raises(Unavailable):
        node_in_turn(0, range(1, 512))
