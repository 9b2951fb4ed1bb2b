"""The contract of filing: everything of a mail in one transaction, or nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.errors import Conflict
from core.domain.filing import Filing, Reference, ReferenceKind, Verdict, VerdictKind
from core.domain.ledger import Stage
from core.domain.ticket import State
from store.open import SqlStore
from tests.unit.store.values import (
    NOW,
    WORKER,
    a_customer,
    a_decision,
    a_filing,
    a_message,
    a_promise,
    a_ticket,
    file_tickets,
    keep_and_claim,
    minutes,
)


def a_reply(store: SqlStore, ticket_id: int, id_: int = 5000, **changed: Any) -> Filing:
    """A claimed mail that joins a ticket."""
    (ledger_id,) = keep_and_claim(store, [id_])
    with store.read() as tx:
        ticket = tx.tickets.get(ticket_id)
    assert ticket is not None
    given: dict[str, Any] = {
        "verdict": Verdict(kind=VerdictKind.JOINED, ticket_id=ticket_id, because="reply: our Message-ID"),
        "customer": None,
        "ticket": None,
        "changed": replace(ticket, state=State.OPEN),
        "message": a_message(id_, ticket_id, ledger_id=ledger_id, reply="还是不行", at=minutes(5)),
        "decision": None,
        "promises": (),
        "letters": (),
        "references": (Reference(message_id=f"m{id_}@example.cn", kind=ReferenceKind.IS),),
        "audit": (),
    }
    return a_filing(ledger_id, id_, **given | changed)


class TestFiling:
    def test_everything_of_a_mail_comes_back_equal(self, store: SqlStore) -> None:
        """Ticket, customer, message, decision and promises are read back as they were filed."""
        (ledger_id,) = keep_and_claim(store, [1])
        filing = a_filing(ledger_id, 100)
        assert filing.ticket is not None
        assert filing.customer is not None
        assert filing.message is not None
        with store.write() as tx:
            tx.tickets.file([filing], NOW)
        with store.read() as tx:
            assert tx.tickets.get(100) == replace(filing.ticket, next_due=minutes(15), next_clock="first_response")
            assert tx.tickets.by_number(filing.ticket.number) == tx.tickets.get(100)
            assert tx.tickets.customer(101) == filing.customer
            assert tx.tickets.customer_by_address("customer100@example.cn") == filing.customer
            assert tx.tickets.message(102) == filing.message
            assert tx.tickets.first_message(100) == filing.message
            assert tx.tickets.decision_for(102) == filing.decision
            assert tx.promises.of_ticket(100) == filing.promises

    def test_what_is_not_there_is_none(self, store: SqlStore) -> None:
        """Look-ups of unknown things find nothing and raise nothing."""
        with store.read() as tx:
            found = (
                tx.tickets.get(1),
                tx.tickets.by_number("x"),
                tx.tickets.customer(1),
                tx.tickets.customer_by_address("a@b"),
                tx.tickets.message(1),
                tx.tickets.decision_for(1),
                tx.tickets.first_message(1),
            )
            assert found == (None,) * 7
            assert tx.tickets.by_references([]) == ()
            assert tx.tickets.copies("a", "b") == ()
            assert not tx.tickets.belongs(1, "a@b")
            assert not tx.tickets.belongs(1, "")
            assert tx.tickets.open_count(1) == 0

    def test_text_that_a_database_refuses_is_still_filed(self, store: SqlStore) -> None:
        """NUL and lone surrogates are replaced, so that no mail is blocked by its content."""
        (ledger_id,) = keep_and_claim(store, [1])
        odd = a_message(102, 100, ledger_id=ledger_id, subject="a\0b\ud800", reply="\udfff\0", defects=("nul:\0",))
        with store.write() as tx:
            tx.tickets.file([a_filing(ledger_id, 100, message=odd)], NOW)
        with store.read() as tx:
            read = tx.tickets.message(102)
        assert read is not None
        assert (read.subject, read.reply) == ("a\ufffdb\ufffd", "\ufffd\ufffd")

    def test_a_reply_joins_its_ticket(self, store: SqlStore) -> None:
        """The ticket is changed from its version on; its due time is not the flow's to set."""
        (ticket_id,) = file_tickets(store, 1)
        filing = a_reply(store, ticket_id)
        assert filing.changed is not None
        with store.write() as tx:
            tx.tickets.file([replace(filing, changed=replace(filing.changed, next_due=None, next_clock=""))], NOW)
        with store.read() as tx:
            ticket = tx.tickets.get(ticket_id)
            row = tx.views.queue_row(ticket_id)
        assert ticket is not None
        assert row is not None
        assert (ticket.version, ticket.state, ticket.next_due) == (2, State.OPEN, minutes(15))
        assert (row.messages, row.snippet) == (2, "系统从早上起无法登录。")

    def test_a_stale_version_rolls_the_batch_back(self, store: SqlStore) -> None:
        """When somebody changed the ticket meanwhile, nothing of the batch is written."""
        (ticket_id,) = file_tickets(store, 1)
        reply = a_reply(store, ticket_id)
        (ledger_id,) = keep_and_claim(store, [7000])
        assert reply.changed is not None
        with store.write() as tx:
            tx.tickets.update(reply.changed)
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.file([a_filing(ledger_id, 7000), reply], NOW)
        with store.read() as tx:
            assert tx.tickets.get(7000) is None
            assert tx.tickets.message(5000) is None
            entry = tx.ledger.entry(ledger_id)
        assert entry is not None
        assert entry.stage is Stage.KEPT

    def test_a_lost_claim_rolls_the_batch_back(self, store: SqlStore) -> None:
        """A mail that another worker took over is not filed by the first."""
        first, second = keep_and_claim(store, [1, 2])
        with store.write() as tx:
            tx.ledger.unclaim([second], forgive=False)
        with store.write() as tx:
            tx.ledger.claim(WORKER + 1, 1)
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.file([a_filing(first, 100), a_filing(second, 200)], NOW)
        with store.read() as tx:
            assert tx.tickets.get(100) is None

    def test_a_mail_is_filed_once(self, store: SqlStore) -> None:
        """A claim that has ended cannot be completed again."""
        (ledger_id,) = keep_and_claim(store, [1])
        with store.write() as tx:
            tx.tickets.file([a_filing(ledger_id, 100)], NOW)
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.file([a_filing(ledger_id, 200)], NOW)

    def test_a_number_is_unique(self, store: SqlStore) -> None:
        """Two tickets with one number are a conflict, not a crash."""
        first, second = keep_and_claim(store, [1, 2])
        twin = a_filing(second, 200, ticket=a_ticket(200, customer_id=201, number=a_ticket(100).number))
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.file([a_filing(first, 100), twin], NOW)

    def test_root_and_reply_may_be_filed_together(self, store: SqlStore) -> None:
        """A reply in the batch of its root changes the ticket that the batch makes."""
        first, second = keep_and_claim(store, [1, 2])
        root = a_filing(first, 100)
        assert root.ticket is not None
        reply = a_filing(
            second,
            200,
            customer=None,
            ticket=None,
            changed=replace(root.ticket, state=State.OPEN),
            message=a_message(202, 100, ledger_id=second),
            decision=None,
            promises=(a_promise(203, 100, due=minutes(3), cause="reply:202"),),
            letters=(),
            references=(),
            audit=(),
        )
        with store.write() as tx:
            tx.tickets.file([root, reply], NOW)
        with store.read() as tx:
            ticket = tx.tickets.get(100)
        assert ticket is not None
        assert (ticket.version, ticket.next_due) == (2, minutes(3))

    def test_a_silent_mail_leaves_only_its_trace(self, store: SqlStore) -> None:
        """An automatic mail without a ticket is filed with its verdict and its reason."""
        (ledger_id,) = keep_and_claim(store, [1])
        filing = Filing(
            ledger_id=ledger_id,
            claim=WORKER,
            verdict=Verdict(kind=VerdictKind.SILENT, because="bounce: multipart/report"),
            silent_because="automatic:bounce",
            references=(Reference(message_id="x@y", kind=ReferenceKind.IS),),
        )
        with store.write() as tx:
            tx.tickets.file([filing], NOW)
        with store.read() as tx:
            (row,) = tx.views.silent("", 10).rows
            assert tx.tickets.by_references(["x@y"]) == ()
        assert (row.id, row.verdict, row.silent_because) == (ledger_id, "bounce: multipart/report", "automatic:bounce")

    def test_a_stub_is_quarantined_with_its_reason(self, store: SqlStore) -> None:
        """A mail without a parse gets its ticket and stays in the quarantine until a replay files it."""
        (ledger_id,) = keep_and_claim(store, [1])
        verdict = Verdict(kind=VerdictKind.NEW, ticket_id=100, because="unparsable:no headers")
        stub = a_ticket(100, customer_id=0, stub=True, fields={}, decided_by={})
        said = a_message(102, 100, ledger_id=ledger_id, sender=None, recipients=(), text="", reply="")
        filing = a_filing(
            ledger_id,
            100,
            stage=Stage.QUARANTINED,
            verdict=verdict,
            customer=None,
            ticket=stub,
            message=said,
            decision=None,
        )
        with store.write() as tx:
            tx.tickets.file([filing], NOW)
        with store.read() as tx:
            (row,) = tx.views.quarantine("", 10).rows
        assert (row.stage, row.because, row.ticket_id) == ("quarantined", "unparsable:no headers", 100)
        self._replay(store, ledger_id)
        with store.read() as tx:
            assert tx.views.quarantine("", 10).rows == ()
            shown = tx.views.queue_row(100)
        assert shown is not None
        assert (shown.stub, shown.snippet, shown.type_confidence) == (
            False,
            "还是不行",
            a_decision().choices["type"].confidence,
        )

    def _replay(self, store: SqlStore, ledger_id: int) -> None:
        with store.write() as tx:
            tx.ledger.requeue(ledger_id, NOW)
        with store.write() as tx:
            (entry,) = tx.ledger.claim(WORKER, 1)
            ticket = tx.tickets.get(entry.replay_of)
        assert ticket is not None
        fixed = replace(ticket, stub=False, fields={"type": "问题反馈"}, decided_by={"type": "model"})
        said = a_message(302, 100, ledger_id=ledger_id, reply="还是不行")
        filing = a_filing(
            ledger_id, 300, customer=None, ticket=None, changed=fixed, message=said, promises=(), letters=(), audit=()
        )
        with store.write() as tx:
            tx.tickets.file([filing], NOW)

    def test_a_known_customer_stays_as_he_is(self, store: SqlStore) -> None:
        """Filing another mail of a known customer changes nothing about him."""
        first, second = keep_and_claim(store, [1, 2])
        with store.write() as tx:
            tx.tickets.file([a_filing(first, 100, customer=a_customer(101, level="VIP"))], NOW)
        again = a_filing(second, 200, customer=a_customer(101), ticket=a_ticket(200, customer_id=101))
        with store.write() as tx:
            tx.tickets.file([again], NOW)
        with store.read() as tx:
            customer = tx.tickets.customer(101)
            assert tx.tickets.open_count(101) == 2
        assert customer is not None
        assert customer.level == "VIP"

    def test_an_address_has_one_customer(self, store: SqlStore) -> None:
        """Two customers made at once for one address are a conflict; the second look-up finds the first."""
        first, second = keep_and_claim(store, [1, 2])
        with store.write() as tx:
            tx.tickets.file([a_filing(first, 100, customer=a_customer(101, "a@b.cn"))], NOW)
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.file([a_filing(second, 200, customer=a_customer(201, "A@B.cn"))], NOW)
