"""A poller's patience: short after success, longer with each failure, never the end of the process."""

from __future__ import annotations

import threading
from dataclasses import replace

from core.domain.errors import Conflict, MailboxUnavailable, StoreUnavailable
from core.domain.keys import KeyRing
from huiying.app.workers import poller as module
from huiying.app.workers.poller import FIRST_PAUSE_S, Poller
from store.open import SqlStore
from tests.factories.pipeline import worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.folder import MemoryFolder


class Dropping(MemoryFolder):
    """A connection that the server drops while it waits."""

    def wait(self, seconds: float) -> bool:
        raise MailboxUnavailable("connection lost")


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
