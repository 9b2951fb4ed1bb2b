"""Messages are found by their words, on both databases where the integration tests run this class."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from core.domain.ticket import State
from core.domain.views import QueueFilter
from store.open import SqlStore
from tests.unit.store.values import NOW, a_customer, a_filing, a_message, a_ticket, file_tickets, keep_and_claim

OPEN_AND_CLOSED = QueueFilter(state="")


def say(store: SqlStore, *texts: str) -> tuple[int, ...]:
    """One more ticket for each text; their ids."""
    rows = keep_and_claim(store, range(5000, 5000 + len(texts)))
    ids = tuple(range(50_000, 50_000 + 10 * len(texts), 10))
    filings = [
        replace(a_filing(row, id_), message=a_message(id_ + 9_000, id_, subject="", text=said, sender=None))
        for row, id_, said in zip(rows, ids, texts, strict=True)
    ]
    with store.write() as tx:
        tx.tickets.file(filings, NOW)
    return ids


def found(store: SqlStore, words: str, key: str = "", limit: int = 50) -> list[int]:
    with store.read() as tx:
        return [row.id for row in tx.views.queue(replace(OPEN_AND_CLOSED, text=words), key, limit).rows]


def indexed(store: SqlStore) -> list[int]:
    key = "id" if store._engines.dialect == "postgresql" else "rowid"
    with store.read() as tx:
        return [row[0] for row in tx._unit.rows(text(f"SELECT {key} FROM message_words ORDER BY {key}"))]


def kept_of(store: SqlStore, word: str) -> bool:
    """Whether the last bytes of a word are in what SQLite keeps of the index: words share their first ones there."""
    if store._engines.dialect == "postgresql":
        return False
    with store.read() as tx:
        return any(word.encode()[-3:] in row[0] for row in tx._unit.rows(text("SELECT block FROM message_words_data")))


def merging_alone(store: SqlStore, segments: str) -> None:
    """SQLite merges what it keeps when so many pieces are there ('0': only when it is told to); first all is one."""
    if store._engines.dialect == "sqlite":
        with store.write() as tx:
            tx._unit.change(text("INSERT INTO message_words (message_words) VALUES ('optimize')"))
            order = text("INSERT INTO message_words (message_words, rank) VALUES ('automerge', :segments)")
            tx._unit.change(order, {"segments": segments})


class TestSearch:
    """The contract of ``QueueFilter.text`` and of ``WordIndex``."""

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("登录", [0, 1]),
            ("無法登錄", [0]),
            ("登录 发票", [1]),
            ("“登录发票”", []),
            ("e3", [2]),
            ("ship", [3]),
            ("'; DROP TABLE ticket; -- \" ) OR NEAR(", []),
            ("登", [0, 1]),
            ("88012", [3]),
        ],
    )
    def test_each_word_and_phrase_must_be_there(self, store: SqlStore, words: str, expected: list[int]) -> None:
        """In both scripts, any characters beside each other, and nothing in a query is an order to the database."""
        ids = say(
            store, "系统无法登录，请尽快处理", "登录后不能开发票", "E3故障 OR near", "Shipping of SO2026-88012: rush"
        )
        assert found(store, words) == [ids[place] for place in reversed(expected)]

    def test_names_of_writers_and_files_are_words_too(self, store: SqlStore) -> None:
        """A name, a file's name, the subject."""
        [ticket_id] = file_tickets(store, 1)
        for words in ("王芳", "截图.png", "系统无法登录"):
            assert found(store, words) == [ticket_id]

    def test_the_newest_ticket_comes_first_page_by_page(self, store: SqlStore) -> None:
        """Each once, and with the other filters."""
        ids = say(store, *["无法登录"] * 5)
        with store.read() as tx:
            first = tx.views.queue(replace(OPEN_AND_CLOSED, text="登录"), "", 3)
            rest = tx.views.queue(replace(OPEN_AND_CLOSED, text="登录"), first.next_key, 3)
            assert tx.views.queue_count(replace(OPEN_AND_CLOSED, text="登录")) == 5
            assert not tx.views.queue(QueueFilter(text="登录", state=State.CLOSED), "", 3).rows
        assert [row.id for row in (*first.rows, *rest.rows)] == list(reversed(ids)) and not rest.next_key

    def test_by_number_address_and_phone(self, store: SqlStore) -> None:
        """The whole of an address or of a telephone number, which no index of words holds; a part of a ticket's."""
        [ticket_id] = file_tickets(store, 1)
        with store.write() as tx:
            owner = tx.tickets.customer_by_address("customer1000@example.cn")
            assert owner is not None
            tx.tickets.save_customer(replace(owner, phone="138 1234 5678"))
            tx.tickets.save_customer(a_customer(91, "other@example.cn"))
        number = a_ticket(ticket_id).number
        for words in (" Customer1000@Example.cn ", "+86 13812345678", number, f"#{number}", number[-4:]):
            assert found(store, words) == [ticket_id], words
        assert not found(store, "other@example.cn")

    def test_what_is_said_later_is_found(self, store: SqlStore) -> None:
        """An answer, a note: whatever becomes a message."""
        [ticket_id] = file_tickets(store, 1)
        with store.write() as tx:
            tx.tickets.add_message(a_message(77_777, ticket_id, text="已经给您换货"))
        assert found(store, "换货") == [ticket_id]

    def test_it_is_made_again_newest_first(self, store: SqlStore) -> None:
        """What lacks comes back, what is of no message goes, and meanwhile whatever was found is found."""
        ids = say(store, *["无法登录"] * 5)
        every = indexed(store)
        with store.write() as tx:
            tx._unit.change(text("DELETE FROM message_words"))
            tx._unit.change(text(_STRAY[store._engines.dialect]))
            assert not tx.words.is_behind() and tx.words.step(9) == 0
            tx.words.begin_again()
        assert not found(store, "登录")
        with store.write() as tx:
            assert tx.words.is_behind() and tx.words.step(2) == 2
        assert found(store, "登录") == [ids[4], ids[3]]
        with store.write() as tx:
            while tx.words.is_behind():
                tx.words.step(2)
        assert found(store, "登录") == list(reversed(ids)) and indexed(store) == every

    def test_an_erased_message_leaves_no_word(self, store: SqlStore) -> None:
        """Not only is it not found: what the index keeps of it is written anew."""
        merging_alone(store, "0")
        ids = say(store, "无法登录", "要求退款")
        with store.write() as tx:
            tx.erasures.empty_tickets([ids[1]])
        assert not found(store, "退款") and found(store, "登录") == [ids[0]]
        is_sqlite = store._engines.dialect == "sqlite"
        assert kept_of(store, "退款") == is_sqlite
        with store.write() as tx:
            assert tx.words.is_behind() == is_sqlite
            while tx.words.is_behind():
                tx.words.step(9)
        assert not kept_of(store, "退款") and found(store, "登录") == [ids[0]]
        merging_alone(store, "4")

    @pytest.mark.slow
    def test_a_huge_message_is_found_by_its_beginning(self, store: SqlStore) -> None:
        """Nothing in any text stops the filing of its mail."""
        odd = "开头 " + "".join(map(chr, [*range(1, 0x300), 0x2028, 0xFFFD, 0x1F600, 0x3134B])) + "登录" * 100_000
        ids = say(store, odd, "x" * 5_000_000)
        assert found(store, "开头") == [ids[0]]
        assert found(store, "xxxx") == [ids[1]]


_STRAY = {
    "sqlite": "INSERT INTO message_words (rowid, ticket_id, words) VALUES (5, 5, '登录')",
    "postgresql": "INSERT INTO message_words (id, ticket_id, words) VALUES (5, 5, '登录')",
}
