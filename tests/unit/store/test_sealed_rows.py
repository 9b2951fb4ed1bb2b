"""The contract of sealed rows: which key seals what, and how all of it is sealed anew while others write."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import LargeBinary

from core.domain.address_mark import AddressMark, Mark
from core.domain.errors import KeyMissing, KeyRingProblem
from core.domain.keys import KeyRing
from core.domain.letter import LetterFile
from core.domain.mail import Address
from core.domain.notice import CopyState
from core.domain.people import User
from store import sealed_rows
from store.open import SqlStore, open_store
from store.sealed_rows import _SEALED
from store.tables import metadata, raw_mail
from tests.fakes.fixed_clock import FixedClock
from tests.unit.store.test_notices import a_copy, a_notice, spread
from tests.unit.store.test_outbox import BYTES, claim, complete, compose
from tests.unit.store.test_sign_ins import FACTOR
from tests.unit.store.test_tokens import TOKEN
from tests.unit.store.values import NOW, WORKER, a_customer, a_raw_mail, file_tickets

NEVER_SEALED = {
    "customer.address_key", "customer.phone_key", "letter.recipient_key", "ticket_participant.address_key",
    "message_reference.digest", "sign_in_attempt.key", "model.arrays", "address_mark.address_key", "ticket.near_scope",
    "api_token.digest", "article_word.word", "recovery_code.digest",
}  # fmt: skip
"""Digests, what a model learnt, and words that are masked and stand in order."""


def fill(store: SqlStore) -> int:
    """Something sealed in each column; the letter's id."""
    (ticket_id,) = file_tickets(store, 1)
    (letter_id,) = claim(store)
    compose(store, letter_id)
    complete(store, letter_id)
    spread(store, a_notice(1), a_copy(10, 1))
    mark = AddressMark(
        address=Address(address="a@b.cn"), mark=Mark.BOUNCED, at=NOW, because="550", letter_id=0, ticket_id=ticket_id
    )
    with store.write() as tx:
        tx.outbox.add_files(letter_id, [LetterFile(name="单.pdf", type="application/pdf", data=b"PDF")])
        tx.notices.claim(WORKER, NOW, 10)
        tx.notices.complete(10, WORKER, CopyState.SENT, NOW, code=250, answer="ok a@example.cn")
        tx.addresses.add(mark)
        tx.tokens.save(TOKEN)
        tx.people.save(User(id=1, name="li"))
        tx.sign_ins.save(FACTOR)
        customer = a_customer(1001, "customer1000@example.cn", phone="13800138000")
        tx.tickets.save_customer(customer)
    return letter_id


def counted(store: SqlStore) -> dict[str, dict[int, int]]:
    """Rows by data key, of each table that has any."""
    found: dict[str, dict[int, int]] = {}
    with store.read() as tx:
        for table in tx.sealed.tables:
            keys = Counter[int]()
            after: tuple[Any, ...] | None = ()
            while after is not None:
                seen = tx.sealed.look(table, after)
                keys.update(seen.by_key)
                after = seen.after
            found[table] = dict(keys)
    return found


def renew_all(store: SqlStore) -> int:
    """How many rows were sealed anew."""
    with store.read() as tx:
        tables = tx.sealed.tables
    return sum(renew(store, table) for table in tables)


def renew(store: SqlStore, table: str) -> int:
    done = 0
    after: tuple[Any, ...] | None = ()
    while after is not None:
        with store.read() as tx:
            seen, rows = tx.sealed.renewed(table, after)
        with store.write() as tx:
            assert tx.sealed.put(table, rows)
        done += len(rows)
        after = seen.after
    return done


