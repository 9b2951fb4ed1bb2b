"""The contract of communication tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.errors import Conflict
from core.domain.task import Task, TaskFilter, TaskKind, TaskState
from core.domain.ticket import State
from store.open import SqlStore
from tests.unit.store.values import NOW, file_tickets, minutes


def a_task(id_: int, **changed: Any) -> Task:
    given: dict[str, Any] = {"id": id_, "kind": TaskKind.CALL_BACK, "occasion": f"task:{id_}", "due": minutes(id_)}
    more = {"at": NOW, "owner": "li", "words": "问问还卡不卡", "made_by": "li", "because": "person"}
    return Task(**given | more | {"warn_at": minutes(id_)} | changed)


class TestTasks:
    def test_a_task_is_given_back_as_it_was_made(self, store: SqlStore) -> None:
        """With its customer's name and its ticket's number, and the ticket counts as touched."""
        (ticket_id,) = file_tickets(store, 1)
        made = a_task(9, ticket_id=ticket_id, customer_id=ticket_id + 1, team="客服部", wording="您好")
        with store.write() as tx:
            before = tx.views.last_touched()
            assert tx.tasks.add(made)
        with store.read() as tx:
            assert tx.tasks.get(9) == made and tx.tasks.get(8) is None
            (row,) = tx.tasks.of_ticket(ticket_id)
            assert (row.task, row.customer, row.number) == (made, "王芳", f"20260305{ticket_id % 1000:03d}")
            assert row == tx.tasks.row(9) and tx.tasks.of_customers([ticket_id + 1, 7]) == (row,)
            assert tx.views.last_touched() > before

    def test_an_occasion_makes_one_task(self, store: SqlStore) -> None:
        """The second is not made, and nothing of the first is changed."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            assert tx.tasks.add(a_task(1, ticket_id=ticket_id, occasion="2026H1"))
            assert not tx.tasks.add(a_task(2, ticket_id=ticket_id, occasion="2026H1"))
        with store.read() as tx:
            assert [row.task.id for row in tx.tasks.of_ticket(ticket_id)] == [1]

    def test_what_is_live_comes_before_what_is_over(self, store: SqlStore) -> None:
        """However much was done since on the ticket and for the customer."""
        (ticket_id,) = file_tickets(store, 1)
        over = {"state": TaskState.DONE, "ended": NOW}
        with store.write() as tx:
            for id_, more in ((1, {}), (2, over), (3, {}), (4, over)):
                tx.tasks.add(a_task(id_, ticket_id=ticket_id, customer_id=ticket_id + 1, **more))
            found = tx.tasks.of_ticket(ticket_id)
            assert [row.task.id for row in found] == [3, 1, 4, 2] and found == tx.tasks.of_customers([ticket_id + 1])

    def test_two_people_do_not_write_over_each_other(self, store: SqlStore) -> None:
        """The second learns that the first was quicker."""
        (ticket_id,) = file_tickets(store, 1)
        known = a_task(1, ticket_id=ticket_id)
        done = replace(known, state=TaskState.DONE, ended=minutes(5), ended_by="li", warn_at=None)
        with store.write() as tx:
            tx.tasks.add(known)
            assert tx.tasks.change(done) == replace(done, version=2)
        with pytest.raises(Conflict), store.write() as tx:
            tx.tasks.change(replace(known, due=minutes(9)))

    def test_lists_go_by_the_due_time(self, store: SqlStore) -> None:
        """Page by page; of one owner, of some teams, of a stretch of time; what is over apart, the last first."""
        (ticket_id,) = file_tickets(store, 1)
        tasks = [a_task(1, due=minutes(9)), a_task(2, owner="amy", team="客服部"), a_task(3, team="商务组"), a_task(4)]
        over = [a_task(id_, ended=minutes(id_), state=TaskState.DONE) for id_ in (5, 6)]
        with store.write() as tx:
            for one in (*tasks, *over):
                tx.tasks.add(replace(one, ticket_id=ticket_id))

            def ids(key: str = "", **which: Any) -> list[int]:
                found = tx.tasks.listed(TaskFilter(**which), key, 10)
                assert tx.tasks.count(TaskFilter(**which)) >= len(found.rows)
                return [row.task.id for row in found.rows]

            assert ids() == [2, 3, 4, 1] and ids(ended=True) == [6, 5]
            assert ids(owner="amy") == [2] and ids(teams=("商务组", "客服部")) == [2, 3]
            assert ids(since=minutes(3), before=minutes(9)) == [3, 4]
            for which in (TaskFilter(), TaskFilter(ended=True), TaskFilter(teams=("商务组", "客服部"))):
                first = tx.tasks.listed(which, "", 1)
                rest = tx.tasks.listed(which, first.next_key, 10)
                assert [*first.rows, *rest.rows] == [*tx.tasks.listed(which, "", 10).rows] and not rest.next_key

    def test_what_is_overdue_is_found_until_somebody_was_told(self, store: SqlStore) -> None:
        """The earliest first."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            for id_ in (3, 2, 1):
                tx.tasks.add(a_task(id_, ticket_id=ticket_id, warn_at=minutes(id_) if id_ > 1 else None))
            assert [one.id for one in tx.tasks.overdue(minutes(3), 9)] == [2, 3]
            assert [one.id for one in tx.tasks.overdue(minutes(2), 9)] == [2] and not tx.tasks.overdue(NOW, 9)

    def test_a_merged_tickets_tasks_are_those_of_the_one_that_goes_on(self, store: SqlStore) -> None:
        """Without being changed: unmerging gives them back."""
        first, second = file_tickets(store, 2)
        with store.write() as tx:
            tx.tasks.add(a_task(1, ticket_id=second))
            merged = tx.tickets.get(second)
            assert merged is not None and not tx.tasks.of_ticket(first)
            tx.tickets.update(replace(merged, state=State.MERGED, linked_to=first))
            assert [row.task.ticket_id for row in tx.tasks.of_ticket(first)] == [second]
