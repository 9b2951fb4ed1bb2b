"""When letters leave: in order, within their account's limit, and progress letters never at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.domain.keys import KeyRing
from core.domain.letter import Outcome, SendLimit
from huiying.flows.deliver import BATCH, deliver
from huiying.flows.tick import tick
from huiying.flows.triage import triage
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock, GoingClock
from tests.fakes.transport import MemoryTransport

LIMIT = SendLimit(account="a1", per_minute=5)


@pytest.fixture
def server(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport) -> Office:
    return Office(worker_context(sqlite_store, keys, clock, transport=server))


def file_mails(office: Office, count: int) -> None:
    office.keep(*(a_mail(mid=f"m{n}@example.cn", sender=f"u{n}@example.cn", subject=f"第{n}个") for n in range(count)))
    while triage(office.ctx):
        pass


@pytest.mark.slow
def test_an_hours_outage_drains_in_order_within_the_limits(
    office: Office, server: MemoryTransport, clock: FixedClock
) -> None:
    """Sixty letters wait while the server is away; then as many a minute as the account lets out, the oldest first,
    and not one is given up or blamed for its waiting."""
    server.script = [(Outcome.DEFERRED, 0, "connection refused")] * 10_000
    for minute in range(0, 60, 5):
        office.keep(*(a_mail(mid=f"m{minute}.{n}@example.cn", sender=f"u{minute}.{n}@example.cn") for n in range(5)))
        while triage(office.ctx):
            pass
        while deliver(office.ctx):
            pass
        clock.at += timedelta(minutes=5)
    server.script.clear()
    server.tried.clear()
    clock.at += timedelta(hours=2)
    minutes = []
    while office.letters("deferred") or office.letters("queued"):
        server.left = 7
        before = len(server.tried)
        while deliver(office.ctx):
            pass
        minutes.append(len(server.tried) - before)
        clock.at += timedelta(minutes=1)
    assert minutes == [7] * 8 + [4]
    sent = [mail.recipients[0] for mail in server.tried]
    assert len(set(sent)) == 60
    assert len(office.letters("sent")) == 60
    assert max(row.attempts for row in office.letters("sent")) < 12


def test_what_may_leave_leaves_at_the_first_turn_though_the_clock_goes_on(
    sqlite_store: SqlStore, keys: KeyRing, server: MemoryTransport
) -> None:
    """Time that passes within a turn puts no letter off."""
    office = Office(worker_context(sqlite_store, keys, GoingClock(), transport=server))
    file_mails(office, 3)
    assert deliver(office.ctx) == 3
    assert len(office.letters("sent")) == 3


@pytest.mark.slow
def test_what_does_not_fit_keeps_its_place(office: Office, server: MemoryTransport) -> None:
    """A batch larger than the room goes back untouched; a full account is not asked at all."""
    file_mails(office, BATCH + 5)
    server.left = 3
    assert deliver(office.ctx) == BATCH
    assert deliver(office.ctx) == 0
    assert [mail.recipients[0] for mail in server.tried] == [f"u{n}@example.cn" for n in range(3)]
    assert {(row.state, row.attempts) for row in office.letters() if row.state != "sent"} == {("queued", 0)}
    server.left = 1
    deliver(office.ctx)
    assert server.tried[-1].recipients == ("u3@example.cn",)


def test_two_processes_share_the_limit_of_an_account(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """Whoever comes first takes the room; the other leaves the letters where they are, in order and without blame."""
    servers = [MemoryTransport(clock), MemoryTransport(clock)]
    offices = [Office(worker_context(sqlite_store, keys, clock, transport=server)) for server in servers]
    for server, office in zip(servers, offices, strict=True):
        server.limits = {box.name: LIMIT for box in office.ctx.desk().mailboxes}
    file_mails(offices[0], 12)
    minutes = []
    for _ in range(3):
        before = [len(server.tried) for server in servers]
        for office in (*offices, *offices):
            deliver(office.ctx)
        minutes.append(sum(len(server.tried) for server in servers) - sum(before))
        clock.at += timedelta(minutes=1)
        offices.reverse()
    assert minutes == [5, 5, 2]
    assert min(len(server.tried) for server in servers) == 5
    assert {(row.state, row.attempts) for row in offices[0].letters()} == {("sent", 1)}


def test_a_progress_letter_that_was_late_waits_for_the_morning(
    office: Office, server: MemoryTransport, clock: FixedClock
) -> None:
    """It was to leave by day and the desk was down: at 23:00 it waits until 08:00, an acknowledgement does not."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    due = next(p.due for p in office.ticket(row.number).promises if p.clock == "next_update")
    clock.at = due
    while tick(office.ctx):
        pass
    clock.at = due.replace(hour=15, minute=0)
    office.keep(a_mail(mid="night@example.cn", sender="night@example.cn"))
    office.work()
    assert [letter.state for letter in office.ticket(row.number).letters] == ["sent", "queued"]
    assert server.tried[-1].recipients == ("night@example.cn",)
    clock.at = datetime.combine(due.date() + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    office.work()
    assert [letter.state for letter in office.ticket(row.number).letters] == ["sent", "sent"]