class TestSealedRows:
    @pytest.fixture
    def ring(self, keys: KeyRing) -> KeyRing:
        """The same ring with a second data key."""
        return replace(keys, data={**keys.data, 2: b"2" * 32})

    @pytest.fixture
    def newer(self, url: str, ring: KeyRing, clock: FixedClock) -> Iterator[SqlStore]:
        """What a process opens that knows the second key."""
        store = open_store(url, ring, clock)
        yield store
        store.close()

    def test_all_of_it_opens_without_the_old_key(self, store: SqlStore, newer: SqlStore, ring: KeyRing) -> None:
        """Every table is sealed anew in its place, once; what was sealed before the new key still opened till then."""
        letter_id = fill(store)
        assert {table: set(keys) for table, keys in counted(newer).items()} == {table: {1} for table in _SEALED}
        many = renew_all(newer)
        assert many == sum(keys[2] for keys in counted(newer).values()) >= len(_SEALED)
        assert renew_all(newer) == 0
        newer.use_keys(replace(ring, data={2: ring.data[2]}))
        with newer.read() as tx:
            assert tx.outbox.bytes_of(letter_id) == BYTES
            assert [(each.name, each.data) for each in tx.outbox.files_of(letter_id)] == [("单.pdf", b"PDF")]
            assert tx.tokens.of("service") == replace(TOKEN, serial=1)
            assert tx.sign_ins.factor(1) == FACTOR
            customer = tx.tickets.customer(1001)
            assert customer is not None and customer.phone == "13800138000"
            assert tx.notices.sent("", "", 10).rows[0].answer == "ok a***@example.cn"
            assert tx.addresses.list(Mark.BOUNCED, "", 10).rows[0].masked == "a***@b.cn"

    def test_each_sealed_column_is_known(self) -> None:
        """A new column of bytes is named here or in ``store/sealed_rows.py``: else no key could ever be taken away."""
        found = {
            f"{column.table.name}.{column.name}"
            for table in metadata.tables.values()
            for column in table.columns
            if isinstance(column.type, LargeBinary)
        }
        sealed = {f"{each.table.name}.{name}" for each in _SEALED.values() for name in each.columns}
        assert sealed.isdisjoint(NEVER_SEALED) and found == sealed | NEVER_SEALED

    def test_what_somebody_wrote_meanwhile_stays(self, store: SqlStore, newer: SqlStore) -> None:
        """Between reading and writing a row was changed: the step says so, and done again it takes the new value."""
        with store.write() as tx:
            (id_,) = tx.ledger.keep([a_raw_mail(1)], NOW, old_before_uid=0, after="seen")
        with newer.read() as tx:
            _, rows = tx.sealed.renewed("raw_mail", ())
        with store.write() as tx:
            tx.ledger.replace_bytes(id_, b"whole")
        with newer.write() as tx:
            assert not tx.sealed.put("raw_mail", rows)
        assert renew(newer, "raw_mail") == 1
        with newer.read() as tx:
            assert tx.ledger.raw(id_) == b"whole"

    def test_a_damaged_row_holds_nobody_up(self, store: SqlStore, newer: SqlStore) -> None:
        """It is counted and stays as it is; the others are sealed anew."""
        with store.write() as tx:
            ids = tx.ledger.keep([a_raw_mail(1), a_raw_mail(2)], NOW, old_before_uid=0, after="seen")
            damage = raw_mail.update().where(raw_mail.c.ledger_id == ids[0]).values(data=b"\1damaged, as a disk does")
            tx.sealed._unit.change(damage)
        with newer.read() as tx:
            seen, rows = tx.sealed.renewed("raw_mail", ())
        assert (seen.unreadable, [row.row for row in rows]) == (1, [(ids[1],)])

    def test_steps_are_small(self, store: SqlStore, newer: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """By rows and by bytes; one row that is larger than a step still gets its turn."""
        monkeypatch.setattr(sealed_rows, "ROWS", 4)
        monkeypatch.setattr(sealed_rows, "BYTES", 300)
        sizes = (20, 400, 20, 20, 400, 400, 20)
        chance = random.Random(1)
        mails = [a_raw_mail(uid, chance.randbytes(size)) for uid, size in enumerate(sizes, 1)]
        with store.write() as tx:
            tx.ledger.keep(mails, NOW, old_before_uid=0, after="seen")
        steps = []
        after: tuple[Any, ...] | None = ()
        while after is not None:
            with newer.read() as tx:
                seen, rows = tx.sealed.renewed("raw_mail", after)
            with newer.write() as tx:
                assert tx.sealed.put("raw_mail", rows)
            steps.append(len(rows))
            after = seen.after
        assert sum(steps) == len(mails) and max(steps) <= 4
        assert renew(newer, "raw_mail") == 0

    def test_a_key_that_is_not_there_is_looked_for_once_more(
        self, store: SqlStore, newer: SqlStore, url: str, keys: KeyRing, ring: KeyRing, clock: FixedClock
    ) -> None:
        """Another process writes with a newer key: the ring is read again; it says so while the key is missing."""
        with newer.write() as tx:
            (id_,) = tx.ledger.keep([a_raw_mail(1)], NOW, old_before_uid=0, after="seen")
        with store.read() as tx, pytest.raises(KeyMissing, match="2"):
            tx.ledger.raw(id_)
        older = open_store(url, keys, clock, again=lambda: older.use_keys(ring))
        with older.read() as tx:
            assert tx.ledger.raw(id_).startswith(b"Subject: mail 1")
        older.close()

    def test_an_old_copy_of_the_ring_is_refused(
        self, newer: SqlStore, url: str, keys: KeyRing, clock: FixedClock
    ) -> None:
        """Once the database was told of a key, whoever starts without it could not read what others write."""
        open_store(url, keys, clock).close()
        with newer.write() as tx:
            tx.sealed.note_newest()
        with pytest.raises(KeyRingProblem, match="old copy"):
            open_store(url, keys, clock)
