"""PostgreSQL plans a search with the words that are looked for, however often it was asked before."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.domain.views import QueueFilter
from store.open import SqlStore

pytestmark = pytest.mark.postgres


def test_each_search_is_planned_with_its_own_words(pg_store: SqlStore) -> None:
    """And only searches: what else is asked keeps the plan that it has."""
    modes = []
    for words in ("登录", ""):
        with pg_store.read() as tx:
            tx.views.queue(QueueFilter(text=words), "", 3)
            modes.append(tx._unit.value(text("SELECT current_setting('plan_cache_mode')")))
    assert modes == ["force_custom_plan", "auto"]
