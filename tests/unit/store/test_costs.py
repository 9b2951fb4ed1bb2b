"""What is looked for often is found by an index: costs grow with what is due, not with what is stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial

import pytest
from sqlalchemy import event

from core.domain.article import ArticleFilter, ArticleKind
from core.domain.letter import SendLimit
from core.domain.promise import Clock
from core.domain.report import Selection, Span, TicketSet
from core.domain.task import TaskFilter
from core.domain.views import QueueFilter
from huiying.flows.report import ASKED
from store.open import SqlStore, SqlTransaction
from store.precedents import NEWEST
from store.tables import metadata
from tests.unit.store.values import NOW, WORKER, file_tickets, minutes


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """Collects what SQLite is asked, with its values."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            seen.append(statement)

    def listen(connection: sqlite3.Connection, record: object, proxy: object) -> None:
        connection.set_trace_callback(note)

    def leave(connection: sqlite3.Connection, record: object) -> None:
        connection.set_trace_callback(None)

    engines = (store._engines.reader, store._engines.writer)
    for engine in engines:
        event.listen(engine, "checkout", listen)
        event.listen(engine, "checkin", leave)
    yield seen
    for engine in engines:
        event.remove(engine, "checkout", listen)
        event.remove(engine, "checkin", leave)


def _tallied(which: TicketSet, tx: SqlTransaction) -> None:
    span = Span(begin=minutes(-99), end=minutes(99), now=minutes(50), complaints=("投诉",))
    by, parts = ASKED[which]
    tx.views.middle_seconds(span, "agent")
    tx.views.tally(which, span, ("team", "agent", *by), parts)
    for part in ("", *parts):
        tx.views.tallied(Selection(which=which, counted=part), span, "5", 50)


READS: list[Callable[[SqlTransaction], object]] = [
    lambda tx: tx.ledger.claim(WORKER, 20),
    lambda tx: tx.ledger.server_actions("support", 20),
    lambda tx: tx.ledger.known_uids("support", "INBOX", 7, [1, 2]),
    lambda tx: tx.tickets.by_references(["a@b"]),
    lambda tx: tx.tickets.belongs(1, "a@b"),
    lambda tx: tx.tickets.copies("a@b", "key"),
    lambda tx: tx.tickets.customer_by_address("a@b"),
    lambda tx: tx.tickets.customers_after(1, 20),
    lambda tx: tx.tickets.customers_by_phone("13812345678"),
    lambda tx: tx.tickets.has_old_phones(),
    lambda tx: tx.words.is_behind(),
    lambda tx: tx.articles.get(1),
    lambda tx: tx.articles.of_ticket(1),
    lambda tx: tx.articles.matching(("无法登录",), ("投诉",), ("zh-CN",)),
    lambda tx: tx.articles.most_used(ArticleKind.PHRASING, ("zh-CN",), 40),
    lambda tx: tx.articles.find(ArticleFilter(), "5", 50),
    lambda tx: tx.articles.find(ArticleFilter(state="draft", text="登录 abc"), "5", 50),
    lambda tx: tx.articles.find(ArticleFilter(due=NOW), "5.5", 50),
    lambda tx: tx.articles.versions(1, "5", 50),
    lambda tx: tx.views.queue(QueueFilter(text="登录"), "", 50),
    lambda tx: tx.views.queue_count(QueueFilter(text="a@b.cn")),
    lambda tx: tx.tickets.key_phones(20),
    lambda tx: tx.tickets.open_count(1),
    lambda tx: tx.tickets.count_since(1, NOW),
    lambda tx: tx.tickets.near("a.cn", 1, NOW, ("SO-1",), many=False),
    lambda tx: tx.tickets.near("a.cn", 1, NOW, ("SO-1", "SO-2"), many=True),
    lambda tx: tx.promises.live_of((1, 2), Clock.ACKNOWLEDGEMENT),
    lambda tx: tx.tickets.newest_open(1, 2),
    lambda tx: tx.tickets.newest_ticket(1),
    lambda tx: tx.tickets.merged_customers(1),
    lambda tx: tx.votes.last_of(1),
    lambda tx: tx.appraisals.of_customer(1),
    lambda tx: tx.key_dates.of_customer(1),
    lambda tx: tx.care.progress(["a", "b"]),
    lambda tx: tx.care.contacts(NOW, minutes(99), 5, 50),
    lambda tx: tx.care.last_contact(1),
    lambda tx: tx.care.put_off_until(NOW, 50),
    lambda tx: tx.key_dates.on(date(2026, 2, 28), 0, 50),
    lambda tx: tx.appraisals.given(NOW, minutes(99), 0, 50),
    lambda tx: tx.extensions.asked("5", 50),
    lambda tx: tx.tasks.overdue(NOW, 20),
    lambda tx: tx.tasks.of_ticket(1),
    lambda tx: tx.tasks.of_customers([1, 2]),
    lambda tx: tx.tasks.listed(TaskFilter(), "5.5", 50),
    lambda tx: tx.tasks.listed(TaskFilter(owner="li", before=NOW), "5.5", 50),
    lambda tx: tx.tasks.listed(TaskFilter(ended=True), "5.5", 50),
    lambda tx: tx.tasks.count(TaskFilter(owner="li")),
    lambda tx: tx.tickets.by_number("x"),
    lambda tx: tx.promises.due(minutes(99), 20),
    lambda tx: tx.outbox.claim(WORKER, minutes(99), 20),
    lambda tx: tx.outbox.next_due(),
    lambda tx: tx.accounts.room(SendLimit(account="a", per_minute=9), NOW),
    lambda tx: tx.outbox.sent_to_address("a@b", NOW, NOW),
    lambda tx: tx.outbox.sent_to_customer(1, NOW, NOW),
    lambda tx: tx.outbox.care_since(1, NOW),
    lambda tx: tx.workers.bury(WORKER),
    lambda tx: tx.views.queue(QueueFilter(), "", 50),
    lambda tx: tx.views.queue(QueueFilter(), "5.5", 50),
    lambda tx: tx.views.queue(QueueFilter(assignee="li"), "", 50),
    lambda tx: tx.views.queue(QueueFilter(type="投诉"), "", 50),
    lambda tx: tx.views.queue(QueueFilter(state="closed"), "5.5", 50),
    lambda tx: tx.views.changed_since(5, 50),
    lambda tx: tx.notices.known("a:b"),
    lambda tx: tx.views.filed_types(minutes(-99), minutes(99)),
    lambda tx: tx.views.quarantine("", 50),
    lambda tx: tx.views.silent("", 50),
    lambda tx: tx.views.spam_tickets("", 50),
    lambda tx: tx.views.spam_tickets("5", 50),
    lambda tx: tx.views.letters("failed", "", 50),
    lambda tx: tx.views.ticket("20260305000"),
    lambda tx: tx.views.cases(NOW, minutes(99), 5, 50),
    lambda tx: tx.precedents.nearest({"云盘": 1.0}, 1, 3, 0.1),
    lambda tx: tx.precedents.put(1, {}),
    lambda tx: tx.retention.mails(minutes(99), 0, NOW),
    lambda tx: tx.retention.letters(minutes(99), 0, NOW),
    lambda tx: tx.retention.files(minutes(99), 0, NOW),
    lambda tx: tx.retention.log(minutes(99), 0, NOW),
    lambda tx: tx.weeks.suggestions(1, minutes(99), 500),
    lambda tx: tx.weeks.verdicts(1, minutes(99), 500),
    *(partial(_tallied, which) for which in TicketSet),
]


