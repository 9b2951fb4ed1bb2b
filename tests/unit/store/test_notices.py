"""The contract of notices to people."""

from __future__ import annotations

from typing import Any

from core.domain.ids import first_id_at
from core.domain.notice import CopyState, Notice, NoticeCopy, NoticeEvent
from huiying.app.clock import now
from store.open import SqlStore
from tests.unit.store.values import NOW, WORKER, file_tickets, minutes


def a_notice(id_: int, **changed: Any) -> Notice:
    given: dict[str, Any] = {
        "id": id_,
        "event": NoticeEvent.OVERDUE,
        "key": f"promise:{id_}",
        "at": NOW,
        "subject": "ticket:1",
        "details": (("clock", "first_response"),),
        "to": ("owner", "@anna"),
    }
    return Notice(**given | changed)


def a_copy(id_: int, notice_id: int, **changed: Any) -> NoticeCopy:
    given: dict[str, Any] = {"id": id_, "notice_id": notice_id, "channel": "mail", "person": "anna", "due": NOW}
    return NoticeCopy(**given | changed)


def spread(store: SqlStore, notice: Notice, *copies: NoticeCopy) -> None:
    with store.write() as tx:
        tx.notices.add([notice])
        tx.notices.spread([notice], copies, NOW)


class TestNotices:
    def test_an_event_is_told_once(self, store: SqlStore) -> None:
        """A second notice with the same key is ignored; what is kept is what was written."""
        with store.write() as tx:
            tx.notices.add([a_notice(1), a_notice(2, key="promise:1")])
            tx.notices.add([a_notice(3, key="promise:1")])
        with store.write() as tx:
            assert tx.notices.pending(NOW)
            assert tx.notices.unspread(10) == (a_notice(1),)
            assert (tx.notices.known("promise:1"), tx.notices.known("promise:2")) == (True, False)

    def test_a_spread_notice_is_not_spread_again(self, store: SqlStore) -> None:
        """Its copies are there once, whoever spreads it."""
        notice = a_notice(1)
        spread(store, notice, a_copy(10, 1))
        with store.write() as tx:
            assert tx.notices.unspread(10) == ()
            tx.notices.spread([notice], [a_copy(11, 1)], NOW)
            assert [each.copy.id for each in tx.notices.claim(WORKER, NOW, 10)] == [10]

    def test_a_copy_is_claimed_when_due_by_one_worker(self, store: SqlStore) -> None:
        """Quiet hours are a due time; who claims has it alone, and only he ends it."""
        spread(store, a_notice(1), a_copy(10, 1, due=minutes(5)))
        with store.write() as tx:
            assert not tx.notices.pending(NOW)
            assert tx.notices.claim(WORKER, NOW, 10) == ()
            [claimed] = tx.notices.claim(WORKER, minutes(5), 10)
        assert (claimed.notice, claimed.attempts, claimed.resend) == (a_notice(1), 1, False)
        with store.write() as tx:
            assert tx.notices.claim(WORKER + 1, minutes(5), 10) == ()
            assert not tx.notices.complete(10, WORKER + 1, CopyState.SENT, minutes(6))
            assert tx.notices.complete(10, WORKER, CopyState.SENT, minutes(6), code=250, answer="ok a@example.cn")
            assert not tx.notices.pending(minutes(9))
        with store.read() as tx:
            [row] = tx.notices.sent("", "", 10).rows
        assert (row.state, row.code, row.answer, row.ended_at) == ("sent", 250, "ok a***@example.cn", minutes(6))

    def test_a_copy_of_a_dead_worker_is_a_resend(self, store: SqlStore) -> None:
        """Between sending and noting a process may die: the next try knows that the first may have arrived."""
        spread(store, a_notice(1), a_copy(10, 1))
        with store.write() as tx:
            tx.notices.claim(WORKER, NOW, 10)
        with store.write() as tx:
            assert tx.workers.bury(WORKER) == 1
            [again] = tx.notices.claim(WORKER + 1, NOW, 10)
        assert (again.attempts, again.resend) == (2, True)

    def test_a_failed_copy_waits_or_is_given_up(self, store: SqlStore) -> None:
        """A temporary failure waits for its next try; what was given up is tried again on a person's word."""
        spread(store, a_notice(1), a_copy(10, 1))
        with store.write() as tx:
            tx.notices.claim(WORKER, NOW, 10)
            tx.notices.complete(10, WORKER, CopyState.QUEUED, NOW, next_try=minutes(1))
            assert tx.notices.claim(WORKER, NOW, 10) == ()
            [later] = tx.notices.claim(WORKER, minutes(1), 10)
            assert not later.resend
            tx.notices.complete(10, WORKER, CopyState.FAILED, minutes(1), code=404)
            assert tx.notices.claim(WORKER, minutes(9), 10) == ()
            assert tx.notices.again(10, minutes(9))
            assert not tx.notices.again(10, minutes(9))
            assert len(tx.notices.claim(WORKER, minutes(9), 10)) == 1

    def test_what_was_given_up_is_counted_until_it_is_tried_again(self, store: SqlStore) -> None:
        """For the health strip, which knows nothing of what lies weeks back."""
        lately = first_id_at(now())
        spread(store, a_notice(1), a_copy(10, 1), a_copy(lately, 1, person="ben"))
        with store.write() as tx:
            for copy in tx.notices.claim(WORKER, NOW, 10):
                tx.notices.complete(copy.copy.id, WORKER, CopyState.FAILED, NOW)
        with store.read() as tx:
            assert tx.views.health().notices_failed == 1
        with store.write() as tx:
            assert tx.notices.again(lately, NOW)
            assert tx.views.health().notices_failed == 0

    def test_a_worker_gives_back_what_it_holds(self, store: SqlStore) -> None:
        """After an interruption nothing is blamed on the copy."""
        spread(store, a_notice(1), a_copy(10, 1))
        with store.write() as tx:
            tx.notices.claim(WORKER, NOW, 10)
            assert tx.notices.release(WORKER) == 1
            [again] = tx.notices.claim(WORKER, NOW, 10)
        assert again.attempts == 1

    def test_an_inbox_is_one_persons(self, store: SqlStore) -> None:
        """Each sees what is for him, with the ticket's number and subject, until he has seen it."""
        (ticket_id,) = file_tickets(store, 1)
        there = {"channel": "console", "state": CopyState.SENT}
        spread(store, a_notice(1, ticket_id=ticket_id), a_copy(10, 1, **there), a_copy(11, 1, person="ben", **there))
        spread(store, a_notice(2), a_copy(20, 2, **there), a_copy(21, 2))
        with store.write() as tx:
            assert (tx.notices.unseen("anna"), tx.notices.unseen("ben"), tx.notices.unseen("cleo")) == (2, 1, 0)
            rows = tx.notices.inbox("anna", "", 10).rows
            assert [(row.id, row.event, bool(row.number), row.ticket_subject) for row in rows] == [
                (20, "promise.overdue", False, ""), (10, "promise.overdue", True, "系统无法登录"),
            ]  # fmt: skip
            assert tx.notices.see_ticket("anna", ticket_id, NOW) == 1
            assert [row.id for row in tx.notices.inbox("anna", "", 10, unseen=True).rows] == [20]
            assert tx.notices.see("anna", (11,), NOW) == 0
            assert tx.notices.see("anna", (), NOW) == 1
            assert (tx.notices.unseen("anna"), tx.notices.unseen("ben")) == (0, 1)
            assert len(tx.notices.inbox("anna", "", 10).rows) == 2
            first = tx.notices.inbox("anna", "", 1)
            assert [row.id for row in tx.notices.inbox("anna", first.next_key, 1).rows] == [10]
