"""The contract of promises, and of the due time that a ticket shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import Conflict
from core.domain.promise import Clock, PromiseState
from store.open import SqlStore
from tests.unit.store.values import a_promise, file_tickets, minutes


def next_of(store: SqlStore, ticket_id: int) -> tuple[object, str]:
    with store.read() as tx:
        ticket = tx.tickets.get(ticket_id)
    assert ticket is not None
    return ticket.next_due, ticket.next_clock


class TestPromises:
    def test_a_ticket_shows_its_earliest_running_promise(self, store: SqlStore) -> None:
        """Adding and changing promises keeps the ticket's next due time true."""
        (ticket_id,) = file_tickets(store, 1)
        assert next_of(store, ticket_id) == (minutes(15), "first_response")
        with store.write() as tx:
            tx.promises.add([a_promise(9001, ticket_id, clock=Clock.NEXT_UPDATE, due=minutes(5))])
        assert next_of(store, ticket_id) == (minutes(5), "next_update")
        with store.write() as tx:
            ended = [
                replace(each, state=PromiseState.KEPT, ended=minutes(4)) for each in tx.promises.of_ticket(ticket_id)
            ]
            tx.promises.change(ended[:2])
        assert next_of(store, ticket_id) == (minutes(5), "next_update")
        with store.write() as tx:
            tx.promises.change(ended[2:])
        assert next_of(store, ticket_id) == (None, "")

    def test_a_change_names_the_version_it_began_from(self, store: SqlStore) -> None:
        """A changed promise is stored with version + 1; a stale one conflicts and changes nothing."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            before = tx.promises.of_ticket(ticket_id)
            tx.promises.change([replace(before[0], warned=1, warn_at=minutes(15))])
        with store.read() as tx:
            after = tx.promises.of_ticket(ticket_id)
        assert after[0] == replace(before[0], warned=1, warn_at=minutes(15), version=2)
        with pytest.raises(Conflict), store.write() as tx:
            tx.promises.change([replace(before[1], warned=2), before[0]])
        with store.read() as tx:
            assert tx.promises.of_ticket(ticket_id) == after

    def test_a_cause_makes_a_promise_once(self, store: SqlStore) -> None:
        """The same clock for the same cause cannot be promised twice."""
        (ticket_id,) = file_tickets(store, 1)
        twin = a_promise(9001, ticket_id, cause=f"arrival:{ticket_id + 3}")
        with pytest.raises(Conflict), store.write() as tx:
            tx.promises.add([twin])

    def test_due_promises_come_earliest_first(self, store: SqlStore) -> None:
        """Only running promises whose moment has come, by warn_at."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            done = tx.promises.of_ticket(ticket_id)
            tx.promises.change([replace(each, warn_at=None) for each in done])
            tx.promises.add(
                [
                    a_promise(9001, ticket_id, warn_at=minutes(3)),
                    a_promise(9002, ticket_id, warn_at=minutes(1)),
                    a_promise(9003, ticket_id, warn_at=minutes(1), state=PromiseState.KEPT),
                    a_promise(9004, ticket_id, warn_at=minutes(4)),
                ]
            )
        with store.read() as tx:
            assert [each.id for each in tx.promises.due(minutes(3), 10)] == [9002, 9001]
            assert [each.id for each in tx.promises.due(minutes(9), 2)] == [9002, 9001]
            assert tx.promises.due(minutes(0), 10) == ()
