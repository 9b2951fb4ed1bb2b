"""The contract of the pages on which a ticket is open."""

from __future__ import annotations

from dataclasses import replace

from core.domain.people import User
from core.domain.presence import Presence
from store.open import SqlStore
from tests.unit.store.values import NOW, minutes

LI = Presence(person="li", page=1, ticket_id=7, since=NOW, until=minutes(1))


class TestPresences:
    def test_a_page_that_says_the_same_again_is_no_news(self, store: SqlStore, other_store: SqlStore) -> None:
        """Opened, writing, no longer writing, another ticket and closed are; everybody sees it with the name."""
        with store.write() as tx:
            tx.people.save(User(id=1, name="li", display="李敏"))
            assert tx.presences.stay(LI)
        later = replace(LI, since=minutes(0.5), until=minutes(1.5))
        with store.write() as tx:
            assert not tx.presences.stay(later)
        with other_store.read() as tx:
            assert tx.presences.now_open(minutes(1)) == (replace(LI, until=minutes(1.5), display="李敏"),)
        writing = replace(later, writing=minutes(0.5))
        with store.write() as tx:
            assert tx.presences.stay(writing)
            assert not tx.presences.stay(replace(writing, writing=minutes(0.8), until=minutes(1.8)))
            assert [each.writing for each in tx.presences.now_open(NOW)] == [minutes(0.5)]
            assert tx.presences.stay(later)
            assert tx.presences.stay(replace(later, ticket_id=8))
            assert [(each.ticket_id, each.writing) for each in tx.presences.now_open(NOW)] == [(8, None)]
            assert tx.presences.leave("li", 1) and not tx.presences.leave("li", 1)
            assert tx.presences.now_open(NOW) == ()

    def test_a_page_that_says_nothing_more_ends_by_itself(self, store: SqlStore) -> None:
        """It is not seen from its end on, and forgotten when another one opens; there again it is news."""
        with store.write() as tx:
            tx.presences.stay(LI)
            assert tx.presences.now_open(minutes(1)) == ()
            assert tx.presences.stay(replace(LI, since=minutes(2), until=minutes(3)))
            tx.presences.stay(Presence(person="amy", page=1, ticket_id=7, since=minutes(4), until=minutes(5)))
            assert [each.person for each in tx.presences.now_open(NOW)] == ["amy"]
            assert not tx.presences.leave("li", 1)
