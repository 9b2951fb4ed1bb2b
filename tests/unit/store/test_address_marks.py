"""The contract of marks on addresses."""

from __future__ import annotations

from core.domain.address_mark import AddressMark, Mark
from core.domain.mail import Address
from store.open import SqlStore
from tests.unit.store.values import NOW, file_tickets, minutes

WANG = Address(name="王芳", address="Wang@example.cn")


class TestAddressMarks:
    def test_a_mark_is_found_by_the_address_until_it_is_cleared(self, store: SqlStore) -> None:
        """Whatever its letters' case; each kind of mark by itself, the first reason stays."""
        (ticket_id,) = file_tickets(store, 1)
        mark = AddressMark(address=WANG, mark=Mark.BOUNCED, at=NOW, because="5.1.1", letter_id=7, ticket_id=ticket_id)
        with store.write() as tx:
            tx.addresses.add(mark)
            tx.addresses.add(AddressMark(address=WANG, mark=Mark.BOUNCED, at=minutes(9), because="5.2.1"))
        with store.read() as tx:
            assert tx.addresses.why("wang@example.cn", Mark.BOUNCED) == "5.1.1"
            assert tx.addresses.why("wang@example.cn", Mark.OPTED_OUT) is None
            assert tx.addresses.why("other@example.cn", Mark.BOUNCED) is None
            both = ("other@example.cn", "wang@example.cn")
            assert tx.addresses.marked(both, Mark.BOUNCED) == {"wang@example.cn"}
            assert tx.addresses.marked(both, Mark.OPTED_OUT) == tx.addresses.marked((), Mark.BOUNCED) == frozenset()
            [row] = tx.addresses.list(Mark.BOUNCED, "", 10).rows
            assert tx.addresses.key_of("wang@example.cn").hex() == row.key
        assert (row.masked, row.because, row.letter_id, row.at) == ("W***@example.cn", "5.1.1", 7, NOW)
        assert row.number
        with store.write() as tx:
            assert not tx.addresses.clear(bytes.fromhex(row.key), Mark.OPTED_OUT)
            assert tx.addresses.clear(bytes.fromhex(row.key), Mark.BOUNCED)
            assert not tx.addresses.clear(bytes.fromhex(row.key), Mark.BOUNCED)
            assert tx.addresses.why("wang@example.cn", Mark.BOUNCED) is None

    def test_they_are_listed_by_pages(self, store: SqlStore) -> None:
        """Newest first."""
        with store.write() as tx:
            for place in range(3):
                address = Address(address=f"a{place}@example.cn")
                tx.addresses.add(AddressMark(address=address, mark=Mark.BOUNCED, at=minutes(place), because="x"))
        with store.read() as tx:
            first = tx.addresses.list(Mark.BOUNCED, "", 2)
            rest = tx.addresses.list(Mark.BOUNCED, first.next_key, 2)
        assert [row.at for row in (*first.rows, *rest.rows)] == [minutes(2), minutes(1), minutes(0)]
        assert rest.next_key == ""