@pytest.mark.parametrize("read", READS)
def test_nothing_is_searched_row_by_row(sqlite_store: SqlStore, read: Callable[[SqlTransaction], object]) -> None:
    """SQLite's plan names an index for every big table, and makes none for a single question."""
    file_tickets(sqlite_store, 1)
    with statements(sqlite_store) as seen, sqlite_store.write() as tx:
        read(tx)
    assert seen
    with sqlite_store._engines.reader.connect() as connection:
        for statement in seen:
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            for step in plan:
                assert "AUTOMATIC" not in step, (statement, plan)
                assert not step.startswith("SCAN") or "INDEX" in step or step.split()[1] not in BIG, (statement, plan)


def test_a_colleagues_order_is_looked_for_among_orders(sqlite_store: SqlStore) -> None:
    """In an index of the tickets that name one: what else the company wrote is not read."""
    with statements(sqlite_store) as seen, sqlite_store.write() as tx:
        tx.tickets.near("a.cn", 0, NOW, ("SO-1",), many=False)
    with sqlite_store._engines.reader.connect() as connection:
        (asked,) = (statement for statement in seen if "near_orders LIKE" in statement)
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
    assert any("USING COVERING INDEX ix_ticket_near_orders" in step for step in plan), plan


def test_customers_of_a_level_are_read_alone(sqlite_store: SqlStore) -> None:
    """In the order of their index."""
    with statements(sqlite_store) as seen, sqlite_store.read() as tx:
        tx.tickets.customers_after(1, 50, ("VIP",))
    with sqlite_store._engines.reader.connect() as connection:
        (asked,) = (statement for statement in seen if "customer" in statement)
        plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
    assert len(plan) == 1 and "USING INDEX ix_customer_level" in plan[0], plan


BIG = set(metadata.tables) - {"worker", "lease", "meta", "mailbox_state", "mailbox_folder", "oauth_token"}


def test_a_page_is_not_sorted(sqlite_store: SqlStore) -> None:
    """The queue comes in the order of its index."""
    with statements(sqlite_store) as seen, sqlite_store.read() as tx:
        tx.views.queue(QueueFilter(), "5.5", 50)
    [statement] = seen
    with sqlite_store._engines.reader.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        plan = " ".join(row.detail for row in rows)
    assert "ix_ticket_queue" in plan
    assert "TEMP B-TREE" not in plan


def test_what_is_open_is_counted_among_the_open_alone(sqlite_store: SqlStore) -> None:
    """An index that is in the order of the states holds all tickets that there are."""
    span = Span(begin=NOW, end=minutes(9), now=NOW, complaints=())
    with statements(sqlite_store) as seen, sqlite_store.read() as tx:
        tx.views.tally(TicketSet.OPEN, span, ("state", "age"))
    [statement] = seen
    with sqlite_store._engines.reader.connect() as connection:
        plan = " ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
    assert "ix_ticket_queue" in plan or "ix_ticket_type" in plan, plan


def test_what_is_alike_costs_the_same_however_many_there_are(sqlite_store: SqlStore) -> None:
    """Of each word so many tickets are looked at, in the order of the key; nothing is sorted and nothing counted."""
    with sqlite_store.write() as tx:
        for ticket_id in range(1, 400):
            tx.precedents.put(ticket_id, {"云盘": 0.8, f"词{ticket_id}": 0.6})
    with statements(sqlite_store) as seen, sqlite_store.read() as tx:
        tx.precedents.nearest({"云盘": 0.8, "词7": 0.6}, 1, 3, 0.1)
    *words, tickets = seen
    assert len(words) == 2
    with sqlite_store._engines.reader.connect() as connection:
        for statement in words:
            plan = " ".join(row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}"))
            assert "PRIMARY KEY" in plan or "sqlite_autoindex_precedent" in plan, plan
            assert "TEMP B-TREE" not in plan
            assert len(connection.exec_driver_sql(statement).all()) <= NEWEST
        assert tickets.count(", ") < 40
