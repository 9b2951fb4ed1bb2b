"""The certificates of outgoing servers are looked at once a day, by one process, and trouble there harms nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.errors import TransportUnavailable
from core.domain.keys import KeyRing
from core.domain.settings import MailboxSettings, ServerSettings, Tls
from huiying.app.clock import now
from huiying.app.workers import outgoing as module
from huiying.app.workers.outgoing import OutgoingLook
from huiying.flows.context import Context
from huiying.flows.health import health
from store.open import SqlStore
from tests.factories.pipeline import desk_with_mailbox, worker_context
from tests.fakes.fixed_clock import FixedClock

SOON = timedelta(days=6)


class Servers:
    """Outgoing servers by their host: when the certificate of each ends, or that it cannot be asked."""

    def __init__(self) -> None:
        self.ends: dict[str, datetime | None] = {}
        self.asked: list[str] = []

    def look(self, server: ServerSettings) -> datetime | None:
        self.asked.append(server.host)
        if server.host not in self.ends:
            raise TransportUnavailable
        return self.ends[server.host]


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def desk(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Callable[[str], Context]:
    """A worker of a desk whose letters leave by two servers with TLS."""
    clock.at = now()  # the database counts by its own clock

    def opened(tls: str = "tls", pid: int = 1) -> Context:
        box = desk_with_mailbox().mailboxes[0]
        smtp = replace(box.smtp, host="one", tls=Tls(tls))
        boxes: tuple[MailboxSettings, ...] = (replace(box, smtp=smtp, smtp_also=(replace(smtp, host="two"),)),)
        return worker_context(sqlite_store, keys, clock, desk=replace(desk_with_mailbox(), mailboxes=boxes), pid=pid)

    return opened


def told(ctx: Context) -> list[str]:
    return [code for code, *_ in health(ctx).items if code.startswith("certificate-out")]


def test_what_ends_first_stands_on_the_health_strip(desk, servers: Servers, clock: FixedClock) -> None:
    """Days before, of any account that a letter may leave by; gone once there is a new one, which a day shows."""
    ctx = desk()
    looker = OutgoingLook(ctx, servers.look)
    servers.ends = {"one": clock.at + timedelta(days=90), "two": clock.at + SOON}
    assert (looker.look(), looker.look()) == (1, 0)
    assert (servers.asked, told(ctx)) == (["one", "two"], ["certificate-out-ends"])
    servers.ends["two"] = clock.at + timedelta(days=90)
    clock.advance(hours=23)
    assert looker.look() == 0
    clock.advance(hours=1)
    assert (looker.look(), told(ctx)) == (1, [])


def test_what_has_ended_is_looked_at_every_hour(desk, servers: Servers, clock: FixedClock) -> None:
    """So that the strip is well again soon after the renewal."""
    ctx = desk()
    looker = OutgoingLook(ctx, servers.look)
    servers.ends = {"one": clock.at - SOON, "two": None}
    assert (looker.look(), told(ctx)) == (1, ["certificate-out-ended"])
    servers.ends["one"] = clock.at + timedelta(days=90)
    clock.advance(hours=1)
    assert (looker.look(), told(ctx)) == (1, [])


def test_a_server_that_is_away_changes_nothing(desk, servers: Servers, clock: FixedClock) -> None:
    """What was known stands, and it is asked again within the hour."""
    ctx = desk()
    looker = OutgoingLook(ctx, servers.look)
    servers.ends = {"one": clock.at + SOON}
    looker.look()
    servers.ends = {}
    clock.advance(days=1)
    assert (looker.look(), told(ctx)) == (1, ["certificate-out-ends"])
    servers.asked.clear()
    clock.advance(hours=1)
    assert (looker.look(), servers.asked) == (1, ["one", "two"])


def test_without_tls_nothing_ends(desk, servers: Servers, clock: FixedClock) -> None:
    """Whoever switches it off is not warned for ever of the last certificate."""
    servers.ends = {"one": clock.at + SOON, "two": None}
    ctx = desk()
    OutgoingLook(ctx, servers.look).look()
    assert told(ctx) == ["certificate-out-ends"]
    without = replace(ctx, desk=desk("none").desk)
    servers.ends["one"] = None
    OutgoingLook(without, servers.look).look()
    assert told(without) == []


def test_one_of_several_processes_looks(desk, servers: Servers, clock: FixedClock) -> None:
    """The other would only knock at the same door."""
    servers.ends = {"one": clock.at + SOON}
    first, second = OutgoingLook(desk(), servers.look), OutgoingLook(desk(pid=2), servers.look)
    assert (first.look(), second.look()) == (1, 0)


def test_the_thread_outlives_whatever_it_meets(desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug there would else end the process, and with it all letters."""
    monkeypatch.setattr(module, "LOOK_S", 0.001)
    monkeypatch.setattr(module, "AGAIN", timedelta(0))
    stop, asked = threading.Event(), []

    def look(server: ServerSettings) -> datetime:
        asked.append(server)
        if len(asked) == 3:
            stop.set()
        raise RuntimeError("ours")

    thread = threading.Thread(target=OutgoingLook(desk(), look).run, args=(stop,), daemon=True)
    thread.start()
    thread.join(5)
    assert len(asked) == 3
