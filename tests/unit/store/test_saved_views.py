"""The contract of the views of the queue."""

from __future__ import annotations

from dataclasses import replace

from core.domain.saved_view import SavedView
from core.domain.views import QueueFilter
from store.open import SqlStore

COMPLAINTS = SavedView(
    id=1, owner="li", name="我的投诉", place=2,
    which=QueueFilter(state="open", type="投诉", urgency="紧急", assignee="@", text="退款"),
)  # fmt: skip


class TestSavedViews:
    def test_views_are_read_in_their_order_changed_and_removed(self, store: SqlStore) -> None:
        """Each person's apart, and the team's."""
        first = replace(COMPLAINTS, id=2, name="挂起", place=1, which=QueueFilter(state="on_hold"))
        team = replace(COMPLAINTS, id=3, owner="")
        with store.write() as tx:
            for view in (COMPLAINTS, first, team):
                tx.saved_views.save(view)
            assert tx.saved_views.of("li") == (first, COMPLAINTS) and tx.saved_views.of("") == (team,)
            tx.saved_views.save(replace(first, place=3, name="等着"))
            tx.saved_views.remove(1)
            assert tx.saved_views.get(1) is None
            assert tx.saved_views.of("li") == (replace(first, place=3, name="等着"),)

    def test_a_name_is_forgotten_wherever_it_stands(self, store: SqlStore) -> None:
        """In a view's name or in its words; nothing that only looks alike to a database."""
        named = replace(COMPLAINTS, id=2, name="王芳_的事")
        with store.write() as tx:
            for view in (COMPLAINTS, named, replace(COMPLAINTS, id=3, which=QueueFilter(text="王芳 发票"))):
                tx.saved_views.save(view)
            assert tx.saved_views.forget("芳%") == 0 and tx.saved_views.forget("王芳") == 2
            assert tx.saved_views.of("li") == (COMPLAINTS,)
