"""What is kept of a mailbox: each mail once, whatever the server does to one of them or to its numbering."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import AfterFiling, Stage
from core.domain.settings import MailboxSettings
from huiying.flows.receive import ACTIONS, keep_new, receive
from huiying.flows.reconcile import reconcile
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.folder import MemoryFolder


@pytest.fixture
def box(office: Office) -> MailboxSettings:
    [box] = office.ctx.desk().mailboxes
    return box


def mail(number: int) -> bytes:
    return a_mail(mid=f"{number}@example.cn", sender=f"{number}@example.cn", body=f"第{number}件事：打不开")


def mails_and_tickets(office: Office) -> tuple[int, int]:
    office.work()
    totals = office.totals()
    return totals["mails"], totals["tickets"]


def test_what_lay_there_before_is_left_alone(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """With start: now only mail that arrives after the first connect is read, and each of it once."""
    folder = MemoryFolder()
    folder.arrive(mail(1), clock())
    assert receive(office.ctx, box, folder) == 0
    folder.arrive(mail(2), clock())
    assert [receive(office.ctx, box, folder) for _ in range(2)] == [1, 0]
    assert mails_and_tickets(office) == (1, 1)


def test_what_came_whole_is_kept_and_passed_by_one_commit(
    office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor moves with the mails that it passes; another one would wait for the disk once more."""
    folder, begun = MemoryFolder(), count(1)
    receive(office.ctx, box, folder)
    for number in range(1, 4):
        folder.arrive(mail(number), clock())
    write = office.ctx.store.write
    with monkeypatch.context() as patch:
        patch.setattr(office.ctx.store, "write", lambda: next(begun) and write())
        assert keep_new(office.ctx, box, folder) == 3
    assert next(begun) == 2
    assert keep_new(office.ctx, box, folder) == 0
    assert mails_and_tickets(office) == (3, 3)


