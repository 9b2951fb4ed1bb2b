"""The contract of what sheets read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.filing import AuditEntry
from core.domain.ids import first_id_at
from core.domain.ledger import Stage
from core.domain.letter import LetterState
from core.domain.ticket import SPAM_TAG, Direction, State
from store.open import SqlStore
from tests.unit.store.values import NOW, a_filing, a_letter, a_message, a_ticket, file_tickets, keep_and_claim


class TestCases:
    def test_tickets_come_in_the_order_of_filing_and_without_spam(self, store: SqlStore) -> None:
        """Page by page; everything about each, also what it was merged into."""
        one, two, three, four = file_tickets(store, 4)
        with store.write() as tx:
            tx.tickets.update(replace(_ticket(store, two), state=State.INVALID, tags=(SPAM_TAG,)))
            tx.tickets.update(replace(_ticket(store, three), state=State.MERGED, linked_to=one))
        with store.read() as tx:
            first = tx.views.cases(None, None, 0, 2)
            rest = tx.views.cases(None, None, first[-1].ticket.id, 2)
        assert [case.ticket.id for case in (*first, *rest)] == [one, three, four]
        case = first[0]
        assert case.customer and case.customer.id == one + 1 and [message.id for message in case.messages] == [one + 2]
        assert case.messages[0].sender and case.messages[0].sender.name == "王芳" and case.messages[0].html == ""
        assert [promise.id for promise in case.promises] == [one + 3, one + 4]
        assert [line.action for line in case.trail] == ["ticket.new"]
        assert first[1].into == case.ticket.number

    def test_a_time_has_its_beginning_and_no_end(self, store: SqlStore) -> None:
        """By the arrival, from the first instant until before the last; old cases are filed later than they came."""
        begin = first_id_at(NOW)
        arrivals = (NOW - timedelta(days=400), NOW, NOW + timedelta(hours=1))
        for place, arrived in enumerate(arrivals):
            _file(store, begin + 1000 * place, place + 1, arrived)
        with store.read() as tx:
            found = {
                (since, before): [case.ticket.received for case in tx.views.cases(since, before, 0, 10)]
                for since, before in ((NOW, None), (NOW, arrivals[2]), (None, NOW))
            }
        assert list(found.values()) == [list(arrivals[1:]), [NOW], [arrivals[0]]]

    def test_a_letter_that_has_not_left_is_no_message(self, store: SqlStore) -> None:
        """What our agents sent from their own mail programs is one."""
        [one] = file_tickets(store, 1)
        letter = a_letter(one + 7, one, occasion="answer:1", state=LetterState.HELD)
        with store.write() as tx:
            tx.outbox.add((letter,))
            out = {"direction": Direction.OUT}
            tx.tickets.add_message(a_message(one + 8, one, message_id=letter.message_id, **out))
            tx.tickets.add_message(a_message(one + 9, one, message_id="own@desk.example", **out))
        with store.read() as tx:
            [case] = tx.views.cases(None, None, 0, 10)
        assert [message.id for message in case.messages] == [one + 2, one + 9]

    def test_who_logged_it_stands_in_its_trail(self, store: SqlStore) -> None:
        """The line about the message by which a call began, before those about the ticket."""
        begin = first_id_at(NOW)
        logged = _file(store, begin, 1, NOW, channel="phone")
        entry = AuditEntry(id=begin + 1, at=NOW, actor="li", action="message.taken-in", subject=f"mail:{logged}")
        with store.write() as tx:
            tx.audit.add((entry,))
        with store.read() as tx:
            [case] = tx.views.cases(None, None, 0, 10)
        assert [line.actor for line in case.trail] == ["li", "system"]


def _ticket(store: SqlStore, ticket_id: int):
    with store.read() as tx:
        found = tx.tickets.get(ticket_id)
    assert found is not None
    return found


def _file(store: SqlStore, id_: int, uid: int, received: datetime, channel: str = "email") -> int:
    """A ticket that came then; the id of its mail."""
    [ledger_id] = keep_and_claim(store, [uid])
    ticket = a_ticket(id_, customer_id=id_ + 1, number=f"N{uid}", received=received, channel=channel)
    with store.write() as tx:
        tx.tickets.file([a_filing(ledger_id, id_, stage=Stage.FILED, ticket=ticket)], NOW)
    return ledger_id
