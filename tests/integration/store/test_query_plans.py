"""How PostgreSQL plans what is asked: a search with the words that are looked for, figures by index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text

from core.domain.article import ArticleFilter, ArticleKind
from core.domain.report import Selection, Span, TicketSet
from core.domain.task import TaskFilter, TaskState
from core.domain.views import QueueFilter
from huiying.flows.report import ASKED
from store.open import SqlStore, SqlTransaction
from tests.unit.store.values import NOW, file_tickets, minutes

pytestmark = pytest.mark.postgres


def test_each_search_is_planned_with_its_own_words(pg_store: SqlStore) -> None:
    """And only searches: what else is asked keeps the plan that it has."""
    modes = []
    for words in ("登录", ""):
        with pg_store.read() as tx:
            tx.views.queue(QueueFilter(text=words), "", 3)
            modes.append(tx._unit.value(text("SELECT current_setting('plan_cache_mode')")))
    assert modes == ["force_custom_plan", "auto"]


@contextmanager
def plans(store: SqlStore, *avoided: str) -> Iterator[list[str]]:
    """How what is read meanwhile is planned without reading whole tables, or whatever else can be avoided."""
    asked: list[str] = []

    def explained(*given: Any) -> tuple[str, Any]:
        connection, cursor, statement, parameters, *_ = given
        if not connection.info.get("explaining"):
            connection.info["explaining"] = True
            for way in ("seqscan", *avoided):
                cursor.execute(f"SET LOCAL enable_{way} = off")
            cursor.execute(f"EXPLAIN {statement}", parameters)
            asked.extend(row[0] for row in cursor.fetchall())
            connection.info["explaining"] = False
        return statement, parameters

    reader = store._engines.reader
    event.listen(reader, "before_cursor_execute", explained, retval=True)
    try:
        yield asked
    finally:
        event.remove(reader, "before_cursor_execute", explained)


@pytest.mark.parametrize("which", TicketSet)
def test_figures_look_up_what_belongs_to_the_span(pg_store: SqlStore, which: TicketSet) -> None:
    """Each table by an index: none is read as a whole, and none hashed to be compared with, however large it is."""
    file_tickets(pg_store, 1)
    span = Span(begin=NOW, end=minutes(99), now=minutes(50), complaints=("投诉",))
    with plans(pg_store) as asked, pg_store.read() as tx:
        by, parts = ASKED[which]
        tx.views.middle_seconds(span, "agent")
        tx.views.tally(which, span, ("team", "agent", *by), parts)
        for part in ("", *parts):
            tx.views.tallied(Selection(which=which, counted=part), span, "", 5)
    plan = "\n".join(asked)
    assert "Index" in plan and not re.search(r"Seq Scan|hashed|Anti Join", plan), plan


@pytest.mark.parametrize(
    ("which", "index"),
    [
        (TaskFilter(), "ix_task_live"),
        (TaskFilter(before=NOW), "ix_task_live"),
        (TaskFilter(state=TaskState.ASKED), "ix_task_live"),
        (TaskFilter(owner="li", before=NOW), "ix_task_owner"),
        (TaskFilter(teams=("客服部", "商务组")), "ix_task_team"),
        (TaskFilter(ended=True), "ix_task_over"),
        (TaskFilter(owner="li", ended=True), "ix_task_owner_over"),
        (TaskFilter(teams=("客服部",), ended=True), "ix_task_team_over"),
    ],
)
def test_tasks_are_listed_by_index_in_their_order(pg_store: SqlStore, which: TaskFilter, index: str) -> None:
    """Nothing is sorted, and no more is read than is shown."""
    with plans(pg_store, "sort", "bitmapscan") as asked, pg_store.read() as tx:
        tx.tasks.listed(which, "5.5", 50)
    plan = "\n".join(asked)
    assert index in plan and "Sort" not in plan, plan


def test_care_plans_look_up_what_is_due(pg_store: SqlStore) -> None:
    """Key dates of a day, contacts of a day, what one customer has: each by an index."""
    file_tickets(pg_store, 1)
    with plans(pg_store) as asked, pg_store.read() as tx:
        tx.tickets.customers_after(1, 50, ("VIP", "普通"))
        tx.key_dates.on(date(2026, 3, 5), 0, 50)
        tx.key_dates.of_customer(1)
        tx.appraisals.of_customer(1)
        tx.appraisals.given(NOW, minutes(99), 0, 50)
        tx.care.contacts(NOW, minutes(99), 0, 50)
        tx.care.last_contact(1)
        tx.care.put_off_until(NOW, 50)
        tx.care.was_made(1, ["plan:a:2026H1:1"])
    plan = "\n".join(asked)
    assert plan.count("ix_customer_level") == 2 and "Seq Scan" not in plan, plan


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda tx: tx.articles.find(ArticleFilter(), "5", 50), "uq_article_serial"),
        (lambda tx: tx.articles.find(ArticleFilter(state="draft"), "5", 50), "ix_article_state"),
        (lambda tx: tx.articles.find(ArticleFilter(due=NOW), "5.5", 50), "ix_article_review"),
        (lambda tx: tx.articles.most_used(ArticleKind.CASE, ("en",), 40), "ix_article_used"),
        (lambda tx: tx.articles.versions(1, "5", 50), "pk_article_version"),
    ],
)
def test_articles_are_listed_by_index_in_their_order(
    pg_store: SqlStore, ask: Callable[[SqlTransaction], object], index: str
) -> None:
    """As tasks are."""
    with plans(pg_store, "sort", "bitmapscan") as asked, pg_store.read() as tx:
        ask(tx)
    plan = "\n".join(asked)
    assert index in plan and "Sort" not in plan, plan


def test_articles_are_found_by_their_words(pg_store: SqlStore) -> None:
    """However many there are."""
    with plans(pg_store) as asked, pg_store.read() as tx:
        tx.articles.find(ArticleFilter(text="登录 abc"), "", 50)
    plan = "\n".join(asked)
    assert plan.count("pk_article_word") == 2 and "Seq Scan" not in plan, plan


def test_open_pages_are_found_by_their_end(pg_store: SqlStore) -> None:
    """What was closed without a word costs nothing."""
    with plans(pg_store) as asked, pg_store.read() as tx:
        tx.presences.now_open(NOW)
    assert "ix_presence_until" in "\n".join(asked)


def test_views_of_the_queue_are_read_by_whose_they_are(pg_store: SqlStore) -> None:
    """However many others keep."""
    with plans(pg_store) as asked, pg_store.read() as tx:
        tx.saved_views.of("li")
    assert "ix_saved_view_owner" in "\n".join(asked)
