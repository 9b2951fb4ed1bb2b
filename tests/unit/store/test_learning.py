"""The contracts of past tickets by their words and of figures by week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.domain.correction import Correction, CorrectionKind
from core.domain.ids import instant_of
from core.domain.learning import WeekFigures
from store.open import SqlStore
from store.precedents import NEWEST
from tests.unit.store.values import NOW, file_tickets

LEAST = 0.1


def confirm(store: SqlStore, *ids: int) -> None:
    with store.write() as tx:
        for id_ in ids:
            ticket = tx.tickets.get(id_)
            assert ticket is not None
            tx.tickets.update(replace(ticket, confirmed=True, fields={**ticket.fields, "type": "投诉"}))


class TestPrecedents:
    def test_the_nearest_share_the_loudest_words(self, store: SqlStore) -> None:
        """In order of likeness, with what an agent made of them and the words that both have, loudest first."""
        one, two, three, asked = file_tickets(store, 4)
        confirm(store, one, two, three)
        with store.write() as tx:
            tx.precedents.put(one, {"云盘": 0.6, "同步": 0.8})
            tx.precedents.put(two, {"云盘": 1.0})
            tx.precedents.put(three, {"发票": 1.0})
        with store.read() as tx:
            found = tx.precedents.nearest({"云盘": 0.6, "同步": 0.8}, asked, 3, LEAST)
            assert [(p.ticket_id, p.words) for p in found] == [(one, ("同步", "云盘")), (two, ("云盘",))]
            assert (found[0].likeness, found[1].likeness) == (1.0, 0.6)
            assert found[0].fields["type"] == "投诉" and found[0].number and found[0].received <= NOW
            assert tx.precedents.nearest({"云盘": 0.6, "同步": 0.8}, asked, 1, LEAST) == found[:1]
            assert tx.precedents.nearest({"云盘": 0.6, "同步": 0.8}, asked, 3, 0.7) == found[:1]
            assert tx.precedents.nearest({"保险": 1.0}, asked, 3, LEAST) == ()
            assert tx.precedents.nearest({}, asked, 3, LEAST) == ()

    def test_a_ticket_is_not_its_own_precedent(self, store: SqlStore) -> None:
        """Nor is one whose word was taken back; what is remembered anew takes the old one's place."""
        one, two = file_tickets(store, 2)
        confirm(store, one)
        with store.write() as tx:
            tx.precedents.put(one, {"云盘": 1.0})
            tx.precedents.put(two, {"云盘": 1.0})
        with store.read() as tx:
            assert tx.precedents.nearest({"云盘": 1.0}, one, 3, LEAST) == ()
            assert [p.ticket_id for p in tx.precedents.nearest({"云盘": 1.0}, two, 3, LEAST)] == [one]
        with store.write() as tx:
            tx.precedents.put(one, {"发票": 1.0})
        with store.read() as tx:
            assert tx.precedents.nearest({"云盘": 1.0}, two, 3, LEAST) == ()

    def test_only_the_newest_of_a_word_are_looked_at(self, store: SqlStore) -> None:
        """What everybody asks costs no more than what nobody asked."""
        first, *rest = file_tickets(store, NEWEST + 2)
        confirm(store, first, *rest)
        with store.write() as tx:
            for id_ in (first, *rest):
                tx.precedents.put(id_, {"云盘": 1.0})
        with store.read() as tx:
            found = tx.precedents.nearest({"云盘": 1.0}, rest[-1], 100, LEAST)
            assert [p.ticket_id for p in found] == sorted(rest[:-1], reverse=True)[: len(found)]
            assert first not in {p.ticket_id for p in found}


class TestWeeks:
    def test_figures_are_added_up_by_week(self, store: SqlStore) -> None:
        """Newest week first, and up to where is counted."""
        week = WeekFigures(week="2026-W10", suggested=3, accepted=1, known=2.5, judged=2, agreed=1)
        with store.write() as tx:
            assert tx.weeks.counted() == (0, 0)
            tx.weeks.add({week.week: week}, 7, 8)
            tx.weeks.add({week.week: week, "2026-W11": replace(week, week="2026-W11")}, 9, 10)
        with store.read() as tx:
            assert tx.weeks.newest(5) == (replace(week, week="2026-W11"), week + week)
            assert tx.weeks.newest(1) == (replace(week, week="2026-W11"),)
            assert tx.weeks.counted() == (9, 10)

    def test_what_follows_is_given_once(self, store: SqlStore) -> None:
        """Suggestions and verdicts after an id and before an instant, oldest first; an undone word sets nothing."""
        first, _ = file_tickets(store, 2)
        made = Correction(
            id=9000,
            ticket_id=first,
            message_id=first + 2,
            kind=CorrectionKind.CORRECT,
            at=NOW,
            agent="li",
            before=(),
            before_by=(),
            after=(("type", "投诉"),),
        )
        with store.write() as tx:
            tx.corrections.add(made)
            tx.corrections.add(replace(made, id=9001, kind=CorrectionKind.UNDO, undoes=9000))
        with store.read() as tx:
            later = instant_of(store.ids()) + timedelta(days=1)
            told = tx.weeks.suggestions(0, later, 10)
            assert len(told) == 2 and told[0][0] < told[1][0]
            assert tx.weeks.suggestions(0, later, 1) == told[:1]
            assert tx.weeks.suggestions(told[0][0], later, 10) == told[1:]
            said = tx.weeks.verdicts(0, later, 10)
            assert [(id_, dict(after)) for id_, _, after, _ in said] == [(9000, {"type": "投诉"}), (9001, {})]
            assert said[0][3].model == told[0][2].model
