"""Races and repetitions at the heart of filing: twins in one batch, and a worker that was thought dead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from core.domain.errors import StoreUnavailable
from core.domain.keys import KeyRing
from core.domain.ledger import Stage
from core.domain.mail import ParsedOrNot
from huiying.flows.triage import BATCH, triage
from ingest.workers import InProcessParser
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock


def test_twins_without_message_id_in_one_batch_are_one_ticket(office: Office) -> None:
    """The same mail delivered twice under one claim is a copy, also when it has no Message-ID."""
    ids = office.keep(a_mail(mid=""), a_mail(mid="", headers=["X-Delivered-Twice: yes"]))
    office.work()
    assert office.totals()["tickets"] == 1 and len(office.letters()) == 1
    assert office.row(ids[1]).verdict.startswith("copy")


def test_a_worker_thought_dead_takes_nothing_from_its_heir(
    office: Office, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """A frozen worker that wakes after its mail was taken over neither files it nor frees the new owner's claim."""
    heir = worker_context(sqlite_store, keys, clock, pid=2)
    [ledger_id] = office.keep(a_mail())

    class Frozen(InProcessParser):
        """While this worker parses, another finds it dead and claims its mail."""

        def begin(self, batch: Sequence[bytes]) -> Callable[[], tuple[ParsedOrNot, ...]]:
            with heir.store.write() as tx:
                tx.workers.bury(office.ctx.worker)
                [taken] = tx.ledger.claim(heir.worker, 1)
            assert taken.id == ledger_id
            return office.ctx.parser.begin(batch)

    triage(replace(office.ctx, parser=Frozen()))
    assert office.totals()["tickets"] == 0
    with heir.store.write() as tx:
        assert tx.ledger.claim(office.ctx.worker, 1) == ()
        entry = tx.ledger.entry(ledger_id)
    assert entry is not None and (entry.stage, entry.attempts) == (Stage.KEPT, 2)


class Noting(InProcessParser):
    """Tells in which order batches are begun and asked for; the database is gone at the ``broken`` one."""

    def __init__(self, broken: int = 0) -> None:
        super().__init__()
        self.told: list[str] = []
        self._broken = broken

    def begin(self, batch: Sequence[bytes]) -> Callable[[], tuple[ParsedOrNot, ...]]:
        number = 1 + sum(word.startswith("begin") for word in self.told)
        self.told.append(f"begin {number}")

        def answers() -> tuple[ParsedOrNot, ...]:
            self.told.append(f"ask {number}")
            if number == self._broken:
                raise StoreUnavailable
            return self.parse(batch)

        return answers


def test_the_next_batch_is_parsed_while_one_is_filed(office: Office) -> None:
    """It is begun before the answers of the one in hand are asked for; at most two are in hand, and a limit holds."""
    parser = Noting()
    office.keep(*(a_mail(mid=f"m{n}@example.cn") for n in range(2 * BATCH + 5)))
    assert triage(replace(office.ctx, parser=parser), BATCH + 3) == BATCH + 3
    assert parser.told == ["begin 1", "begin 2", "ask 1", "ask 2"]
    assert triage(replace(office.ctx, parser=parser)) == BATCH + 2
    assert office.totals()["tickets"] == 2 * BATCH + 5


def test_both_batches_in_hand_are_given_back_without_blame(office: Office) -> None:
    """When the database goes away in the middle of one, the mails of the next are free again, too."""
    kept = office.keep(*(a_mail(mid=f"m{n}@example.cn") for n in range(2 * BATCH)))
    with pytest.raises(StoreUnavailable):
        triage(replace(office.ctx, parser=Noting(broken=1)))
    office.work()
    assert {(office.row(one).stage, office.row(one).claims) for one in kept} == {("filed", 1)}


def test_a_heavy_batch_is_alone_in_hand(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two batches of large mails would not fit beside each other."""
    monkeypatch.setattr("huiying.flows.triage.MOST_BYTES", 1_000)
    parser = Noting()
    office.keep(*(a_mail(mid=f"m{n}@example.cn") for n in range(BATCH + 1)))
    assert triage(replace(office.ctx, parser=parser)) == BATCH
    assert parser.told == ["begin 1", "ask 1"]
