"""The contract of how far care plans have come, and of when there was contact with whom."""

from __future__ import annotations

from datetime import date

from core.domain.care_plan import PlanProgress, PutOff
from core.domain.ids import first_id_at
from core.domain.letter import LetterKind
from core.domain.ticket import Direction
from store.open import SqlStore
from tests.unit.store.test_tasks import a_task
from tests.unit.store.values import NOW, a_letter, a_message, file_tickets, minutes


class TestCare:
    def test_a_plan_s_progress_is_kept(self, store: SqlStore) -> None:
        """The last word of each plan; how much a day has brought is of that day alone."""
        begun, done = PlanProgress(occasion="2026H1", after=7), PlanProgress(occasion="2026H1", after=9, done=True)
        with store.write() as tx:
            assert tx.care.progress([]) == tx.care.progress(["a"]) == {}
            tx.care.save("a", begun)
            tx.care.save("年会", begun)
            tx.care.save("a", done)
            tx.care.note_made(date(2026, 3, 5), 3)
            tx.care.note_made(date(2026, 3, 5), 4)
        with store.read() as tx:
            assert tx.care.progress(["a", "年会", "c"]) == {"a": done, "年会": begun}
            assert (tx.care.made_on(date(2026, 3, 5)), tx.care.made_on(date(2026, 3, 6))) == (4, 0)

    def test_who_is_put_off_comes_back_at_his_time(self, store: SqlStore) -> None:
        """Once for each plan and occasion, the last word counts; the earliest first, so many at a time."""
        one, two = (PutOff(plan="a", occasion="2026Q1", customer_id=id_) for id_ in (7, 8))
        with store.write() as tx:
            tx.care.put_off(one, minutes(5))
            tx.care.put_off(two, minutes(9))
            tx.care.put_off(one, minutes(10))
        with store.read() as tx:
            assert tx.care.put_off_until(minutes(8), 9) == ()
            assert tx.care.put_off_until(minutes(9), 9) == tx.care.put_off_until(minutes(10), 1) == (two,)
            assert tx.care.put_off_until(minutes(10), 9) == (two, one)
        with store.write() as tx:
            tx.care.take_up(two)
            assert tx.care.put_off_until(minutes(10), 9) == (one,)

    def test_contact_is_what_a_customer_said_or_heard(self, store: SqlStore) -> None:
        """Mails both ways and a call that reached him, under whichever address; notes, and calls in vain, are none."""
        first, second = file_tickets(store, 2)
        mine, other = first + 1, second + 1
        begin = first_id_at(NOW)
        with store.write() as tx:
            tx.tickets.add_message(a_message(begin + 1, first, direction=Direction.OUT))
            tx.tickets.add_message(a_message(begin + 2, second, direction=Direction.NOTE, verdict="call:reached"))
            for place, verdict in ((3, "call:not-reached"), (4, "")):
                tx.tickets.add_message(a_message(begin + place, second, direction=Direction.NOTE, verdict=verdict))
        with store.read() as tx:
            both = ((begin + 1, first, mine), (begin + 2, second, other))
            assert tx.care.contacts(NOW, minutes(1), 0, 9) == both
            assert (
                tx.care.contacts(NOW, minutes(1), begin + 1, 9) == both[1:] and tx.care.contacts(NOW, NOW, 0, 9) == ()
            )
            assert (tx.care.last_contact(mine), tx.care.last_contact(other)) == (begin + 1, begin + 2)
            assert tx.care.last_contact(12345) == 0
        with store.write() as tx:
            tx.tickets.merge_customer(other, mine)
            assert tx.care.last_contact(mine) == tx.care.last_contact(other) == begin + 2

    def test_what_was_made_for_an_occasion_is_known(self, store: SqlStore) -> None:
        """By task, or by a letter of care under whichever address; a letter of another customer, or another kind, is
        none."""
        mine, other = file_tickets(store, 2)
        care = {"kind": LetterKind.CARE, "occasion": "plan:a:1"}
        with store.write() as tx:
            tx.tasks.add(a_task(1, ticket_id=mine, occasion="plan:b:1"))
            tx.outbox.add([a_letter(71, mine, **care), a_letter(72, other, occasion="plan:c:1")])

            def made(ticket_id: int, *occasions: str) -> bool:
                return tx.care.was_made(ticket_id + 1, occasions)

            assert made(mine, "plan:x:1", "plan:a:1") and made(other, "plan:b:1")
            assert not (made(other, "plan:a:1") or made(other, "plan:c:1") or made(mine, "plan:x:1"))
            tx.tickets.merge_customer(other + 1, mine + 1)
            assert made(other, "plan:a:1")
