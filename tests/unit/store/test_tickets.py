"""The contract of tickets: look-ups, numbers and versions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.decision import Occasion
from core.domain.errors import Conflict
from core.domain.filing import Near, Reference, ReferenceKind
from core.domain.mail import Address, ParsedMail
from core.domain.ticket import Direction, State
from store.open import SqlStore, SqlTransaction
from tests.unit.store.values import (
    NOW,
    a_customer,
    a_decision,
    a_filing,
    a_message,
    a_ticket,
    file_tickets,
    keep_and_claim,
    minutes,
)


class TestTickets:
    def test_serials_have_no_gaps(self, store: SqlStore) -> None:
        """A serial that was rolled back is given again; each series counts for itself."""
        with store.write() as tx:
            tx.tickets.lock_series("20260305")
            assert [tx.tickets.next_serial("20260305") for _ in range(3)] == [1, 2, 3]
        with suppress(ZeroDivisionError), store.write() as tx:
            tx.tickets.lock_series("20260305")
            assert 1 / (tx.tickets.next_serial("20260305") - 4)
        with store.write() as tx:
            tx.tickets.lock_series("20260305")
            assert tx.tickets.next_serial("20260305") == 4
            assert tx.tickets.next_serial("H") == 1
            assert [tx.tickets.next_serial("20260305", 3), tx.tickets.next_serial("20260305")] == [5, 8]
            assert [tx.tickets.next_serial("20260306", 2), tx.tickets.next_serial("20260306")] == [1, 3]

    @pytest.mark.slow
    def test_held_tickets_are_as_they_are_now(self, store: SqlStore, other_store: SqlStore) -> None:
        """In the order of their ids; who changes one waits until they are let go, one that does not exist is left
        out."""
        first, second = file_tickets(store, 2)
        done: list[str] = []

        def rename() -> None:
            with other_store.write() as tx:
                (ticket,) = tx.tickets.hold([first])
                done.append(ticket.subject)
                tx.tickets.update(replace(ticket, subject="其后"))

        with ThreadPoolExecutor(1) as pool:
            with store.write() as tx:
                held = tx.tickets.hold([second, 7, first])
                waiting = pool.submit(rename)
                with pytest.raises(TimeoutError):
                    waiting.result(0.2)
                tx.tickets.update(replace(held[0], subject="其间"))
            waiting.result(10)
        assert [one.id for one in held] == [first, second] and done == ["其间"]
        with store.write() as tx:
            assert tx.tickets.hold(()) == ()

    def test_a_message_id_leads_to_its_tickets(self, store: SqlStore) -> None:
        """What a mail has, what it names, and the ids of our letters are found, in the order asked."""
        first, second = file_tickets(store, 2)
        with store.read() as tx:
            found = tx.tickets.by_references(
                [f"root{second}@example.cn", "nobody@x", f"m{first + 2}@example.cn", f"hy.{first + 5}@desk.example"]
            )
        assert found == (
            (f"root{second}@example.cn", second),
            (f"m{first + 2}@example.cn", first),
            (f"hy.{first + 5}@desk.example", first),
        )

    def test_a_message_id_may_lead_to_two_tickets(self, store: SqlStore) -> None:
        """Message-IDs are never unique."""
        first, second = file_tickets(store, 2)
        shared = Reference(message_id="same@x", kind=ReferenceKind.NAMES)
        with store.write() as tx:
            tx.tickets.add_message(a_message(9001, first), [shared])
            tx.tickets.add_message(a_message(9002, second), [shared, shared])
        with store.read() as tx:
            assert tx.tickets.by_references(["same@x"]) == (("same@x", first), ("same@x", second))

    def test_where_a_mail_is_counts_before_where_it_was_named(self, store: SqlStore) -> None:
        """A reply that came to the elder ticket and names a mail of the younger one does not draw others there."""
        first, second = file_tickets(store, 2)
        named = Reference(message_id="mail@x", kind=ReferenceKind.NAMES)
        with store.write() as tx:
            tx.tickets.add_message(a_message(9001, first), [named])
            tx.tickets.add_message(a_message(9002, second), [replace(named, kind=ReferenceKind.IS), named])
        with store.read() as tx:
            assert tx.tickets.by_references(["mail@x"]) == (("mail@x", second), ("mail@x", first))

    def test_a_merged_ticket_is_read_with_its_people(self, store: SqlStore) -> None:
        """Its messages and letters stand with the ticket it went into, also by way of another, and so do those who
        wrote; a link alone does nothing of the kind."""
        main, middle, last, linked = file_tickets(store, 4)
        states = {middle: (main, State.MERGED), last: (middle, State.MERGED), linked: (main, State.OPEN)}
        with store.write() as tx:
            tx.tickets.add_message(a_message(9001, last, sender=Address(address="li@other.cn")))
            tx.tickets.add_message(a_message(9002, linked, sender=Address(address="sun@third.cn")))
            for ticket_id, (into, state) in states.items():
                ticket = tx.tickets.get(ticket_id)
                assert ticket is not None
                tx.tickets.update(replace(ticket, state=state, linked_to=into))
        with store.read() as tx:
            assert tx.tickets.belongs(main, "li@other.cn") and not tx.tickets.belongs(main, "sun@third.cn")
            ticket = tx.tickets.get(main)
            assert ticket is not None
            detail = tx.views.ticket(ticket.number)
            assert detail is not None
        assert [one.id for one in detail.merged] == [middle, last]
        assert [m.id for m in detail.conversation] == sorted([main + 2, middle + 2, last + 2, 9001])
        assert {letter.ticket_id for letter in detail.correspondence} == {main, middle, last}

    def test_who_wrote_belongs(self, store: SqlStore) -> None:
        """The customer and whoever wrote belong to a ticket; those who only received a copy do not."""
        (ticket_id,) = file_tickets(store, 1)
        other = a_message(9001, ticket_id, sender=Address(address="Boss@example.cn"))
        note = a_message(9002, ticket_id, sender=Address(address="agent@desk.example"), direction=Direction.OUT)
        with store.write() as tx:
            tx.tickets.add_message(other)
            tx.tickets.add_message(note)
        with store.read() as tx:
            belongs = [
                tx.tickets.belongs(ticket_id, key)
                for key in ("wang@example.cn", f"customer{ticket_id}@example.cn", "boss@example.cn")
            ]
            strangers = [tx.tickets.belongs(ticket_id, key) for key in ("cc@example.cn", "agent@desk.example")]
            assert not tx.tickets.belongs(ticket_id + 10, "boss@example.cn")
        assert belongs == [True, True, True]
        assert strangers == [False, False]

    def test_a_copy_has_the_same_id_and_the_same_content(self, store: SqlStore) -> None:
        """Message-ID alone or content alone is no copy."""
        (ticket_id,) = file_tickets(store, 1)
        with store.read() as tx:
            id_, key = f"m{ticket_id + 2}@example.cn", f"key-{ticket_id + 2}"
            assert tx.tickets.copies(id_, key) == ((ticket_id, ticket_id + 2),)
            assert tx.tickets.copies(id_, "other") == ()
            assert tx.tickets.copies("other", key) == ()

    def test_looking_ahead_changes_no_answer(self, store: SqlStore) -> None:
        """Copies, references and customers, those that are there and those that are not, asked for or not, and after
        this transaction wrote itself."""
        first, second, third = file_tickets(store, 3)
        with store.write() as tx:
            tx.tickets.add_message(a_message(9001, first), [Reference(message_id="same@x", kind=ReferenceKind.NAMES)])

        def as_mail(ticket_id: int, *named: str) -> ParsedMail:
            sender = Address(address=f"customer{ticket_id}@example.cn")
            id_, key = f"m{ticket_id + 2}@example.cn", f"key-{ticket_id + 2}"
            return ParsedMail(message_id=id_, content_key=key, sender=sender, references=named)

        many = tuple(f"thread{place}@x" for place in range(40))
        mails = (
            as_mail(first, "same@x", "nobody@x"),
            as_mail(second, *many, f"root{third}@example.cn"),
            replace(as_mail(second), content_key=f"key-{first + 2}"),
            as_mail(77_000),
            ParsedMail(),
        )

        def answers(tx: SqlTransaction) -> list[object]:
            look = tx.tickets
            every = (*mails, as_mail(third))
            return [
                [look.by_references((*mail.named_ids, mail.message_id)) for mail in every],
                [look.copies(mail.message_id, mail.content_key) for mail in every],
                [look.customer_by_address(mail.sender.key) for mail in every if mail.sender],
            ]

        with store.read() as tx:
            alone = answers(tx)
            tx.tickets.look_ahead(mails)
            assert answers(tx) == alone
            tx.tickets.look_ahead(())
            assert answers(tx) == alone
        with store.write() as tx:
            tx.tickets.look_ahead(mails)
            message = a_message(9002, second, message_id="m77002@example.cn", content_key="key-77002")
            tx.tickets.add_message(message, [Reference(message_id="nobody@x", kind=ReferenceKind.IS)])
            tx.tickets.save_customer(a_customer(9003, "customer77000@example.cn"))
            seen = answers(tx)
        with store.read() as tx:
            assert seen == answers(tx) != alone

    def test_an_update_names_the_version_it_began_from(self, store: SqlStore) -> None:
        """The value given back can be changed again; a stale one conflicts."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            ticket = tx.tickets.get(ticket_id)
            assert ticket is not None
            once = tx.tickets.update(replace(ticket, fields={"type": "投诉"}, confirmed=True, tags=("a", "b")))
            twice = tx.tickets.update(replace(once, assignee="li", state=State.RESOLVED, first_response=minutes(2)))
            assert tx.tickets.get(ticket_id) == twice
            assert twice.version == ticket.version + 2
        with pytest.raises(Conflict), store.write() as tx:
            tx.tickets.update(once)

    def test_a_ticket_is_read_once_until_something_is_written(self, store: SqlStore) -> None:
        """The same value again, and what was written at once."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            ticket = tx.tickets.get(ticket_id)
            assert ticket is not None and tx.tickets.get(ticket_id) is ticket
            changed = tx.tickets.update(replace(ticket, subject="其间"))
            assert tx.tickets.get(ticket_id) == changed and tx.tickets.get(7) is None

    @pytest.mark.parametrize(
        ("orders", "expected"), [((), [0]), (("SO-7",), [2, 0]), (("X-9",), [0]), (("SO-7", "PO_1"), [3, 2, 0])]
    )
    def test_of_colleagues_only_what_names_the_order_is_near(
        self, store: SqlStore, orders: tuple[str, ...], expected: list[int]
    ) -> None:
        """His own whatever they name; theirs when they name one of his orders; of another company none."""
        named = [(), (), ("SO-7", "A1"), ("PO_1",), ("SO-7",)]
        scopes = ["a.cn"] * 4 + ["b.cn"]
        rows = keep_and_claim(store, range(5000, 5005))
        ids = [2_000_000 + 100 * place for place in range(5)]
        filings = [
            replace(a_filing(row, id_), near=Near(scope=scope, text=(1, 2), orders=theirs))
            for row, id_, scope, theirs in zip(rows, ids, scopes, named, strict=True)
        ]
        with store.write() as tx:
            tx.tickets.file(filings, NOW)
        with store.read() as tx:
            near = tx.tickets.near("a.cn", ids[0] + 1, datetime(1990, 1, 1, tzinfo=UTC), orders, many=False)
        assert [one.ticket_id for one in near] == [ids[place] for place in expected]

    def test_closed_tickets_are_not_counted_as_open(self, store: SqlStore) -> None:
        """Only open states count."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            assert tx.tickets.open_count(ticket_id + 1) == 1
            ticket = tx.tickets.get(ticket_id)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=State.CLOSED))
            assert tx.tickets.open_count(ticket_id + 1) == 0

    def test_the_latest_decision_of_a_message_counts(self, store: SqlStore) -> None:
        """A message that was decided again after a replay has the later decision."""
        first, second = keep_and_claim(store, [1, 2])
        with store.write() as tx:
            tx.tickets.file([a_filing(first, 100)], NOW)
        later = a_decision(letter="hold", spam=True, choices={}, hits=())
        ticket = a_ticket(100, customer_id=101)
        again = a_filing(
            second,
            200,
            customer=None,
            ticket=None,
            changed=ticket,
            message=a_message(202, 100),
            decision=later,
            promises=(),
            letters=(),
            audit=(),
        )
        with store.write() as tx:
            tx.tickets.file([again], NOW)
        with store.read() as tx:
            assert tx.tickets.decision_for(202) == later
            assert tx.tickets.decision_for(102) == a_decision()

    def test_a_customer_s_tickets_are_counted_and_the_newest_open_one_found(self, store: SqlStore) -> None:
        """Counted from an instant on; of the open ones the newest that is not the one in hand."""
        first, second = file_tickets(store, 2)
        with store.write() as tx:
            ticket = tx.tickets.get(second)
            assert ticket is not None
            tx.tickets.update(replace(ticket, customer_id=first + 1))
        with store.write() as tx:
            assert tx.tickets.newest_open(first + 1, 0) == second
            assert tx.tickets.newest_open(first + 1, second) == first
            assert tx.tickets.newest_open(12345, 0) == 0
            ticket = tx.tickets.get(second)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=State.CLOSED))
        with store.read() as tx:
            assert tx.tickets.newest_open(first + 1, 0) == first
            assert tx.tickets.count_since(12345, NOW) == 0

    def test_a_customer_s_newest_ticket_is_found_in_any_state(self, store: SqlStore) -> None:
        """But for one that is invalid or merged away."""
        first, second = file_tickets(store, 2)
        with store.write() as tx:
            ticket = tx.tickets.get(second)
            assert ticket is not None
            ticket = tx.tickets.update(replace(ticket, customer_id=first + 1, state=State.ARCHIVED))
            found = tx.tickets.newest_ticket(first + 1)
            assert found is not None and found.id == second
            tx.tickets.update(replace(ticket, state=State.INVALID))
            found = tx.tickets.newest_ticket(first + 1)
            assert found is not None and found.id == first
            assert tx.tickets.newest_ticket(12345) is None

    def test_a_decision_is_added_on_a_later_occasion(self, store: SqlStore) -> None:
        """It stands among the ticket's decisions, and what was decided on arrival stays what it was."""
        (ticket_id,) = file_tickets(store, 1)
        later = a_decision(occasion=Occasion.CHANGE, tags=("later",))
        with store.write() as tx:
            tx.tickets.add_decision(later, ticket_id, ticket_id + 2, minutes(5))
        with store.read() as tx:
            arrival = tx.tickets.decision_for(ticket_id + 2)
            detail = tx.views.ticket("20260305000")
        assert arrival is not None and arrival.tags == ("outage",) and detail is not None
        assert {row.decision.tags for row in detail.decisions} == {("outage",), ("later",)}
