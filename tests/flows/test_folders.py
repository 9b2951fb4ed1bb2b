"""Several folders of one mailbox: each mail once, whatever is wrong with one of them, and new mail before old."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import AfterFiling
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings
from huiying.app.workers import poller as module
from huiying.app.workers.poller import Poller
from huiying.flows import receive as receiving
from huiying.flows.folders import read_all, sisters
from huiying.flows.receive import Watch, receive
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.folder import MemoryFolder
from tests.fakes.mailbox import MemoryMailbox


def mail(number: int) -> bytes:
    return a_mail(mid=f"{number}@example.cn", sender=f"{number}@example.cn", body=f"第{number}件事：打不开")


@pytest.fixture
def box(office: Office) -> MailboxSettings:
    [box] = office.ctx.desk().mailboxes
    return replace(box, folders=("INBOX", "客服"))


def test_every_folder_is_read_and_each_mail_kept_once(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """UIDs of two folders are told apart; what is owed to the server is done in the folder where the mail lies."""
    seen = replace(box, after=AfterFiling.SEEN)
    server = MemoryMailbox("客服")
    assert read_all(office.ctx, seen, server) == 0
    for number, folder in enumerate(("INBOX", "客服", "客服")):
        server.folders[folder].arrive(mail(number), clock())
    assert [read_all(office.ctx, seen, server) for _ in range(2)] == [3, 0]
    assert [len(server.folders[name].settled) for name in ("INBOX", "客服")] == [1, 2]
    office.work()
    assert office.totals()["tickets"] == 3
    assert server.visits[-1] == "INBOX"


def test_a_folder_that_is_missing_stops_no_other(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """Those behind it are read; the trouble is told at the end."""
    more = replace(box, folders=("INBOX", "没有", "客服"))
    server = MemoryMailbox("客服")
    for _ in range(2):
        with pytest.raises(MailboxUnavailable) as told:
            read_all(office.ctx, more, server)
        server.folders["客服"].arrive(mail(1), clock())
    assert told.value.code == "folder-missing"
    assert office.totals()["mails"] == 1


def test_what_is_owed_to_a_folder_that_nobody_reads_is_forgotten(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """Else it would be owed for ever."""
    seen = replace(box, after=AfterFiling.SEEN)

    class Busy(MemoryFolder):
        def apply(self, actions, move_to):
            return ()

    server = MemoryMailbox()
    server.folders["客服"] = Busy(folder="客服")
    read_all(office.ctx, seen, server)
    server.folders["客服"].arrive(mail(1), clock())
    read_all(office.ctx, seen, server)
    with office.ctx.store.write() as tx:
        assert len(tx.ledger.server_actions(box.name, 9)) == 1
        assert tx.ledger.forget_actions(box.name, ["INBOX", "客服"], clock()) == 0
        assert tx.ledger.forget_actions(box.name, ["INBOX"], clock()) == 1
        assert tx.ledger.server_actions(box.name, 9) == ()


def test_the_sent_folder_is_found_named_or_left_alone(office: Office, box: MailboxSettings) -> None:
    """By the server's mark, by its name, or not at all; never twice."""
    server = MemoryMailbox("客服", sent="已发送")
    assert [(one.folder, one.is_sent) for one in sisters(box, server)] == [("客服", False), ("已发送", True)]
    assert sisters(box, server)[-1].after is AfterFiling.NOTHING
    named = replace(box, sent_folder="Gesendet", folders=())
    assert [one.folder for one in sisters(named, server)] == ["Gesendet"]
    assert sisters(replace(named, sent_folder="none"), server) == ()
    assert sisters(replace(box, folders=()), MemoryMailbox()) == ()


def test_a_server_that_lists_no_folders_is_read_nevertheless(office: Office, box: MailboxSettings) -> None:
    """Then nothing is known of a folder of sent mail; a broken line is another matter."""
    server = MemoryMailbox()
    error = MailboxUnavailable("NO LIST not allowed")

    def refuse() -> str:
        raise error

    server.sent_folder = refuse  # type: ignore[method-assign]  # a server with fewer rights
    error.code = "refused"
    assert sisters(replace(box, folders=()), server) == ()
    error.code = "reconnect"
    with pytest.raises(MailboxUnavailable):
        sisters(box, server)


