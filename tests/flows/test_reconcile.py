"""The server's mails against the ledger: whatever has no row is found and kept, once."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from core.domain.ledger import Stage
from core.domain.settings import MailboxSettings
from huiying.flows import reconcile as module
from huiying.flows.receive import receive
from huiying.flows.reconcile import Reconciled, reconcile
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.folder import MemoryFolder


@pytest.fixture
def box(office: Office) -> MailboxSettings:
    [box] = office.ctx.desk().mailboxes
    return box


def mail(number: int) -> bytes:
    return a_mail(mid=f"{number}@example.cn", sender=f"{number}@example.cn", body=f"第{number}件事：打不开")


def filled(office: Office, box: MailboxSettings, clock: FixedClock, count: int) -> MemoryFolder:
    """A folder with one old mail, connected, and ``count`` mails read."""
    folder = MemoryFolder()
    folder.arrive(mail(0), clock())
    receive(office.ctx, box, folder)
    for number in range(1, count + 1):
        folder.arrive(mail(number), clock())
    receive(office.ctx, box, folder)
    return folder


def counts(done: Reconciled) -> dict[str, int]:
    return {name: value for name, value in asdict(done).items() if isinstance(value, int) and value and name != "began"}


def lose(office: Office, *uids: int) -> None:
    """Rows disappear from the ledger, as a bug or a restored backup would have it."""
    from sqlalchemy import create_engine, text

    engine = create_engine(office.ctx.store._engines.writer.url)  # type: ignore[attr-defined]
    with engine.begin() as connection:
        for uid in uids:
            ids = connection.execute(text("SELECT id FROM ledger WHERE uid = :uid"), {"uid": uid}).scalars().all()
            for one in ids:
                connection.execute(text("DELETE FROM raw_mail WHERE ledger_id = :id"), {"id": one})
                connection.execute(text("DELETE FROM ledger WHERE id = :id"), {"id": one})
    engine.dispose()


def test_a_mailbox_that_agrees_says_so(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """Old mail that was not to be read is no gap."""
    folder = filled(office, box, clock, 3)
    done = reconcile(office.ctx, box, folder, repair=True)
    assert counts(done) == {"uidvalidity": 1, "on_server": 3, "stored": 3}
    assert done.began and done.is_complete


def test_a_mail_without_a_row_is_kept_and_told(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """It becomes a ticket after all; only looking changes nothing; the second time nothing is missing."""
    folder = filled(office, box, clock, 5)
    lose(office, 3, 4)
    looked = reconcile(office.ctx, box, folder, repair=False)
    assert (looked.missing, looked.kept, looked.uids, looked.is_complete) == (2, 0, (3, 4), False)
    done = reconcile(office.ctx, box, folder, repair=True)
    assert (done.missing, done.kept, done.stored, done.is_complete) == (2, 2, 5, True)
    assert counts(reconcile(office.ctx, box, folder, repair=True)) == {"uidvalidity": 1, "on_server": 5, "stored": 5}
    office.work()
    assert office.totals()["tickets"] == 5
    with office.ctx.store.read() as tx:
        trail = tx.views.audit("mailbox:service", "", 10).rows
    assert [row.action for row in trail] == ["mailbox.reconciled"] * 2
    assert dict(trail[0].details)["kept"] == "2"


def test_mail_that_arrives_meanwhile_is_left_to_the_reader(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """What lies behind the cursor is not missing: two readers must not fetch the same mail."""
    folder = filled(office, box, clock, 2)
    folder.arrive(mail(9), clock())
    assert counts(reconcile(office.ctx, box, folder, repair=True)) == {
        "uidvalidity": 1, "on_server": 3, "stored": 2, "waiting": 1,
    }  # fmt: skip
    assert receive(office.ctx, box, folder) == 1


def test_what_the_server_has_no_more_is_counted(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """Mails that somebody deleted on the server are ours still, at either end of the folder."""
    folder = filled(office, box, clock, 4)
    for uid in (2, 5):
        del folder.mails[uid]
    assert counts(reconcile(office.ctx, box, folder, repair=True)) == {
        "uidvalidity": 1, "on_server": 2, "stored": 2, "gone": 2,
    }  # fmt: skip


def test_a_mail_that_cannot_be_had_makes_it_incomplete(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """A row without bytes is named again and again until the mail is here."""
    folder = filled(office, box, clock, 2)
    uid = folder.arrive(mail(3), clock())
    with office.ctx.store.write() as tx:
        tx.ledger.note("service", "INBOX", 1, uid, Stage.UNFETCHABLE, "refused", clock())
    done = reconcile(office.ctx, box, folder, repair=True)
    assert (done.refused, done.uids, done.is_complete) == (1, (uid,), False)


def test_windows_leave_no_gap(office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch) -> None:
    """A large mailbox is compared piece by piece, and a mail lost at a seam is found."""
    monkeypatch.setattr(module, "WINDOW", 3)
    folder = filled(office, box, clock, 10)
    lose(office, 4, 5, 11)
    del folder.mails[7]
    done = reconcile(office.ctx, box, folder, repair=True)
    assert (done.missing, done.kept, done.gone, done.stored) == (3, 3, 1, 9)


def test_a_mailbox_that_was_never_read_is_not_judged(office: Office, box: MailboxSettings) -> None:
    """There is nothing to compare yet."""
    assert not reconcile(office.ctx, box, MemoryFolder(), repair=True).began


def test_a_mail_that_was_called_gone_and_is_there_is_kept(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """The server's list is believed, not our note of what it did not give."""
    folder = filled(office, box, clock, 3)
    lose(office, 3)
    with office.ctx.store.write() as tx:
        tx.ledger.note("service", "INBOX", 1, 3, Stage.VANISHED, "gone", clock())
    done = reconcile(office.ctx, box, folder, repair=True)
    assert (done.missing, done.kept, done.stored, done.is_complete) == (1, 1, 3, True)
