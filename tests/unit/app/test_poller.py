"""A poller's patience: short after success, longer with each failure, never the end of the process."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from core.domain.errors import Conflict, MailboxUnavailable, StoreUnavailable
from core.domain.keys import KeyRing
from huiying.app.workers import poller as module
from huiying.app.workers.poller import FIRST_PAUSE_S, Poller
from store.open import SqlStore
from tests.factories.pipeline import a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.folder import MemoryFolder


class Dropping(MemoryFolder):
    """A connection that the server drops while it waits."""

    def wait(self, seconds: float) -> bool:
        raise MailboxUnavailable("connection lost")


@pytest.mark.slow
def test_a_lost_connection_is_made_again_soon_however_often(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, monkeypatch
) -> None:
    """Each time that mail could be read in between, the pause begins anew: the tenth drop costs no minute."""
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    ctx, stop, opened = worker_context(sqlite_store, keys, clock), threading.Event(), []

    def open_(box):
        opened.append(box)
        if len(opened) == 10:
            poller.stop()
        return Dropping()

    poller = Poller(ctx, ctx.desk().mailboxes[0], open_, stop)
    thread = threading.Thread(target=poller.run, daemon=True)
    thread.start()
    thread.join(5)
    assert len(opened) == 10 and FIRST_PAUSE_S < 1


def test_a_database_that_is_away_does_not_end_the_poller(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, monkeypatch
) -> None:
    """Neither an unreachable database nor a conflict in it ends the thread, and with it the process."""
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    ctx, stop = worker_context(sqlite_store, keys, clock), threading.Event()

    class Flaky:
        """Fails at its first writes."""

        failures = [StoreUnavailable(), StoreUnavailable(), Conflict(), Conflict()]  # noqa: RUF012

        def write(self):
            if self.failures:
                raise self.failures.pop(0)
            return sqlite_store.write()

        def read(self):
            return sqlite_store.read()

        def changes(self):
            return sqlite_store.changes()

    poller = Poller(replace(ctx, store=Flaky()), ctx.desk().mailboxes[0], lambda box: MemoryFolder(), stop)
    thread = threading.Thread(target=poller.run, daemon=True)
    thread.start()
    assert poller.ready.wait(5)
    poller.stop()
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.slow
def test_the_server_is_compared_with_the_ledger_once_an_hour(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, monkeypatch
) -> None:
    """Soon after the first reading, then after an hour, however often the connection is made anew."""
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    compared: list[str] = []
    monkeypatch.setattr(module, "reconcile", lambda ctx, box, connection, repair: compared.append(box.name))
    ctx, stop, rounds = worker_context(sqlite_store, keys, clock), threading.Event(), []

    class Short(MemoryFolder):
        """Lives for two rounds."""

        def wait(self, seconds: float) -> bool:
            rounds.append(seconds)
            if len(rounds) >= 12:
                poller.stop()
            if len(rounds) % 3 == 0:
                raise MailboxUnavailable("connection lost")
            return False

    poller = Poller(ctx, ctx.desk().mailboxes[0], lambda box: Short(), stop)
    thread = threading.Thread(target=poller.run, daemon=True)
    thread.start()
    thread.join(10)
    assert len(rounds) >= 12
    assert compared == ["service"]


def test_pauses_grow_while_a_server_is_away(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, monkeypatch
) -> None:
    """From half a second to about a minute, so that neither it nor we are worn out by asking."""
    ctx, pauses = worker_context(sqlite_store, keys, clock), []

    def open_(box):
        raise MailboxUnavailable("nobody there")

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 12:
            poller.stop()

    poller = Poller(ctx, ctx.desk().mailboxes[0], open_, threading.Event())
    monkeypatch.setattr(poller._own_stop, "wait", wait)
    poller.run()
    assert all(0.8 * 2**turn * 0.5 <= pauses[turn] <= 1.2 * 2**turn * 0.5 for turn in range(7))
    assert all(0.8 * 60 <= pause <= 1.2 * 60 for pause in pauses[7:])


def test_a_mailbox_whose_server_hangs_holds_up_no_other(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """Each has a thread of its own: the mail of one is kept while the other's server says nothing at all."""
    ctx, stop, silence = worker_context(sqlite_store, keys, clock), threading.Event(), threading.Event()
    box = ctx.desk().mailboxes[0]
    folder = MemoryFolder(mailbox="healthy")

    def kept() -> int:
        with sqlite_store.read() as tx:
            return tx.views.totals()["mails"]

    def hang(_):
        silence.wait(30)
        raise MailboxUnavailable("nobody there")

    pollers = [
        Poller(ctx, replace(box, name="silent"), hang, stop),
        Poller(ctx, replace(box, name="healthy"), lambda _: folder, stop),
    ]
    threads = [threading.Thread(target=poller.run, daemon=True) for poller in pollers]
    for thread in threads:
        thread.start()
    try:
        assert pollers[1].ready.wait(10)
        folder.arrive(a_mail(), clock())
        deadline = time.monotonic() + 10
        while not kept() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert kept() == 1
        assert not pollers[0].ready.is_set()
    finally:
        silence.set()
        for poller in pollers:
            poller.stop()
        for thread in threads:
            thread.join(10)
