"""The contract of rules' figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.decision import Occasion
from core.domain.errors import Conflict
from core.domain.figures import RuleCount
from store.open import SqlStore
from tests.unit.store.values import NOW, a_decision, file_tickets, minutes

ONE = RuleCount(day=20000, rule="a", last=NOW, hits=1, overridden=1)


def add(store: SqlStore, *counts: RuleCount) -> None:
    with store.write() as tx:
        tx.figures.add(counts)


def add_from(store: SqlStore, seen: int) -> None:
    with store.write() as tx:
        tx.figures.add([ONE])
        tx.figures.advance("decisions", seen, 9)


class TestFigures:
    def test_counts_of_a_day_add_up(self, store: SqlStore) -> None:
        """Whoever writes them; what is taken back goes off again, and the latest arrival stays."""
        add(store, ONE, replace(ONE, field="type", hits=0, overridden=0, sets=1, decided=1, agreed=1))
        add(store, replace(ONE, last=minutes(-5), errors=2))
        add(store, replace(ONE, field="type", hits=0, overridden=0, decided=-1, agreed=-1, last=minutes(5)))
        with store.read() as tx:
            whole, field = tx.figures.since(20000)
        assert whole == replace(ONE, hits=2, overridden=2, errors=2)
        assert field == replace(ONE, field="type", hits=0, overridden=0, sets=1, last=minutes(5))

    def test_sums_begin_at_a_day(self, store: SqlStore) -> None:
        """By rule and status; older days are left out, and dropped when asked for."""
        add(store, ONE, replace(ONE, day=20001), replace(ONE, day=20001, trial=True), replace(ONE, day=20001, rule="b"))
        with store.read() as tx:
            assert [(one.rule, one.trial, one.hits) for one in tx.figures.since(20000)] == [
                ("a", False, 2),
                ("a", True, 1),
                ("b", False, 1),
            ]
            assert [one.hits for one in tx.figures.since(20001)] == [1, 1, 1]
        with store.write() as tx:
            assert tx.figures.forget(20001) == 1

    def test_what_was_counted_is_counted_by_nobody_else(self, store: SqlStore, other_store: SqlStore) -> None:
        """A mark moves only from where it was seen, and what is written with it goes with it."""
        with store.write() as tx:
            tx.figures.advance("decisions", 0, 5)
        for seen in (0, 4):
            with pytest.raises(Conflict):
                add_from(other_store, seen)
        with store.write() as tx:
            tx.figures.advance("decisions", 5, 9)
            tx.figures.advance("corrections", 0, 3)
        with store.read() as tx:
            assert (tx.figures.counted("decisions"), tx.figures.counted("corrections")) == (9, 3)
            assert tx.figures.counted("nothing") == 0
            assert tx.figures.since(0) == ()

    def test_rules_that_fail_are_found(self, store: SqlStore) -> None:
        """The worst first, of the last days only."""
        failed = replace(ONE, hits=0, errors=2)
        add(
            store, ONE, replace(failed, rule="b"), replace(failed, rule="c", errors=3), replace(failed, rule="d", day=1)
        )
        with store.read() as tx:
            assert tx.figures.failing(20000, 10) == (("c", 3), ("b", 2))
            assert tx.figures.failing(20000, 1) == (("c", 3),)

    def test_decisions_of_an_arrival_and_those_since_are_told_apart(self, store: SqlStore) -> None:
        """Of one message the last on arrival; of a ticket all later ones, in order."""
        first, second = file_tickets(store, 2)
        facts = replace(a_decision().facts, occasion=Occasion.REPLY)
        reply = replace(a_decision(), occasion=Occasion.REPLY, facts=facts)
        with store.write() as tx:
            tx.tickets.add_decision(a_decision(model="again"), first, first + 2, NOW)
            for text in (1, 2):
                tx.tickets.add_decision(replace(reply, model=f"m{text}"), first, first + 90 + text, NOW)
        with store.read() as tx:
            on = tx.figures.decision_on(first + 2)
            later = tx.figures.decisions_later(first)
            assert tx.figures.decisions_later(second) == () and tx.figures.decision_on(first + 91) is None
        assert on is not None and on.decision.model == "again"
        assert [(one.message_id, one.decision.model) for one in later] == [(first + 91, "m1"), (first + 92, "m2")]