def test_what_is_new_goes_before_an_archive(
    office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch
) -> None:
    """A mail that arrives while old ones are read waits for a few chunks of them, not for all; it is filed
    before them; and nothing is read twice."""
    monkeypatch.setattr(receiving, "OVERTAKEN", 40)
    everything = replace(box, folders=(), start="all", after=AfterFiling.NOTHING)
    folder = MemoryFolder()
    for number in range(200):
        folder.arrive(mail(number), clock())
    fetched: list[int] = []
    plain = folder.fetch

    def fetch(uids):
        fetched.extend(uids)
        if len(fetched) == 60:
            folder.arrive(mail(999), clock())
        return plain(uids)

    folder.fetch = fetch  # type: ignore[method-assign]  # a folder to which mail comes while it is read
    steps: list[tuple[int, int]] = []
    kept = receive(office.ctx, everything, folder, Watch(told=lambda done, of: steps.append((done, of))))
    assert kept == 201
    assert fetched.index(201) == 80
    assert sorted(fetched) == list(range(1, 202))
    assert steps[0] == (20, 200) and steps[-1] == (200, 200)
    with office.ctx.store.write() as tx:
        (first, *_) = tx.ledger.claim(office.ctx.worker, 3)
    assert (first.uid, first.old) == (201, False)
    assert receive(office.ctx, everything, folder) == 0
    folder.arrive(mail(1000), clock())
    assert receive(office.ctx, everything, folder) == 1
    with office.ctx.store.read() as tx:
        assert tx.ledger.cursor(box.name, "INBOX", 1) == 202


def test_an_archive_ends_its_turn_and_is_read_on(office: Office, box: MailboxSettings, clock: FixedClock) -> None:
    """``enough`` ends it after a chunk; the next turn begins where this one ended."""
    everything = replace(box, folders=(), start="all", after=AfterFiling.NOTHING)
    folder = MemoryFolder()
    for number in range(50):
        folder.arrive(mail(number), clock())
    turns = [receive(office.ctx, everything, folder, Watch(enough=lambda: True)) for _ in range(4)]
    assert turns == [20, 20, 10, 0]


def test_large_mails_are_stored_as_they_come(
    office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch
) -> None:
    """No more of them is in memory than a limit and one: those that came before a break are ours already."""
    monkeypatch.setattr(receiving, "MOST_BYTES", 1_000)
    folder = MemoryFolder()
    single = replace(box, folders=())
    receive(office.ctx, single, folder)
    for number in range(4):
        folder.arrive(a_mail(mid=f"{number}@x.cn", body="长" * 400), clock())

    class Breaking(MemoryFolder):
        def fetch(self, uids):
            for mail in super().fetch(uids):
                if mail.uid == 3:
                    raise MailboxUnavailable("connection lost")
                yield mail

    breaking = Breaking()
    breaking.mails = folder.mails
    with pytest.raises(MailboxUnavailable):
        receive(office.ctx, single, breaking)
    with office.ctx.store.read() as tx:
        stages = tx.ledger.stages(box.name, "INBOX", 1, 1, 9)
    assert [stage.value for _, stage in sorted(stages.items())] == ["kept", "kept", "unfetchable", "unfetchable"]
    clock.advance(minutes=5)
    assert receive(office.ctx, single, folder) == 2


