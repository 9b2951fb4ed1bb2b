"""The bell and the inbox behind it: what a user was told, until he has seen it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.notice import CopyState, Notice, NoticeCopy, NoticeEvent
from core.domain.people import Role
from tests.factories.console import add_user, numbers
from tests.factories.pipeline import Office


def tell(office: Office, event: NoticeEvent, *, to: str, channel: str = "console", number: str = "") -> int:
    """A notice that was spread to one user; its copy's id."""
    ctx = office.ctx
    at, ticket_id = ctx.now(), office.ticket(number).ticket.id if number else 0
    notice = Notice(
        id=ctx.ids(), event=event, key=f"{event}{ctx.ids()}", at=at, ticket_id=ticket_id,
        subject=f"ticket:{ticket_id}" if ticket_id else "mail:7",
        details=(("clock", "first_response"), ("due", (at + timedelta(hours=1)).isoformat())),
    )  # fmt: skip
    state = CopyState.SENT if channel == "console" else CopyState.QUEUED
    copy = NoticeCopy(id=ctx.ids(), notice_id=notice.id, channel=channel, person=to, due=at, state=state)
    with ctx.store.write() as tx:
        tx.notices.add([notice])
        tx.notices.spread([notice], [copy], at)
    return copy.id


@pytest.fixture
def number(busy: Office) -> str:
    return numbers(busy.ctx)[0]


def test_the_bell_counts_what_is_unseen(agent, busy, number):
    """One's own only, with what the ticket is about; it leads to the ticket, and then it was seen."""
    id_ = tell(busy, NoticeEvent.OVERDUE, to="li", number=number)
    tell(busy, NoticeEvent.OVERDUE, to="amy", number=number)
    assert "1 条未读通知" in agent.get("/notices/bell").text
    page = agent.get("/notices").text
    assert "首次响应已超时" in page and f"#{number}" in page and "时限" in page
    assert busy.ticket(number).ticket.subject in page
    opened = agent.client.get(f"/notices/{id_}/open", follow_redirects=False)
    assert opened.headers["location"] == f"/tickets/{number}"
    assert "未读通知" not in agent.get("/notices/bell").text
    assert "没有未读通知" in agent.get("/notices").text
    assert "首次响应已超时" in agent.get("/notices?which=all").text


def test_whoever_looks_at_the_ticket_knows(agent, busy, number):
    """The page of the ticket takes its notices from the bell; others stay."""
    tell(busy, NoticeEvent.WARNED, to="li", number=number)
    tell(busy, NoticeEvent.SHUNTED, to="li")
    assert "1 条未读通知" in agent.get(f"/tickets/{number}").text


def test_all_are_seen_by_one_button(agent, busy, number):
    """And nobody else's."""
    for to in ("li", "li", "amy"):
        tell(busy, NoticeEvent.WARNED, to=to, number=number)
    agent.get("/notices")
    assert agent.post("/notices/seen").status_code == 303
    with busy.ctx.store.read() as tx:
        assert (tx.notices.unseen("li"), tx.notices.unseen("amy")) == (0, 1)


def test_nobody_opens_anothers_notice(agent, busy, number):
    """Its id alone opens nothing and marks nothing."""
    id_ = tell(busy, NoticeEvent.WARNED, to="amy", number=number)
    assert agent.get(f"/notices/{id_}/open").status_code == 404
    with busy.ctx.store.read() as tx:
        assert tx.notices.unseen("amy") == 1


def test_what_left_by_other_channels_is_the_admins(agent, browser, busy, number):
    """He sees the answer and tries again what was given up; an agent does neither."""
    add_user(busy.ctx, "root", Role.ADMIN)
    id_ = tell(busy, NoticeEvent.FAILED, to="li", channel="mail", number=number)
    with busy.ctx.store.write() as tx:
        tx.notices.claim(busy.ctx.worker, busy.ctx.now(), 10)
        tx.notices.complete(
            id_, busy.ctx.worker, CopyState.FAILED, busy.ctx.now(), code=550, answer="550 no li@example.cn"
        )
    assert agent.get("/notices/sent").status_code == 403
    assert agent.post(f"/notices/{id_}/again").status_code == 403
    root = browser("root")
    page = root.get("/notices/sent?state=failed").text
    assert "550 no l***@example.cn" in page and "未送达" in page
    assert root.post(f"/notices/{id_}/again").status_code == 303
    assert root.post(f"/notices/{id_}/again").status_code == 409
    with busy.ctx.store.read() as tx:
        [entry] = tx.views.audit(f"notice:{id_}", "", 9).rows
    assert (entry.actor, entry.action) == ("root", "notice.again")


def test_an_english_reader_reads_english(browser, busy, number):
    """Titles, labels and times."""
    tell(busy, NoticeEvent.ESCALATED, to="amy", number=number)
    page = browser("amy").get("/notices").text
    assert "The first response is long overdue and needs the lead" in page
    assert "Escalated" in page and "Due Thursday" in page
