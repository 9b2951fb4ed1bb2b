"""视图: one's own and the team's, under a name."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.saved_view import MOST_VIEWS
from core.domain.views import NOBODY, QueueFilter
from huiying.flows.erase import erase
from huiying.flows.keep_view import filter_for, remove_view, rename_view, save_view, shift_view
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li")
ZHOU = User(id=2, name="zhou", role=Role.AUDITOR)
AMY = User(id=3, name="amy", role=Role.LEAD)
COMPLAINTS = QueueFilter(type="投诉", type_was=("客诉",), assignee="li")


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    return Office(worker_context(sqlite_store, keys, clock))


class Journal:
    """Of erasures; nothing is restored here."""

    def add(self, key: bytes, at: datetime) -> None:
        """Forgets it."""


def names(office: Office, owner: str) -> list[str]:
    with office.ctx.store.read() as tx:
        return [view.name for view in tx.saved_views.of(owner)]


def test_my_own_is_whoever_opens_the_view(office: Office) -> None:
    """The team's "mine" is each one's own; nobody's stays nobody's; the same name again gets another filter."""
    view = save_view(office.ctx, AMY, " 我的  投诉 ", QueueFilter(type="投诉", assignee="amy"), team=True)
    assert view.name == "我的 投诉" and filter_for(view, LI) == QueueFilter(type="投诉", assignee="li")
    again = save_view(office.ctx, AMY, "我的 投诉", QueueFilter(assignee=NOBODY), team=True)
    assert again.id == view.id and filter_for(again, LI).assignee == NOBODY
    assert names(office, "") == ["我的 投诉"] and names(office, "amy") == []
    assert save_view(office.ctx, LI, "旧名", COMPLAINTS).which.type_was == ()


def test_views_are_renamed_moved_and_removed_by_whose_they_are(office: Office) -> None:
    """An auditor has his own; the team's are the leads'; another's is not found; each step stands in the trail."""
    one, two, three = (save_view(office.ctx, ZHOU, name, QueueFilter()) for name in ("一", "二", "三"))
    shift_view(office.ctx, ZHOU, three.id, -1)
    shift_view(office.ctx, ZHOU, one.id, -1)
    assert names(office, "zhou") == ["一", "三", "二"]
    rename_view(office.ctx, ZHOU, two.id, "四")
    with pytest.raises(BadInput):
        rename_view(office.ctx, ZHOU, two.id, "三")
    assert remove_view(office.ctx, ZHOU, one.id) == one and names(office, "zhou") == ["三", "四"]
    with office.ctx.store.read() as tx:
        actions = [line.action for line in tx.views.audit(f"view:{three.id}", "", 9).rows]
    assert actions == ["view.moved", "view.saved"]
    team = save_view(office.ctx, AMY, "紧急", QueueFilter(urgency="紧急"), team=True)
    for wrong, user, view in ((NotPermitted, LI, team), (NotFound, LI, two)):
        with pytest.raises(wrong):
            remove_view(office.ctx, user, view.id)
    with pytest.raises(NotPermitted):
        save_view(office.ctx, LI, "紧急", QueueFilter(), team=True)


def test_what_cannot_be_a_view_is_refused(office: Office) -> None:
    """No name, a long one, contact data among the words, too many."""
    for name, which in (("\u200b", COMPLAINTS), ("长" * 41, COMPLAINTS), ("电话", QueueFilter(text="13812345678"))):
        with pytest.raises(BadInput):
            save_view(office.ctx, LI, name, which)
    for place in range(MOST_VIEWS):
        save_view(office.ctx, LI, f"第{place}个", QueueFilter())
    with pytest.raises(BadInput):
        save_view(office.ctx, LI, "再一个", QueueFilter())


def test_an_erased_customer_is_named_by_no_view(office: Office) -> None:
    """Neither in its name nor in its words; others stay."""
    [row] = office.bring(a_mail(sender="王芳 <wang@example.cn>"))
    customer = office.ticket(row.number).customer
    assert customer is not None
    for name, text in (("王芳的", ""), ("发票", "王芳"), ("发票们", "发票")):
        save_view(office.ctx, LI, name, QueueFilter(text=text))
    erase(office.ctx, customer, "admin", Journal())
    assert names(office, "li") == ["发票们"]
