"""The contract of erasures."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from core.domain.address_mark import AddressMark, Mark
from core.domain.analysis import Analysis
from core.domain.appraisal import Appraisal
from core.domain.correction import Correction, CorrectionKind
from core.domain.errors import NotFound
from core.domain.letter import LetterFile
from core.domain.mail import Address
from core.domain.task import TaskState
from core.domain.ticket import Direction
from store.erasures import MANY
from store.open import SqlStore
from tests.unit.store.test_tasks import a_task
from tests.unit.store.values import NOW, a_letter, a_message, file_tickets


def label(ticket_id: int, id_: int = 9_000) -> Correction:
    return Correction(
        id=id_, ticket_id=ticket_id, message_id=ticket_id + 2, kind=CorrectionKind.CORRECT, at=NOW, agent="li",
        before=(), before_by=(), after=(("type", "投诉"),),
    )  # fmt: skip


class TestErasures:
    def test_a_person_is_found_by_the_digest(self, store: SqlStore) -> None:
        """With his tickets, however many stand in one statement; a stranger has none."""
        first, second = file_tickets(store, 2)
        with store.read() as tx:
            key = tx.erasures.key_of(f"customer{first}@example.cn")
            customer = tx.erasures.customer(key)
            assert customer is not None and customer.id == first + 1
            assert tx.erasures.tickets_of(customer.id) == (first,)
            assert tx.erasures.customer(tx.erasures.key_of("nobody@example.cn")) is None
            many = range(5_000_000, 5_000_000 + 3 * MANY)
            counted = tx.erasures.counted([first, *many, second])
        assert counted == {"messages": 2, "letters": 2, "labels": 0, "mails": 2}

    def test_an_emptied_ticket_keeps_its_number(self, store: SqlStore) -> None:
        """And what figures stand on; the other ticket keeps everything."""
        first, second = file_tickets(store, 2)
        with store.write() as tx:
            tx.corrections.add(label(first))
            tx.corrections.add(label(second, 9_001))
            before, whole = tx.tickets.get(first), tx.views.ticket("20260305010")
            tx.erasures.empty_tickets([first])
        assert before is not None and whole is not None
        with store.read() as tx:
            after, detail = tx.tickets.get(first), tx.views.ticket(before.number)
            assert after is not None and detail is not None
            kept = replace(
                before, subject=after.subject, version=before.version + 1, customer_id=0, gist="", tags=(), gist_by=""
            )
            assert after == kept and after.subject.startswith("（已删除")
            assert (detail.messages, detail.decisions, detail.letters, detail.corrections) == ((), (), (), ())
            assert [row.subject for row in detail.ledger] == [""] and detail.promises
            with pytest.raises(NotFound):
                tx.ledger.raw(detail.ledger[0].id)
            assert tx.tickets.by_references([f"m{first + 2}@example.cn"]) == ()
            assert tx.views.ticket("20260305010") == whole and tx.corrections.labelled() == 1

    def test_the_files_of_notes_go_with_their_ticket(self, store: SqlStore) -> None:
        """As those of letters do; the note on another ticket keeps its own."""
        first, second = file_tickets(store, 2)
        file = LetterFile(name="截图.png", type="image/png", data=b"x")
        with store.write() as tx:
            for id_, ticket_id in ((9_001, first), (9_002, second)):
                tx.tickets.add_message(a_message(id_, ticket_id, direction=Direction.NOTE))
                tx.outbox.add_files(id_, [file])
            tx.erasures.empty_tickets([first])
            assert (tx.outbox.files_of(9_001), tx.outbox.files_of(9_002)) == ((), (file,))

    def test_the_words_of_an_analysis_go(self, store: SqlStore) -> None:
        """All of them; what was chosen stays: the figures of causes do."""
        (ticket_id,) = file_tickets(store, 1)
        chosen = Analysis(ticket_id=ticket_id, version=1, analyst="li", at=NOW, cause="defect", quadrant=2)
        words: dict[str, Any] = {
            one.name: "他家的锁" for one in fields(Analysis) if one.default == "" and one.name != "cause"
        }
        said = replace(chosen, **words)
        with store.write() as tx:
            tx.analyses.save(said)
            tx.erasures.empty_tickets([ticket_id])
            assert said != chosen == tx.analyses.of_ticket(ticket_id)

    def test_the_words_of_his_tasks_go(self, store: SqlStore) -> None:
        """Of his tickets and of himself; that one was done stays, and nobody is to do another any more."""
        first, second = file_tickets(store, 2)
        done = a_task(1, ticket_id=first, state=TaskState.DONE, ended=NOW, warn_at=None)
        with store.write() as tx:
            for one in (done, a_task(2, customer_id=first + 1), a_task(3, ticket_id=second, customer_id=second + 1)):
                tx.tasks.add(replace(one, wording="王女士您好"))
            tx.erasures.empty_tickets([first])
            tx.erasures.forget(tx.erasures.key_of(f"customer{first}@example.cn"))
            emptied, dropped, other = (tx.tasks.get(id_) for id_ in (1, 2, 3))
        assert emptied == replace(done, words="", version=2)
        assert dropped is not None and other is not None
        assert (dropped.words, dropped.wording, dropped.state, dropped.warn_at) == ("", "", TaskState.DROPPED, None)
        assert not dropped.is_live and other.wording == "王女士您好" and other.is_live

    def test_of_an_appraisal_the_marks_stay(self, store: SqlStore) -> None:
        """Nobody's any more, without its words: on his own tickets, and where one that is another's now has it."""
        first, second = file_tickets(store, 2)
        base: dict[str, Any] = {"at": NOW, "marks": (("quality", 4),), "words": "他家的锁", "improvement": "换锁"}
        mine = Appraisal(id=1, customer_id=first + 1, ticket_id=first, term="2026H1", **base)
        elsewhere = Appraisal(id=2, customer_id=first + 1, ticket_id=second, term="2026H2", **base)
        with store.write() as tx:
            for one in (mine, elsewhere):
                tx.appraisals.save(one)
            tx.erasures.empty_tickets([first])
            tx.erasures.forget(tx.erasures.key_of(f"customer{first}@example.cn"))
            nobodys = tuple(replace(one, customer_id=0, words="", improvement="") for one in (mine, elsewhere))
            assert tx.appraisals.given(None, None, 0, 9) == nobodys

    def test_what_he_said_on_another_ticket_goes_alone(self, store: SqlStore) -> None:
        """The ticket's own messages stay."""
        (ticket_id,) = file_tickets(store, 1)
        guest = a_message(9_001, ticket_id, sender=Address(address="Guest@other.cn"))
        with store.write() as tx:
            tx.tickets.add_message(guest)
            key = tx.erasures.key_of("guest@other.cn")
            assert tx.erasures.said_elsewhere(key, [ticket_id]) == ()
            assert tx.erasures.said_elsewhere(key, []) == (9_001,)
            tx.erasures.empty_messages([9_001])
            tx.erasures.forget(key)
            assert tx.erasures.said_elsewhere(key, []) == ()
            assert not tx.tickets.belongs(ticket_id, "guest@other.cn")
            first = tx.tickets.first_message(ticket_id)
        assert first is not None and first.id == ticket_id + 2

    def test_what_was_said_to_him_on_another_ticket_goes(self, store: SqlStore) -> None:
        """A letter to him, the message that says what stood in it, and his name among several; the others stay."""
        (ticket_id,) = file_tickets(store, 1)
        guest, other = Address(address="guest@other.cn"), Address(address="boss@example.cn")
        alone = a_message(9_001, ticket_id, direction=Direction.OUT, recipients=(guest,))
        both = a_message(9_002, ticket_id, direction=Direction.OUT, recipients=(other, guest))
        with store.write() as tx:
            tx.outbox.add([a_letter(9_005, ticket_id, recipient=guest)])
            tx.tickets.add_message(alone)
            tx.tickets.add_message(both)
            key = tx.erasures.key_of(guest.key)
            assert tx.erasures.letters_elsewhere(key, [ticket_id]) == ()
            assert tx.erasures.letters_elsewhere(key, []) == (9_005,)
            assert tx.erasures.said_elsewhere(key, []) == (9_001,)
            tx.erasures.leave_out(key, [])
            tx.erasures.empty_messages([9_001])
            tx.erasures.empty_letters([9_005])
            assert tx.erasures.letters_elsewhere(key, []) == tx.erasures.said_elsewhere(key, []) == ()
            kept = tx.tickets.message(9_002)
        assert kept == replace(both, recipients=(other,))

    def test_that_somebody_wants_no_mail_stays(self, store: SqlStore) -> None:
        """By the digest alone: nobody reads the address from it."""
        wang = Address(name="王芳", address="wang@example.cn")
        with store.write() as tx:
            tx.addresses.add(AddressMark(address=wang, mark=Mark.OPTED_OUT, at=NOW, because="asked"))
            tx.erasures.forget(tx.erasures.key_of(wang.key))
            assert tx.addresses.why(wang.key, Mark.OPTED_OUT) == "asked"
            [row] = tx.addresses.list(Mark.OPTED_OUT, "", 9).rows
        assert "example" not in row.masked

    def test_models_are_forgotten(self, store: SqlStore) -> None:
        """All that learnt here; none serves then."""
        with store.write() as tx:
            assert tx.erasures.forget_models() == 0 and tx.models.newest() == 0
