"""How long a customer waits: from the mailbox's announcement, and from delivery, to the mail server's 250.

``python -m benchmarks.latency``: one service, its mail servers apart, one monotonic clock, one mail at a time; Dovecot
where it is installed, else the embedded IMAP server. Exit 1 when a mark is missed.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import quantiles

from benchmarks.kill import make_mails
from benchmarks.sink import Sink
from core.domain.settings import MailboxSettings
from huiying.app.bootstrap import App, open_app
from huiying.app.clock import now
from huiying.app.supervisor import Supervisor
from huiying.demo.home import DemoServers
from huiying.demo.imap import EmbeddedImap
from huiying.flows.mailbox import MailboxConnection
from ingest.sources.imap import ImapMailbox
from ingest.sources.imap_open import open_mailbox
from tests.fakes import dovecot
from tests.fakes.service import a_home

OWN_MARKS = (25.0, 100.0)
DELIVERY_MARKS = (600.0, 1000.0)
"""p50 and p99 in milliseconds; Dovecot itself holds an announcement back for half a second."""


@dataclass(slots=True)
class Marks:
    """Instants of the present mail, by the name of what was reached (the first time wins)."""

    at: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        self.at = {}

    def reach(self, name: str) -> None:
        self.at.setdefault(name, time.monotonic())


@dataclass(slots=True, kw_only=True)
class Bench:
    """The running service and its servers."""

    app: App
    supervisor: Supervisor
    smtp: Sink
    deliver: Callable[[bytes], object]
    connections: list[ImapMailbox]
    marks: Marks
    server: str


class TimedSupervisor(Supervisor):
    """Keeps its connections in view, for their ``last_announced``."""

    def __init__(self, app: App, connections: list[ImapMailbox]) -> None:
        super().__init__(app)
        self._connections = connections

    def _open(self, box: MailboxSettings) -> MailboxConnection:
        connection = open_mailbox(box, self.app.secret(box.imap))
        self._connections.append(connection)
        return connection


class TimedWake:
    """Rings the real bells and notes what each ring says is done."""

    def __init__(self, bells: object, marks: Marks) -> None:
        self._bells: object = bells
        self._marks = marks

    def ring(self, stage: str) -> None:
        self._marks.reach(stage)
        self._bells.ring(stage)  # type: ignore[attr-defined]

    def wait(self, stage: str, seconds: float) -> bool:
        return bool(self._bells.wait(stage, seconds))  # type: ignore[attr-defined]


@contextmanager
def bench(folder: Path, *, embedded: bool) -> Iterator[Bench]:
    """The service in this process; it was ready when this yields."""
    with ExitStack() as stack:
        marks = Marks()
        smtp = stack.enter_context(Sink())
        address, user, password, deliver, name = a_mailbox(stack, folder, embedded=embedded)
        where = DemoServers(imap=address, smtp=smtp.address, user=user, password=password)
        app = open_app(a_home(folder / "home", where), os.environ, works=True)
        stack.callback(app.close)
        timed = replace(app, context=replace(app.context, wake=TimedWake(app.bells, marks)))
        connections: list[ImapMailbox] = []
        supervisor = TimedSupervisor(timed, connections)
        supervisor.start()
        stack.callback(supervisor.end)
        if not supervisor.ready(60):
            raise RuntimeError("the service did not become ready")
        yield Bench(
            app=app,
            supervisor=supervisor,
            smtp=smtp,
            deliver=deliver,
            connections=connections,
            marks=marks,
            server=name,
        )


def a_mailbox(
    stack: ExitStack, folder: Path, *, embedded: bool
) -> tuple[tuple[str, int], str, str, Callable[[bytes], object], str]:
    """Address, user, password, how a mail is delivered, and the server's name."""
    if not embedded and (shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")):
        server = stack.enter_context(dovecot.start(folder / "dovecot"))
        return (server.host, server.port), server.user, server.password, server.deliver, "Dovecot"
    imap = stack.enter_context(EmbeddedImap(now, password=secrets.token_urlsafe(12)))
    return imap.address, imap.user, imap.password, imap.append, "pymap"


@dataclass(slots=True)
class Times:
    """Milliseconds of each mail."""

    own: list[float] = field(default_factory=list)
    delivery: list[float] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)


def measure(running: Bench, mails: int) -> Times:
    """Delivers one mail after the other; each waits until the one before was answered and the poller idles again."""
    times = Times()
    before = len(running.smtp.answered)
    for number, data in enumerate(make_mails(mails * 2, secrets.token_hex(4))[::2], before):
        running.marks.begin()
        delivered = time.monotonic()
        running.deliver(data)
        instants = running.smtp.wait_for(number + 1, 30)
        if len(instants) <= number:
            raise RuntimeError(f"mail {number} was not answered within 30 s")
        answered = instants[number]
        announced = running.connections[-1].last_announced
        times.own.append((answered - announced) * 1000)
        times.delivery.append((answered - delivered) * 1000)
        _note_parts(times, running.marks, announced, answered)
        threading.Event().wait(0.15)
    return times


def _note_parts(times: Times, marks: Marks, announced: float, answered: float) -> None:
    """Announced → kept → filed → answered: the stages' own shares."""
    before = announced
    for name, at in (("kept", marks.at["kept"]), ("filed", marks.at["filed"]), ("answered", answered)):
        times.parts.setdefault(name, []).append((at - before) * 1000)
        before = at


def percentiles(values: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[98]


def told(name: str, values: list[float], marks: tuple[float, float]) -> bool:
    p50, p99 = percentiles(values)
    good = p50 < marks[0] and p99 < marks[1]
    print(f"{name:28} p50 {p50:7.1f} ms (mark {marks[0]:.0f})   p99 {p99:7.1f} ms (mark {marks[1]:.0f})", end="")
    print("" if good else "   MISSED")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=200)
    parser.add_argument("--embedded", action="store_true", help="the embedded IMAP server even where Dovecot is there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huiying-latency-") as folder:
        with bench(Path(folder), embedded=given.embedded) as running:
            measure(running, 5)
            times = measure(running, given.mails)
            print(f"{given.mails} mails, one at a time, {running.server}, SQLite synchronous=FULL")
        good = told("from the announcement", times.own, OWN_MARKS)
        good = told("from delivery", times.delivery, DELIVERY_MARKS) and good
        for name, values in times.parts.items():
            p50, p99 = percentiles(values)
            print(f"  … until {name:18} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