class TestPoller:
    def run(self, office: Office, box: MailboxSettings, server: MemoryMailbox, rounds: int) -> list[str]:
        """So many waits of one poller; the states that it reported, beside what it told of its progress."""
        self.progress: list[str] = []
        stop, waits, states = threading.Event(), [], []
        poller = Poller(office.ctx, box, lambda _: server, stop)
        said = poller._say

        def say(state: str, progress: str = "") -> None:
            states.append(state)
            self.progress.append(progress)
            said(state, progress)

        poller._say = say  # type: ignore[method-assign]  # to hear what it reports

        def wait(seconds: float) -> bool:
            waits.append(seconds)
            if len(waits) >= rounds:
                poller.stop()
            return False

        server.wait = wait  # type: ignore[method-assign]  # as above
        thread = threading.Thread(target=poller.run, daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive() and poller.ready.is_set()
        return states

    def test_the_other_folders_have_their_turn_between_waits(
        self, office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch
    ) -> None:
        """It waits in the first one; a missing one shows in the mailbox's state while the others are read."""
        monkeypatch.setattr(module, "SISTERS_S", 0.0)
        server = MemoryMailbox("客服", sent="已发送")
        states = self.run(office, box, server, 3)
        assert "error:folder-missing" in states
        assert server.visits.count("客服") >= 3 and server.visits[-1] == "INBOX"

    def test_archives_in_two_folders_are_read_in_turns(
        self, office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch
    ) -> None:
        """Neither waits for the end of the other."""
        monkeypatch.setattr(module, "TURN_S", 0.0)
        everything = replace(box, start="all", after=AfterFiling.NOTHING)
        server = MemoryMailbox("客服")
        order: list[str] = []
        for name in ("INBOX", "客服"):
            for number in range(60):
                server.folders[name].arrive(mail(number), clock())
        fetch = server.fetch

        def noted(uids: Sequence[int]) -> Iterator[RawMail]:
            order.append(server.visits[-1] if server.visits else "INBOX")
            return fetch(uids)

        server.fetch = noted  # type: ignore[method-assign]  # to see whose turn it is
        self.run(office, everything, server, 4)
        assert office.totals()["mails"] == 120
        assert order == ["INBOX", "客服"] * 3

    def test_progress_counts_the_whole_archive(
        self, office: Office, box: MailboxSettings, clock: FixedClock, monkeypatch
    ) -> None:
        """However many turns it takes; once it is read nothing is told of it."""
        monkeypatch.setattr(module, "TURN_S", 0.0)
        monkeypatch.setattr(module, "MANY", 50)
        server = MemoryMailbox("客服")
        for number in range(70):
            server.folders["INBOX"].arrive(mail(number), clock())
        self.run(office, replace(box, start="all", after=AfterFiling.NOTHING), server, 4)
        assert [one for one in dict.fromkeys(self.progress) if one] == ["20/70", "40/70", "60/70"]
        assert self.progress[-1] == ""

    def test_a_command_without_an_answer_is_broken_off(self, office: Office, box: MailboxSettings) -> None:
        """Another thread ends it when it has taken too long, and not before."""
        server, broken = MemoryMailbox(), []
        server.break_off = lambda: broken.append(1)  # type: ignore[method-assign]  # to see it
        poller = Poller(office.ctx, box, lambda _: server, threading.Event())
        poller.give_up_if_stuck()
        poller._connection = server
        for server.busy_s in (0.0, module.STEP_S - 1):
            poller.give_up_if_stuck()
        assert broken == []
        server.busy_s = module.STEP_S + 1
        poller.give_up_if_stuck()
        assert broken == [1]


def test_what_comes_while_the_others_are_read_is_kept_before_the_wait(
    office: Office, box: MailboxSettings, clock: FixedClock
) -> None:
    """The server tells of it with the selection of the first folder and does not announce it again."""
    stop = threading.Event()
    kept: list[int] = []

    class Waiting(MemoryMailbox):
        def select(self, box: MailboxSettings) -> None:
            super().select(box)
            if box.folder == "客服" and self.visits.count("客服") == 1:
                self.folders["INBOX"].arrive(mail(7), clock())

        def wait(self, seconds: float) -> bool:
            kept.append(office.totals()["mails"])
            stop.set()
            return False

    Poller(office.ctx, box, lambda _: Waiting("客服"), stop).run()
    assert kept == [1]