def test_one_mail_that_cannot_be_fetched_stops_no_other(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """The server fails on one mail of a batch: after reconnecting all others are kept, and that one is tried again."""
    folder = MemoryFolder()
    receive(office.ctx, box, folder)
    for number in range(1, 6):
        folder.arrive(mail(number), clock())
    folder.broken.add(3)
    for _ in range(4):
        with pytest.raises(MailboxUnavailable):
            receive(office.ctx, box, folder)
        clock.advance(seconds=10)
        folder.arrive(mail(folder.uidnext), clock())
    assert mails_and_tickets(office)[1] == 7
    folder.broken.clear()
    clock.advance(minutes=5)
    receive(office.ctx, box, folder)
    assert mails_and_tickets(office)[1] == 9


def test_a_mail_that_stays_unfetchable_costs_ever_less(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """Its tries become rare, so that the connection is free for the others."""
    folder = MemoryFolder()
    receive(office.ctx, box, folder)
    folder.broken.add(folder.arrive(mail(1), clock()))
    failures = 0
    for _ in range(60):
        clock.advance(seconds=30)
        try:
            receive(office.ctx, box, folder)
        except MailboxUnavailable:
            failures += 1
    assert 2 < failures < 15


def test_after_a_new_uidvalidity_nothing_is_doubled_or_answered_late(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """Known mail is recognised by its content; mail from before the first connect stays old and gets no letter."""
    folder = MemoryFolder()
    folder.arrive(mail(1), clock())
    clock.advance(hours=2)
    receive(office.ctx, box, folder)
    clock.advance(minutes=1)
    folder.arrive(mail(2), clock())
    receive(office.ctx, box, folder)
    office.work()
    folder.uidvalidity = 2
    clock.advance(minutes=1)
    folder.arrive(mail(3), clock())
    receive(office.ctx, box, folder)
    office.work()
    assert {letter.recipient_masked for letter in office.letters()} and len(office.letters()) == 2
    assert office.totals()["tickets"] == 3
    assert office.totals()["mails"] == 3


def test_a_renumbered_mail_keeps_its_row(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """Nothing is stored again: the row of each known mail has its new numbers, what is owed for it is done under them,
    and two mails of the same bytes have two rows."""

    class Busy(MemoryFolder):
        def apply(self, actions, move_to):
            return ()

    seen = replace(box, after=AfterFiling.SEEN)
    old = Busy()
    receive(office.ctx, seen, old)
    for number in (1, 2, 2):
        old.arrive(mail(number), clock())
    assert receive(office.ctx, seen, old) == 3
    fresh = MemoryFolder(uidvalidity=7)
    fresh.mails = {uid + 10: one for uid, one in old.mails.items()}
    clock.advance(minutes=1)
    fresh.arrive(mail(3), clock())
    assert receive(office.ctx, seen, fresh) == 1
    assert sorted((action.uidvalidity, action.uid) for action in fresh.settled) == [(7, 11), (7, 12), (7, 13), (7, 14)]
    assert mails_and_tickets(office) == (4, 3)
    with office.ctx.store.read() as tx:
        assert tx.ledger.stages(box.name, "INBOX", 1, 0, 99) == {}
        assert set(tx.ledger.stages(box.name, "INBOX", 7, 0, 99)) == {11, 12, 13, 14}


def test_what_is_owed_elsewhere_does_not_stand_in_the_way(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """Actions for a UIDVALIDITY that is gone are settled, however many they are, and the new ones are done."""
    seen = replace(box, after=AfterFiling.SEEN)
    folder = MemoryFolder()
    receive(office.ctx, seen, folder)
    old = [folder.arrive(mail(number), clock()) for number in range(1, ACTIONS + 2)]

    class Busy(MemoryFolder):
        def apply(self, actions, move_to):
            return ()

    busy = Busy()
    busy.mails = folder.mails
    receive(office.ctx, seen, busy)
    fresh = MemoryFolder(uidvalidity=2)
    clock.advance(days=3)
    for uid in old:
        fresh.mails[uid] = folder.mails[uid]
    receive(office.ctx, seen, fresh)
    assert {action.uid for action in fresh.settled if action.uidvalidity == 2} == set(old)
    with office.ctx.store.read() as tx:
        assert tx.ledger.server_actions(box.name, 10) == ()


def test_a_damaged_copy_never_lets_the_servers_go(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """A delete waits for a copy that can be read back; a damaged one stops neither the mailbox nor the others."""
    from sqlalchemy import create_engine, text

    deleting = replace(box, after=AfterFiling.DELETE)
    folder = MemoryFolder()
    receive(office.ctx, deleting, folder)
    damaged = folder.arrive(mail(1), clock())
    with office.ctx.store.write() as tx:
        tx.ledger.keep(list(folder.fetch([damaged])), clock(), old_before_uid=0, after="delete")
    engine = create_engine(office.ctx.store._engines.writer.url)  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.execute(text("UPDATE raw_mail SET data = x'00'"))
    engine.dispose()
    second = folder.arrive(mail(2), clock())
    assert receive(office.ctx, deleting, folder) == 1
    assert [action.uid for action in folder.settled] == [second]


def test_a_uid_that_only_a_search_names_hides_no_mail(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """A damaged answer names UID 99: the mails that have smaller UIDs are read when they come, and so is the 99th."""

    class Babbling(MemoryFolder):
        babbles = True

        def uids_after(self, uid: int) -> tuple[int, ...]:
            return (*super().uids_after(uid), *((99,) if self.babbles else ()))

    folder = Babbling()
    receive(office.ctx, box, folder)
    folder.arrive(mail(1), clock())
    assert receive(office.ctx, box, folder) == 1
    assert receive(office.ctx, box, folder) == 0
    folder.babbles = False
    folder.arrive(mail(2), clock())
    folder.mails[99] = (clock(), mail(99))
    assert receive(office.ctx, box, folder) == 2
    assert mails_and_tickets(office) == (3, 3)


def test_an_unfetchable_mail_that_somebody_deletes_is_gone(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """It is asked for once more and then never again."""
    folder = MemoryFolder()
    receive(office.ctx, box, folder)
    uid = folder.arrive(mail(1), clock())
    folder.broken.add(uid)
    with pytest.raises(MailboxUnavailable):
        receive(office.ctx, box, folder)
    folder.broken.clear()
    del folder.mails[uid]
    receive(office.ctx, box, folder)
    with office.ctx.store.read() as tx:
        assert tx.ledger.unfetched("service", "INBOX", 1) == ()
        assert set(tx.ledger.stages("service", "INBOX", 1, 0, 99).values()) == {Stage.VANISHED}


def test_two_hundred_thousand_old_mails_cost_nothing(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """With start: now none of them is listed, fetched or given a row, at the first connect and after it."""

    class Counting(MemoryFolder):
        listed = fetched = 0

        def uids_after(self, uid: int) -> tuple[int, ...]:
            found = tuple(range(uid + 1, self.uidnext))
            self.listed += len(found)
            return found

        @property
        def uidnext(self) -> int:
            return 200_001 + len(self.mails)

        def fetch(self, uids):
            self.fetched += len(uids)
            return super().fetch(uids)

    folder = Counting()
    assert receive(office.ctx, box, folder) == 0
    folder.mails[200_001] = (clock(), mail(1))
    assert receive(office.ctx, box, folder) == 1
    assert reconcile(office.ctx, box, folder, repair=True).is_complete
    assert (folder.listed, folder.fetched) == (2, 1)


@pytest.mark.slow
def test_an_archive_takes_no_more_memory_the_larger_it_is(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """Two thousand mails of 50 kB are 100 MB; of them a few chunks are in memory at a time."""
    import tracemalloc

    text = "长" * 16_000

    class Endless(MemoryFolder):
        def uids_after(self, uid: int) -> tuple[int, ...]:
            return tuple(range(uid + 1, 2_001))

        @property
        def uidnext(self) -> int:
            return 2_001

        def fetch(self, uids):
            for uid in uids:
                self.mails = {uid: (clock(), a_mail(mid=f"{uid}@example.cn", body=text))}
                yield from super().fetch([uid])

    tracemalloc.start()
    try:
        assert receive(office.ctx, replace(box, start="all", after=AfterFiling.NOTHING), Endless()) == 2_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12 << 20


def test_a_large_archive_is_read_in_bounded_pieces(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """With start: all twenty mails are in memory at a time, and what was read before a break is not read again."""

    class Chunky(MemoryFolder):
        largest_chunk = calls = 0

        def fetch(self, uids):
            self.largest_chunk = max(self.largest_chunk, len(uids))
            self.calls += 1
            if self.calls == 4:
                raise MailboxUnavailable("connection lost")
            return super().fetch(uids)

    folder = Chunky()
    for number in range(1, 131):
        folder.arrive(mail(number), clock())
    everything = replace(box, start="all")
    with pytest.raises(MailboxUnavailable):
        receive(office.ctx, everything, folder)
    assert receive(office.ctx, everything, folder) == 70
    assert (folder.largest_chunk, office.totals()["mails"]) == (20, 130)
