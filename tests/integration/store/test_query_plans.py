"""How PostgreSQL plans what is asked: a search with the words that are looked for, figures by index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event, text

from core.domain.report import Selection, Span, TicketSet
from core.domain.views import QueueFilter
from huiying.flows.report import ASKED
from store.open import SqlStore
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


@pytest.mark.parametrize("which", TicketSet)
def test_figures_look_up_what_belongs_to_the_span(pg_store: SqlStore, which: TicketSet) -> None:
    """Each table by an index: none is read as a whole, and none hashed to be compared with, however large it is."""
    file_tickets(pg_store, 1)
    span = Span(begin=NOW, end=minutes(99), now=minutes(50), complaints=("投诉",))
    asked: list[str] = []

    def explained(*given: Any) -> tuple[str, Any]:
        connection, cursor, statement, parameters, *_ = given
        if not connection.info.get("explaining"):
            connection.info["explaining"] = True
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}", parameters)
            asked.extend(row[0] for row in cursor.fetchall())
            connection.info["explaining"] = False
        return statement, parameters

    reader = pg_store._engines.reader
    event.listen(reader, "before_cursor_execute", explained, retval=True)
    try:
        with pg_store.read() as tx:
            by, parts = ASKED[which]
            tx.views.middle_seconds(span, "agent")
            tx.views.tally(which, span, ("team", "agent", *by), parts)
            for part in ("", *parts):
                tx.views.tallied(Selection(which=which, counted=part), span, "", 5)
    finally:
        event.remove(reader, "before_cursor_execute", explained)
    plan = "\n".join(asked)
    assert "Index" in plan and not re.search(r"Seq Scan|hashed|Anti Join", plan), plan
