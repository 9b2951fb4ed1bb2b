"""The contract of the outbox."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from core.domain.errors import Conflict
from core.domain.letter import ClaimedLetter, Delivery, DeliveryResult, LetterKind, LetterState, Outcome, OutgoingMail
from core.domain.mail import Address
from store.open import SqlStore, SqlTransaction
from store.tables import letter
from tests.unit.store.values import NOW, WORKER, a_letter, file_tickets, minutes

BYTES = "Subject: =?utf-8?b?5oKo5aW9?=\r\n\r\n您好".encode()


def claim(store: SqlStore, at: datetime = NOW, worker: int = WORKER, limit: int = 10) -> list[int]:
    with store.write() as tx:
        return [each.intent.id for each in tx.outbox.claim(worker, at, limit)]


def compose(store: SqlStore, *ids: int, worker: int = WORKER) -> None:
    mails = [
        OutgoingMail(letter_id=id_, mailbox="support", sender="", recipients=("wang@example.cn",), data=BYTES)
        for id_ in ids
    ]
    with store.write() as tx:
        tx.outbox.composed(mails, worker)


def complete(
    store: SqlStore,
    id_: int,
    state: LetterState = LetterState.SENT,
    outcome: Outcome = Outcome.SENT,
    next_try: datetime | None = None,
    worker: int = WORKER,
) -> bool:
    tried = Delivery(letter_id=id_, at=minutes(1), outcome=outcome, code=250, answer="2.0.0 <wang@example.cn> ok")
    with store.write() as tx:
        return id_ in tx.outbox.complete([DeliveryResult(delivery=tried, state=state, next_try=next_try)], worker)


def words_of(tx: SqlTransaction, id_: int) -> dict[str, str]:
    intent = tx.outbox.intent(id_)
    assert intent is not None
    return dict(intent.variables)


class TestOutbox:
    def test_a_claimed_letter_is_the_intent_that_was_filed(self, store: SqlStore) -> None:
        """Nothing of an intent is lost on its way through the outbox."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            (claimed,) = tx.outbox.claim(WORKER, NOW, 10)
        assert claimed.intent == a_letter(ticket_id + 5, ticket_id)
        assert (claimed.attempts, claimed.resend, claimed.data) == (1, False, None)
        assert claim(store, worker=WORKER + 1) == []

    def test_a_stolen_file_tells_nothing_of_a_letters_words(self, store: SqlStore) -> None:
        """What an agent or a customer wrote stands sealed in the row, and opens again."""
        (ticket_id,) = file_tickets(store, 1)
        words = {"body": "请打 13812345678", "commitments": "周五前答复", "excerpt": "我叫王芳", "cut": "\ud83d"}
        with store.write() as tx:
            tx.outbox.add([a_letter(9001, ticket_id, variables=words)])
        with store.read() as tx:
            row = tx._unit.row(select(letter).where(letter.c.id == 9001))
            assert words_of(tx, 9001) == words | {"cut": "\ufffd"}
        assert row is not None
        assert row.variables == {}
        assert not [value for value in words.values() if value[:3] in str(row._asdict())]

    def test_letters_of_an_older_schema_are_read_and_then_sealed(self, store: SqlStore) -> None:
        """Their words stood in the row, an agent's text sealed among them; nothing of them is lost."""
        (ticket_id,) = file_tickets(store, 1)
        old = {"number": "20260305001", "subject": "无法登录"}
        body = b64encode(store._seal.seal("您好".encode(), f"letter.body.{ticket_id + 5}")).decode()
        with store.write() as tx:
            tx._unit.change(letter.update().values(sealed=None, variables=old | {"body": body}))
        with store.write() as tx:
            assert tx.outbox.unsealed()
            assert words_of(tx, ticket_id + 5) == old | {"body": "您好"}
            assert tx.outbox.seal_old(10) == 1
            assert (tx.outbox.seal_old(10), tx.outbox.unsealed()) == (0, False)
            assert words_of(tx, ticket_id + 5) == old | {"body": "您好"}

    def test_of_several_that_were_tried_only_ours_end(self, store: SqlStore) -> None:
        """Another worker took one over meanwhile: its claim stands."""
        file_tickets(store, 3)
        ids = claim(store)
        compose(store, *ids)
        with store.write() as tx:
            assert tx.outbox.release(WORKER) == 3
        assert claim(store, worker=WORKER + 1, limit=1) == ids[:1] and claim(store) == ids[1:]
        tried = [Delivery(letter_id=id_, at=minutes(1), outcome=Outcome.SENT, code=250) for id_ in ids]
        states = (LetterState.SENT, LetterState.SENT, LetterState.FAILED)
        ends = [DeliveryResult(delivery=each, state=state) for each, state in zip(tried, states, strict=True)]
        with store.write() as tx:
            assert tx.outbox.complete([], WORKER) == frozenset()
            assert tx.outbox.complete(ends, WORKER) == set(ids[1:])
        with store.read() as tx:
            rows = [row for id_ in ids if (row := tx.views.letter(id_))]
            assert [(row.state, row.sent) for row in rows] == [
                ("sending", None), ("sent", minutes(1)), ("failed", None),
            ]  # fmt: skip

    def test_letters_of_care_are_counted_by_customer_and_block_no_other(self, store: SqlStore) -> None:
        """A cancelled one does not count; what comes after one on its ticket leaves although it waits."""
        (ticket_id,) = file_tickets(store, 1)
        assert claim(store) == [ticket_id + 5]
        compose(store, ticket_id + 5)
        assert complete(store, ticket_id + 5)
        care = a_letter(9001, ticket_id, kind=LetterKind.CARE, occasion="care:1", not_before=minutes(1))
        later = a_letter(9002, ticket_id, kind=LetterKind.NOTICE, occasion="x", not_before=minutes(2))
        with store.write() as tx:
            tx.outbox.add([care, later])
            tx.outbox.claim(WORKER, minutes(1), 1)
            assert tx.outbox.put_off(9001, WORKER, minutes(60))
            assert tx.outbox.care_since(ticket_id + 1, minutes(1)) == 1
            assert tx.outbox.care_since(ticket_id + 1, minutes(2)) == tx.outbox.care_since(12345, NOW) == 0
        assert claim(store, minutes(3)) == [9002]
        with store.write() as tx:
            assert tx.outbox.set_state(9001, LetterState.CANCELLED, minutes(3))
            assert tx.outbox.care_since(ticket_id + 1, NOW) == 0

    def test_clocks_of_a_sent_letter_can_be_owed(self, store: SqlStore) -> None:
        """They are looked for when it is their time, until they are made up."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        compose(store, id_)
        tried = Delivery(letter_id=id_, at=minutes(1), outcome=Outcome.SENT, code=250)
        with store.write() as tx:
            end = DeliveryResult(delivery=tried, state=LetterState.SENT, clocks_due=minutes(2))
            assert tx.outbox.complete([end], WORKER) == {id_}
            assert tx.outbox.clocks_owed(minutes(1), 10) == ()
            [(intent, at)] = tx.outbox.clocks_owed(minutes(2), 10)
            assert (intent.id, at) == (id_, minutes(1))
            tx.outbox.owe_clocks(id_, None)
            assert tx.outbox.clocks_owed(minutes(9), 10) == ()

    def test_a_queued_letter_is_shown_as_far_as_it_is(self, store: SqlStore) -> None:
        """Untouched, in a worker's hands, or tried before: each is a state to look for."""
        file_tickets(store, 3)
        first, second, third = claim(store)
        with store.write() as tx:
            assert tx.outbox.put_off(first, WORKER, NOW)
        compose(store, second)
        complete(store, second, LetterState.QUEUED, Outcome.DEFERRED, minutes(5))
        with store.read() as tx:
            shown = {state: [row.id for row in tx.views.letters(state, "", 9).rows] for state in LetterState}
            rows = {row.id: row.state for row in tx.views.letters("", "", 9).rows}
        assert rows == {first: "queued", second: "deferred", third: "claimed"}
        assert {state: ids for state, ids in shown.items() if ids} == {
            "queued": [first], "deferred": [second], "claimed": [third],
        }  # fmt: skip

    def test_a_letter_that_is_put_off_is_not_blamed(self, store: SqlStore) -> None:
        """It waits until then, or keeps its place; nobody else can put it off."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        with store.write() as tx:
            assert not tx.outbox.put_off(id_, WORKER + 1, minutes(5))
            assert tx.outbox.put_off(id_, WORKER, minutes(5))
        assert claim(store, minutes(4)) == []
        with store.write() as tx:
            [again] = tx.outbox.claim(WORKER, minutes(5), 10)
            assert again.attempts == 1
            assert tx.outbox.put_off(id_, WORKER, NOW)
            assert tx.outbox.next_due() == minutes(5)

    def test_letters_of_a_full_account_stay_where_they_are(self, store: SqlStore) -> None:
        """Those of other mailboxes are claimed past them."""
        file_tickets(store, 2)
        with store.write() as tx:
            tx._unit.change(letter.update().where(letter.c.id == 1005).values(mailbox="full"))
            assert [each.intent.id for each in tx.outbox.claim(WORKER, NOW, 10, but=("full",))] == [1015]

    def test_a_letter_that_came_back_is_bounced_once(self, store: SqlStore) -> None:
        """Only one that was sent; a person may send it again or call it off."""
        file_tickets(store, 2)
        sent, other = claim(store)
        compose(store, sent)
        complete(store, sent)
        with store.write() as tx:
            assert tx.outbox.bounced(other, "5.1.1", NOW) is None
            intent = tx.outbox.bounced(sent, "5.1.1", NOW)
            assert intent is not None
            assert (intent.id, intent.state) == (sent, LetterState.BOUNCED)
            assert tx.outbox.bounced(sent, "5.1.1", NOW) is None
        with store.write() as tx:
            row = tx.views.letter(sent)
            assert row is not None
            assert (row.state, row.answer) == ("bounced", "5.1.1")
            assert tx.outbox.set_state(sent, LetterState.QUEUED, NOW)
        with store.write() as tx:
            [again] = tx.outbox.claim(WORKER, NOW, 10)
            assert again.data == BYTES

    def test_a_dropped_letter_says_why(self, store: SqlStore) -> None:
        """Nobody gets it any more."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        with store.write() as tx:
            assert tx.outbox.drop(id_, WORKER, "address-bounced")
            row = tx.views.letter(id_)
        assert row is not None
        assert (row.state, row.answer) == ("cancelled", "address-bounced")

    def test_a_letter_that_is_held_says_why(self, store: SqlStore) -> None:
        """From the start, or when it was to leave; the reason goes when it does."""
        (ticket_id,) = file_tickets(store, 1)
        (id_,) = claim(store)
        waits = a_letter(9001, ticket_id, state=LetterState.HELD, because="letters-hold")
        with store.write() as tx:
            assert not tx.outbox.hold(id_, WORKER + 1, "letters-off")
            assert tx.outbox.hold(id_, WORKER, "letters-off")
            tx.outbox.add([waits])
        with store.write() as tx:
            assert tx.outbox.intent(9001) == waits
            assert [(row.state, row.answer) for row in tx.views.letters("", "", 9).rows] == [
                ("held", "letters-hold"), ("held", "letters-off"),
            ]  # fmt: skip
            for one in (id_, 9001):
                assert tx.outbox.set_state(one, LetterState.QUEUED, NOW)
            assert {row.answer for row in tx.views.letters("", "", 9).rows} == {""}

    def test_an_occasion_makes_one_letter(self, store: SqlStore) -> None:
        """A second intent for the same ticket, kind and occasion is ignored."""
        (ticket_id,) = file_tickets(store, 1)
        same = a_letter(9001, ticket_id, occasion=f"arrival:{ticket_id + 5}")
        with store.write() as tx:
            tx.outbox.add([same, a_letter(9002, ticket_id)])
            assert tx.views.letter(9001) is None
            assert tx.views.letter(9002) is not None

    def test_bytes_are_stored_before_sending_and_kept(self, store: SqlStore) -> None:
        """What was composed is what a resend will use; its subject is shown."""
        (ticket_id,) = file_tickets(store, 1)
        (id_,) = claim(store)
        with store.read() as tx:
            assert tx.outbox.bytes_of(id_) is None
        compose(store, id_)
        with store.read() as tx:
            assert tx.outbox.bytes_of(id_) == BYTES
            row = tx.views.letter(id_)
        assert row is not None
        assert (row.state, row.subject, row.ticket_id) == ("sending", "您好", ticket_id)

    def test_only_the_claimer_composes_and_completes(self, store: SqlStore) -> None:
        """A worker whose claim was taken over can neither mark a letter nor end it."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        with pytest.raises(Conflict):
            compose(store, id_, worker=WORKER + 1)
        assert not complete(store, id_, worker=WORKER + 1)
        with store.read() as tx:
            row = tx.views.letter(id_)
        assert row is not None
        assert row.state == "claimed"
        compose(store, id_)
        assert complete(store, id_)
        assert not complete(store, id_)

    def test_a_sent_letter_has_its_proof(self, store: SqlStore) -> None:
        """The server's answer is stored and shown with addresses masked; the letter is not due again."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        compose(store, id_)
        complete(store, id_)
        with store.read() as tx:
            row = tx.views.letter(id_)
            assert tx.outbox.next_due() is None
        assert row is not None
        assert (row.state, row.sent, row.code, row.answer) == ("sent", minutes(1), 250, "2.0.0 <w***@example.cn> ok")
        assert row.recipient_masked == "W***@example.cn"
        assert claim(store, minutes(99)) == []

    def test_a_deferred_letter_waits_for_its_next_try(self, store: SqlStore) -> None:
        """After 4xx the letter comes back with its bytes when its time has come, and is no resend."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        compose(store, id_)
        complete(store, id_, LetterState.QUEUED, Outcome.DEFERRED, minutes(10))
        with store.write() as tx:
            assert tx.outbox.next_due() == minutes(10)
            assert tx.outbox.claim(WORKER, minutes(9), 10) == ()
            (again,) = tx.outbox.claim(WORKER, minutes(10), 10)
        assert (again.attempts, again.resend, again.data) == (2, False, BYTES)

    def test_an_uncertain_send_is_resent_and_counted(self, store: SqlStore) -> None:
        """After an answer that never came, the same bytes go again."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        compose(store, id_)
        complete(store, id_, LetterState.QUEUED, Outcome.UNCERTAIN, minutes(2))
        with store.write() as tx:
            (again,) = tx.outbox.claim(WORKER, minutes(2), 10)
            row = tx.views.letter(id_)
        assert (again.resend, again.data) == (True, BYTES)
        assert row is not None
        assert row.resends == 1

    def test_a_letter_that_was_sending_at_a_crash_is_resent(self, store: SqlStore) -> None:
        """Burying the dead worker frees its letters: sending ones are resends, queued ones are not."""
        first, second = file_tickets(store, 2)
        claim(store)
        compose(store, first + 5)
        assert claim(store, minutes(9), WORKER + 1) == []
        with store.write() as tx:
            assert tx.workers.bury(WORKER) == 2
        claimed: list[ClaimedLetter] = []
        for _ in range(2):
            with store.write() as tx:
                claimed += tx.outbox.claim(WORKER + 1, minutes(1), 10)
        assert [(each.intent.id, each.resend, each.data) for each in claimed] == [
            (first + 5, True, BYTES),
            (second + 5, False, None),
        ]

    def test_letters_of_one_ticket_leave_in_order(self, store: SqlStore) -> None:
        """A later letter waits until the earlier one is sent or has failed, even while that one is retried."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            tx.outbox.add([a_letter(9001, ticket_id, kind=LetterKind.AGENT), a_letter(9002, ticket_id)])
        (first,) = claim(store)
        assert first == ticket_id + 5
        assert claim(store) == []
        compose(store, first)
        complete(store, first, LetterState.QUEUED, Outcome.DEFERRED, minutes(5))
        assert claim(store) == []
        with store.read() as tx:
            assert tx.outbox.next_due() == minutes(5)
        assert claim(store, minutes(5)) == [first]
        complete(store, first, LetterState.FAILED, Outcome.REFUSED)
        assert claim(store) == [9001]
        complete(store, 9001)
        assert claim(store) == [9002]

    def test_a_letter_for_tomorrow_does_not_hold_one_for_today(self, store: SqlStore) -> None:
        """Order follows not_before: a progress letter that waits for the morning blocks nobody."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            tx.outbox.set_state(ticket_id + 5, LetterState.CANCELLED, NOW)
            later = a_letter(9001, ticket_id, kind=LetterKind.PROGRESS, not_before=minutes(600))
            tx.outbox.add([later, a_letter(9002, ticket_id, kind=LetterKind.AGENT)])
        assert claim(store) == [9002]
        complete(store, 9002)
        with store.read() as tx:
            assert tx.outbox.next_due() == minutes(600)
        assert claim(store, minutes(599)) == []
        assert claim(store, minutes(600)) == [9001]

    def test_a_letter_that_cannot_be_composed_is_visible(self, store: SqlStore) -> None:
        """It is failed with its reason and not tried again by itself."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        with store.write() as tx:
            assert tx.outbox.fail(id_, WORKER, "template: no such variable", NOW)
            assert not tx.outbox.fail(id_, WORKER, "again", NOW)
            (row,) = tx.views.letters("failed", "", 10).rows
        assert (row.id, row.answer) == (id_, "template: no such variable")
        assert claim(store, minutes(99)) == []

    @pytest.mark.parametrize(
        ("before", "after", "possible"),
        [
            (LetterState.HELD, LetterState.QUEUED, True),
            (LetterState.QUEUED, LetterState.HELD, True),
            (LetterState.FAILED, LetterState.QUEUED, True),
            (LetterState.HELD, LetterState.CANCELLED, True),
            (LetterState.QUEUED, LetterState.CANCELLED, True),
            (LetterState.FAILED, LetterState.CANCELLED, True),
            (LetterState.SENT, LetterState.QUEUED, False),
            (LetterState.SENT, LetterState.CANCELLED, False),
            (LetterState.CANCELLED, LetterState.QUEUED, False),
            (LetterState.QUEUED, LetterState.SENT, False),
        ],
    )
    def test_a_person_moves_letters(
        self, store: SqlStore, before: LetterState, after: LetterState, possible: bool
    ) -> None:
        """Only the moves of the table are possible; a released letter is due at once."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            tx.outbox.set_state(ticket_id + 5, LetterState.CANCELLED, NOW)
            tx.outbox.add([a_letter(9001, ticket_id, state=before)])
            assert tx.outbox.set_state(9001, after, minutes(30)) is possible
            row = tx.views.letter(9001)
            due = tx.outbox.next_due()
        assert row is not None
        assert row.state == (after if possible else before)
        if possible and after is LetterState.QUEUED:
            assert due == minutes(30)

    def test_a_claimed_letter_cannot_be_moved(self, store: SqlStore) -> None:
        """Whoever is about to send it is not interrupted half-way."""
        file_tickets(store, 1)
        (id_,) = claim(store)
        with store.write() as tx:
            assert not tx.outbox.set_state(id_, LetterState.CANCELLED, NOW)
            assert not tx.outbox.set_state(1, LetterState.CANCELLED, NOW)

    def test_automatic_letters_are_counted_by_address(self, store: SqlStore) -> None:
        """The loop guard counts filed letters to an address since an instant, but not an agent's."""
        (ticket_id,) = file_tickets(store, 1)
        other = replace(a_letter(9003, ticket_id), recipient=Address(address="li@example.cn"))
        with store.write() as tx:
            tx.outbox.add(
                [
                    a_letter(9001, ticket_id, date=minutes(5)),
                    a_letter(9002, ticket_id, date=minutes(6), kind=LetterKind.AGENT),
                    other,
                ]
            )
        with store.read() as tx:
            assert tx.outbox.sent_to_address("wang@example.cn", NOW, minutes(1)) == (2, 1)
            assert tx.outbox.sent_to_address("wang@example.cn", minutes(1), minutes(6)) == (1, 0)
            assert tx.outbox.sent_to_address("li@example.cn", NOW, NOW) == (1, 1)
            assert tx.outbox.sent_to_address("nobody@example.cn", NOW, NOW) == (0, 0)
            everybody = {"wang@example.cn", "li@example.cn", "nobody@example.cn"}
            assert tx.outbox.sent_any(everybody, NOW) == {"wang@example.cn", "li@example.cn"}
            assert tx.outbox.sent_any(everybody, minutes(1)) == {"wang@example.cn"}
            assert tx.outbox.sent_any(everybody, minutes(6)) == tx.outbox.sent_any((), NOW) == frozenset()
