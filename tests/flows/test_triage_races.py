"""Races and repetitions at the heart of filing: twins in one batch, and a worker that was thought dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.keys import KeyRing
from core.domain.ledger import Stage
from core.domain.mail import ParsedOrNot
from core.domain.suggestion import MessageText, Suggestion
from huiying.flows.triage import triage
from ingest.workers import InProcessParser
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.failing import FailingSuggester
from tests.fakes.fixed_clock import FixedClock


class CountingSuggester(FailingSuggester):
    """Counts the texts that it is asked about."""

    texts = 0

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        self.texts += len(messages)
        return super().suggest(messages)


def test_twins_without_message_id_in_one_batch_are_one_ticket(office: Office) -> None:
    """The same mail delivered twice under one claim is a copy, also when it has no Message-ID."""
    ids = office.keep(a_mail(mid=""), a_mail(mid="", headers=["X-Delivered-Twice: yes"]))
    office.work()
    assert office.totals()["tickets"] == 1 and len(office.letters()) == 1
    assert office.row(ids[1]).verdict.startswith("copy")


def test_a_reply_in_the_batch_of_its_root_is_understood_once(office: Office) -> None:
    """It waits until the root is filed: what would be found out before that would not count."""
    asked = CountingSuggester(office.ctx.suggester())
    root, reply = office.keep(
        a_mail(mid="root@c1.cn"), a_mail(mid="reply@c1.cn", headers=["In-Reply-To: <root@c1.cn>"])
    )
    triage(replace(office.ctx, suggester=lambda: asked))
    assert office.row(root).verdict.startswith("new") and office.row(reply).verdict.startswith("reply")
    assert asked.texts == 1  # a reply to an open ticket is asked about by no model


def test_a_worker_thought_dead_takes_nothing_from_its_heir(
    office: Office, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """A frozen worker that wakes after its mail was taken over neither files it nor frees the new owner's claim."""
    heir = worker_context(sqlite_store, keys, clock, pid=2)
    [ledger_id] = office.keep(a_mail())

    class Frozen(InProcessParser):
        """While this worker parses, another finds it dead and claims its mail."""

        def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]:
            with heir.store.write() as tx:
                tx.workers.bury(office.ctx.worker)
                [taken] = tx.ledger.claim(heir.worker, 1)
            assert taken.id == ledger_id
            return office.ctx.parser.parse(batch)

    triage(replace(office.ctx, parser=Frozen()))
    assert office.totals()["tickets"] == 0
    with heir.store.write() as tx:
        assert tx.ledger.claim(office.ctx.worker, 1) == ()
        entry = tx.ledger.entry(ledger_id)
    assert entry is not None and (entry.stage, entry.attempts) == (Stage.KEPT, 2)
