"""A mailbox read through a network that misbehaves: nothing lost, nothing doubled, and soon well again."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.domain.keys import KeyRing
from core.domain.ledger import Stage
from core.domain.settings import MailboxSettings
from huiying.app.clock import now
from huiying.app.workers import poller as module
from huiying.app.workers.poller import Poller
from huiying.flows.context import Context
from ingest.sources.imap_open import open_mailbox
from store.open import SqlStore
from tests.factories.pipeline import a_mail, worker_context
from tests.fakes.fault_proxy import Fault, FaultProxy
from tests.integration.ingest.conftest import Server

TIMEOUT_S = 1.0
"""Of each command, so that a dead line is noticed within the test's patience; 30 s in service."""
PATIENCE_S = 60.0


class Reader:
    """A poller that reads through the proxy."""

    def __init__(self, ctx: Context, box: MailboxSettings, password: str) -> None:
        self.ctx = ctx
        self.poller = Poller(ctx, box, lambda box: open_mailbox(box, password, timeout=TIMEOUT_S), threading.Event())

    def kept(self) -> int:
        with self.ctx.store.read() as tx:
            return tx.views.totals()["mails"]

    def state(self) -> str:
        """What the health strip knows of the mailbox."""
        with self.ctx.store.read() as tx:
            return tx.views.health().mailboxes[0][1]

    def hashes(self) -> list[str]:
        """Of the bytes that are stored; what a server appended must be there as it was sent."""
        with self.ctx.store.read() as tx:
            stages = tx.ledger.stages(self.poller.box.name, "INBOX", self.uidvalidity(), 0, 2**32)
        assert set(stages.values()) == {Stage.KEPT}
        with self.ctx.store.write() as tx:
            claimed = tx.ledger.claim(self.ctx.worker, 100)
            return sorted(hashlib.sha256(tx.ledger.raw(entry.id)).hexdigest() for entry in claimed)

    def uidvalidity(self) -> int:
        connection = self.poller._connection
        assert connection is not None
        return connection.uidvalidity

    def until(self, is_so: Callable[[], bool]) -> float:
        """Seconds until it is so; fails when patience ends."""
        begun = time.monotonic()
        while not is_so():
            assert time.monotonic() < begun + PATIENCE_S, f"{self.kept()} mails are kept"
            time.sleep(0.02)
        return time.monotonic() - begun


@contextmanager
def reading(ctx: Context, server: Server, proxy: FaultProxy) -> Iterator[Reader]:
    box = replace(server.box, imap=replace(server.box.imap, port=proxy.port))
    reader = Reader(ctx, box, server.password)
    thread = threading.Thread(target=reader.poller.run, daemon=True)
    thread.start()
    try:
        assert reader.poller.ready.wait(PATIENCE_S)
        yield reader
    finally:
        reader.poller.stop()
        proxy.cut()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def ctx(sqlite_store: SqlStore, keys: KeyRing, monkeypatch) -> Context:
    for name, seconds in (("FIRST_PAUSE_S", 0.05), ("LONGEST_PAUSE_S", 0.4), ("IDLE_S", 1.0)):
        monkeypatch.setattr(module, name, seconds)
    return worker_context(sqlite_store, keys, now)


@pytest.fixture
def proxy(server: Server) -> Iterator[FaultProxy]:
    with FaultProxy(server.box.imap.host, server.box.imap.port, random.Random(5)) as proxy:
        yield proxy


def mails(count: int, mark: str) -> list[bytes]:
    return [a_mail(mid=f"{mark}-{n}@example.cn", body=f"第{n}件事 " + "长" * 2_000) for n in range(count)]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_every_fault_passes(fault, server, proxy, ctx, capsys):
    """Mails that arrive while it lasts are kept once each, at the latest soon after it is over."""
    with reading(ctx, server, proxy) as reader:
        proxy.fault = fault
        if fault is Fault.REFUSE:
            proxy.cut()
        for data in mails(6, fault.value):
            server.deliver(data)
            time.sleep(0.05)
        reader.until(lambda: proxy.met[fault] > 0 or reader.kept() == 6)
        time.sleep(0.5)
        before = reader.kept()
        proxy.fault = Fault.NONE
        recovery = reader.until(lambda: reader.kept() == 6)
        again = mails(1, "after")
        server.deliver(*again)
        reader.until(lambda: reader.kept() == 7)
        time.sleep(0.2)
        assert reader.kept() == 7
    with capsys.disabled():
        print(f"\n{server.name}, {fault.value}: met {proxy.met[fault]} times, {before} of 6 kept meanwhile, "
              f"all {recovery:.2f} s after it ended")  # fmt: skip
    assert proxy.met[fault] > 0


@pytest.mark.slow
def test_a_line_that_stays_silent_is_told(server, proxy, ctx):
    """A half-open line, or a server that takes for ever: it is told as such, and once it is over all is well without a
    restart."""
    with reading(ctx, server, proxy) as reader:
        proxy.fault = Fault.HALF_OPEN
        proxy.cut()
        server.deliver(*mails(1, "silent"))
        reader.until(lambda: reader.state() == "error:timeout")
        proxy.fault = Fault.NONE
        reader.until(lambda: reader.kept() == 1 and reader.state() == "ok")
    assert proxy.met[Fault.HALF_OPEN] > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_stormy_day(server, proxy, ctx, capsys):
    """Faults of every kind in turn while mail comes in: all of it is here in the end, each mail once."""
    chance = random.Random(11)
    count = 40
    with reading(ctx, server, proxy) as reader:
        for number, data in enumerate(mails(count, "storm")):
            if not number % 4:
                proxy.fault = chance.choice(list(Fault))
            if chance.random() < 0.1:
                proxy.cut()
            server.deliver(data)
            time.sleep(0.08)
        proxy.fault = Fault.NONE
        recovery = reader.until(lambda: reader.kept() == count)
        time.sleep(0.3)
        assert reader.kept() == count
        assert reader.hashes() == sorted(hashlib.sha256(data).hexdigest() for data in mails(count, "storm"))
    with ctx.store.read() as tx:
        [owed] = [tx.views.health().server_actions_owed]
    met = ", ".join(f"{fault.value} {times}" for fault, times in proxy.met.items() if times)
    with capsys.disabled():
        print(f"\n{server.name}: {count} mails through {met}; all here {recovery:.2f} s after the storm, {owed} owed")
