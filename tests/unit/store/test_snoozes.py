"""The contract of tickets that agents put off."""

from __future__ import annotations

from dataclasses import replace

from core.domain.snooze import Snooze
from core.domain.views import QueueFilter
from store.open import SqlStore
from store.views.queue import SNOOZED
from tests.unit.store.values import NOW, file_tickets, minutes


class TestSnoozes:
    def test_one_stands_for_a_person_and_a_ticket(self, store: SqlStore, other_store: SqlStore) -> None:
        """A second takes its place; his own that ended are forgotten, those of others stay."""
        first = Snooze(person="li", ticket_id=7, until=minutes(60), version=1)
        with store.write() as tx:
            tx.snoozes.put(first, NOW)
            tx.snoozes.put(replace(first, until=minutes(90), version=2), NOW)
            tx.snoozes.put(replace(first, person="amy", until=minutes(5)), NOW)
        with other_store.read() as tx:
            assert tx.snoozes.of("li", 7) == replace(first, until=minutes(90), version=2)
            assert tx.snoozes.of("li", 8) is None
        with store.write() as tx:
            tx.snoozes.put(replace(first, ticket_id=8, until=minutes(300)), minutes(100))
            assert tx.snoozes.of("li", 7) is None and tx.snoozes.of("amy", 7) is not None
            assert tx.snoozes.take("li", 8) and not tx.snoozes.take("li", 8)

    def test_his_queue_leaves_it_out_until_something_happens(self, store: SqlStore) -> None:
        """Or its hour comes; a search finds it all the same, and nobody else's queue changes."""
        ids = file_tickets(store, 2)
        with store.read() as tx:
            one, two = (ticket for id_ in ids if (ticket := tx.tickets.get(id_)) is not None)

        def numbers(state: str = "open", person: str = "li", at: float = 0, text: str = "") -> list[str]:
            which = QueueFilter(state=state, person=person, now=minutes(at), text=text)
            with store.read() as tx:
                rows = tx.views.queue(which, "", 50).rows
                assert tx.views.queue_count(which) == len(rows)
            return [row.number for row in rows]

        with store.write() as tx:
            tx.snoozes.put(Snooze(person="li", ticket_id=one.id, until=minutes(60), version=one.version), NOW)
        assert numbers() == [two.number] and numbers(SNOOZED) == [one.number]
        assert set(numbers(person="amy")) == set(numbers(at=61)) == {one.number, two.number}
        assert set(numbers(state="")) == {one.number, two.number} and numbers(SNOOZED, at=61) == []
        assert one.number in numbers(text=one.number)
        with store.write() as tx:
            tx.tickets.update(one)
        assert set(numbers()) == {one.number, two.number} and numbers(SNOOZED) == []
