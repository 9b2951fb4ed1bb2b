"""A mailbox with very many old mails: how soon the first new one is answered, what memory it takes, what is told of it.

``python -m benchmarks.old_mailbox --mails 20000 200000``: a Dovecot whose Maildir is filled beforehand, for each size
once with ``start: now`` and once with ``start: all``, where mails keep arriving while the archive is read, for
``--seconds`` at most. The first size is the baseline of the run. Exit 1 when memory grows with the mailbox, a new
mail waits for the archive, or nothing is told.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.endurance import rss
from benchmarks.kill import is_reply, make_mails
from benchmarks.sink import Sink
from huiying.app.home import Home
from huiying.demo.home import DemoServers
from tests.fakes import dovecot
from tests.fakes.service import Service, a_home, wait_until

OLD_KEPT = "SELECT count(*) FROM ledger WHERE old"
NEW_S = 10.0
"""A new mail arrives so often while the archive is read."""
PATIENCE_S = 10.0
"""A new mail that waited longer waited for the archive."""
GROWTH, SLACK_MB = 1.15, 15.0
OLD = (
    "From: Kunde {n} <kunde{n}@alt.example>\r\nTo: service@example.com\r\nSubject: 旧邮件 {n}\r\n"
    "Date: Thu, 05 Mar 2020 10:00:00 +0800\r\nMessage-ID: <old-{n}@alt.example>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "您好，第 {n} 号订单什么时候发货？\r\n"
)


@dataclass(slots=True, kw_only=True)
class Found:
    """What one run showed. Seconds count from the start of the service."""

    mails: int
    start: str
    connected_s: float = 0.0
    first_letter_s: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    kept: int = 0
    read_s: float = 0.0
    reconcile_s: float = 0.0
    rss_mb: list[float] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)

    @property
    def peak_mb(self) -> float:
        return max(self.rss_mb, default=0.0)

    def line(self) -> str:
        waits = f"{max(self.waits_s):.2f}" if self.waits_s else "-"
        rate = f"{self.kept / self.read_s:.0f}" if self.read_s and self.kept > len(self.waits_s) else "-"
        told = f"{len(self.progress)} ({self.progress[0]} … {self.progress[-1]})" if self.progress else "0"
        return (
            f"{self.mails:>9}  {self.start:<5}  {self.connected_s:>9.2f}  {self.first_letter_s:>12.2f}  {waits:>12}  "
            f"{self.kept:>7}  {rate:>6}  {self.reconcile_s:>11.2f}  {self.peak_mb:>8.0f}  {told}"
        )


HEAD = (
    "    mails  start  connect s  first letter s  longest wait s  kept  mails/s  reconcile s   peak MB  progress told"
)


def fill(server: dovecot.Dovecot, count: int) -> None:
    """So many seen mails in the inbox, as a Maildir that was copied there."""
    inbox = server.home / "mail" / server.user
    server.deliver_all([])
    owner = inbox.stat()
    for number in range(count):
        path = inbox / "cur" / f"{1_500_000_000 + number}.M{number}.old:2,S"
        path.write_bytes(OLD.format(n=number).encode())
        if os.getuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)


def run(folder: Path, server: dovecot.Dovecot, sink: Sink, mails: int, start: str, seconds: float) -> Found:
    """A new home at that mailbox; how it went."""
    where = DemoServers(imap=(server.host, server.port), smtp=sink.address, user=server.user, password=server.password)
    home = a_home(folder / f"home-{mails}-{start}", where)
    boxes = home.config / "mailboxes.yaml"
    boxes.write_text(re.sub(r"(?m)^  start: .*$", f"  start: {start}", boxes.read_text("utf-8")), encoding="utf-8")
    found = Found(mails=mails, start=start)
    with Service(home.path) as service:
        if not wait_until(lambda: asked(home, "SELECT 1 FROM mailbox_folder WHERE start_uid IS NOT NULL"), 600):
            raise RuntimeError(f"it never connected: {service.said[-500:]}")
        found.connected_s = time.monotonic() - service.begun
        new = (data for n, data in enumerate(make_mails(1000, secrets.token_hex(6))) if not is_reply(n))
        over = threading.Event()
        watching = threading.Thread(target=watch, args=(home, found, service, over))
        watching.start()
        found.waits_s.append(answered(server, sink, next(new)))
        found.first_letter_s = time.monotonic() - service.begun
        until = service.begun + (seconds if start == "all" else found.first_letter_s + 3 * NEW_S)
        while time.monotonic() < until and (start == "now" or counted(home, OLD_KEPT) < mails):
            over.wait(NEW_S)
            found.waits_s.append(answered(server, sink, next(new)))
        found.read_s = time.monotonic() - service.begun - found.connected_s
        found.kept = counted(home, "SELECT count(*) FROM ledger")
        found.reconcile_s = reconciled(home)
        over.set()
        watching.join()
        code, _ = service.end(20)
        if code:
            raise RuntimeError(f"the service ended with {code}: {service.said[-500:]}")
    return found


def reconciled(home: Home) -> float:
    """Seconds until the ledger was compared with the mailbox by command, while the service runs."""
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "huiying.app.cli", "reconcile", "--home", str(home.path)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - begun


def watch(home: Home, found: Found, service: Service, over: threading.Event) -> None:
    """Notes each second what memory is taken, and what is told anew."""
    while not over.wait(1.0):
        found.rss_mb.append(sum(rss(pid) for pid in service.group()) / 2**20)
        told = asked(home, "SELECT progress FROM mailbox_state")
        progress = str(told[0][0]) if told else ""
        if progress and progress not in found.progress:
            found.progress.append(progress)


def answered(server: dovecot.Dovecot, sink: Sink, data: bytes) -> float:
    """Seconds from the delivery of a new mail until its letter was taken."""
    before, delivered = len(sink.answered), time.monotonic()
    server.deliver(data)
    instants = sink.wait_for(before + 1, 600)
    if len(instants) <= before:
        raise RuntimeError("a new mail was not answered within ten minutes")
    return instants[before] - delivered


def counted(home: Home, question: str) -> int:
    rows = asked(home, question)
    return int(str(rows[0][0])) if rows else 0


def asked(home: Home, question: str) -> Sequence[tuple[object, ...]]:
    """Looks into the database without taking a lock; nothing while it is not there yet."""
    path = home.data / "huiying.db"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(question).fetchall()
    except sqlite3.OperationalError:
        return []


def wrong(all_found: Sequence[Found]) -> Iterator[str]:
    for one in all_found:
        name = f"{one.mails} mails, start {one.start}"
        if max(one.waits_s) > PATIENCE_S:
            yield f"{name}: a new mail waited {max(one.waits_s):.1f} s"
        if one.start == "all" and not one.progress:
            yield f"{name}: nothing was told of how far it is"
        if one.start == "now" and one.kept > len(one.waits_s):
            yield f"{name}: {one.kept - len(one.waits_s)} old mails were kept"
        first = next(other for other in all_found if other.start == one.start)
        if one.peak_mb > first.peak_mb * GROWTH + SLACK_MB:
            yield f"{name}: {one.peak_mb:.0f} MB, {first.peak_mb:.0f} MB with {first.mails}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, nargs="+", default=[20_000])
    parser.add_argument("--seconds", type=float, default=120.0, help="how long an archive is read at most")
    given = parser.parse_args()
    all_found: list[Found] = []
    print(HEAD, flush=True)
    for mails in given.mails:
        with tempfile.TemporaryDirectory(prefix="huiying-old-") as folder, Sink() as sink:
            for start in ("now", "all"):
                with dovecot.start(Path(folder) / f"dovecot-{start}") as server:
                    fill(server, mails)
                    all_found.append(run(Path(folder), server, sink, mails, start, given.seconds))
                print(all_found[-1].line(), flush=True)
    troubles = list(wrong(all_found))
    print("\n".join(f"WRONG: {one}" for one in troubles) or "no new mail waited for old ones, and memory does not grow")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
