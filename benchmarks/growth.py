"""What more stored tickets cost: mails a second, pages, the clock's round and the start, at each size beside the first.

``python -m benchmarks.growth --sizes 1000 10000 100000``: the smallest size is the baseline of the run; nothing may
grow faster than the logarithm of what is stored. ``--plot FILE`` draws it.
Exit 1 when something does.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.corpus import make_burst
from benchmarks.kill import a_database
from benchmarks.plot import draw
from benchmarks.sink import Sink
from benchmarks.stored import fill
from core.domain.mail import RawMail
from core.domain.views import QueueFilter
from huiying.app.bootstrap import App, open_app
from huiying.app.clock import now
from huiying.app.home import Home
from huiying.app.workers.mirror import Mirror
from huiying.demo.home import DemoServers
from huiying.demo.imap import EmbeddedImap
from huiying.flows.deliver import deliver
from huiying.flows.receive import keep_files
from huiying.flows.tick import tick
from huiying.flows.triage import triage, warm_up
from tests.fakes.service import Service, a_home

SAMPLE, NEW = 1000, 200
LOOKS = 60
SLACK = 1.5
"""Beside the logarithm: what a shared machine adds by itself."""
SEARCH = "search ms"
FULL = 100_000
"""A search looks at the newest 5,000 messages that match; from so many on the sample's copies have more."""
COLUMNS = ("ms a mail", "queue ms", "deep page ms", SEARCH, "ticket ms", "tick ms", "start s")
COMMON = QueueFilter(state="", text="登录 请")
"""Words that stand in many of the stored mails."""


class Desk:
    """A home whose database grows; each size is measured on a service opened for it."""

    def __init__(self, home: Home, url: str) -> None:
        self._home, self.url, self._run = home, url, 0

    def feed(self, count: int) -> float:
        """Milliseconds a mail for keeping, filing and answering so many new mails, twenty at a time."""
        self._run += 1
        mails = [one for one in make_burst(count * 10 // 9 + 10, run=f"g{self._run}") if len(one.data) < 10_000][:count]
        with _opened(self._home) as app:
            begun = time.perf_counter()
            for at in range(0, len(mails), 20):
                raws = [
                    RawMail(
                        source="imap",
                        mailbox=app.desks.active().mailboxes[0].name,
                        folder="INBOX",
                        uidvalidity=10_000_000 - self._run,  # the copies count upwards
                        uid=number + 1,
                        arrived=now(),
                        data=mails[number].data,
                    )
                    for number in range(at, min(at + 20, len(mails)))
                ]
                keep_files(app.context, raws)
                for flow in (triage, deliver):
                    while flow(app.context):
                        pass
            return (time.perf_counter() - begun) * 1000 / len(mails)

    def look(self) -> dict[str, float]:
        """Milliseconds of what people and the clock do."""
        with _opened(self._home) as app, app.store.read() as tx:
            first = tx.views.queue(QueueFilter(), "", 50)
            cursor = first.next_key
            for _ in range(8):
                cursor = tx.views.queue(QueueFilter(), cursor, 50).next_key or cursor
            number = first.rows[0].number
            return {
                "queue ms": _milliseconds(lambda: tx.views.queue(QueueFilter(), "", 50)),
                "deep page ms": _milliseconds(lambda: tx.views.queue(QueueFilter(), cursor, 50)),
                SEARCH: _milliseconds(lambda: tx.views.queue(COMMON, "", 50)),
                "ticket ms": _milliseconds(lambda: tx.views.ticket(number)),
                "tick ms": _milliseconds(lambda: tick(app.context)),
            }

    def start(self) -> float:
        """Seconds until the service waits for mail."""
        with Service(self._home.path) as service:
            seconds = service.wait_ready()
            service.end()
        return seconds


class _opened:
    """The composition root without its threads, warm."""

    def __init__(self, home: Home) -> None:
        self._app = open_app(home, os.environ, works=True)

    def __enter__(self) -> App:
        app = self._app
        Mirror(app.context, app.desks, app.home.config, lambda: None).start()
        warm_up(app.context)
        return app

    def __exit__(self, *exc: object) -> None:
        self._app.close()


def _milliseconds(look: Callable[[], object]) -> float:
    times = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        look()
        times.append(time.perf_counter() - begun)
    return median(times) * 1000


def measure(desk: Desk, sizes: Sequence[int]) -> dict[int, dict[str, float]]:
    """The figures of each size, smallest first."""
    desk.feed(SAMPLE)
    found: dict[int, dict[str, float]] = {}
    for size in sizes:
        stored = fill(desk.url, size, lambda done: print(f"\r  {done:,} tickets", end="", file=sys.stderr, flush=True))
        print(f"\r  {stored:,} tickets stored", file=sys.stderr)
        found[size] = {"ms a mail": min(desk.feed(NEW) for _ in range(3)), **desk.look(), "start s": desk.start()}
    return found


def grew_too_fast(found: dict[int, dict[str, float]]) -> list[str]:
    """What costs more than the logarithm of the sizes allows, with some slack for the machine."""
    wrong = []
    for name in COLUMNS:
        first, *others = sorted(size for size in found if name != SEARCH or size >= FULL) or [0]
        for size in others:
            value, least = found[size][name], found[first][name]
            allowed = SLACK * math.log(size) / math.log(first)
            if value > least * allowed and value - least > 1:
                wrong.append(f"{name} at {size:,}: {value / least:.1f} times, allowed {allowed:.1f}")
    return wrong


def plot(found: dict[int, dict[str, float]], path: Path) -> None:
    """Each figure against the logarithm of what is stored."""
    sizes = sorted(found)
    least, most = math.log(sizes[0]), math.log(sizes[-1])
    places = [(math.log(size) - least) / (most - least or 1) for size in sizes]
    foot = "tickets stored: " + " · ".join(f"{size:,}" for size in sizes)
    draw({name: [found[size][name] for size in sizes] for name in COLUMNS}, places, foot, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiying-growth-")))
        url = stack.enter_context(a_database(given.database))
        sink = stack.enter_context(Sink())
        imap = stack.enter_context(EmbeddedImap(now, password="only-for-now"))
        where = DemoServers(imap=imap.address, smtp=sink.address, user=imap.user, password="only-for-now")
        home = a_home(folder / "home", where, url)
        found = measure(Desk(home, url or f"sqlite:///{home.data / 'huiying.db'}"), sorted(given.sizes))
    print("stored".rjust(12), *(name.rjust(13) for name in COLUMNS))
    for size, figures in found.items():
        print(f"{size:12,}", *(f"{figures[name]:13.2f}" for name in COLUMNS))
    if given.plot:
        plot(found, given.plot)
    wrong = grew_too_fast(found)
    print("\n".join(f"GREW: {one}" for one in wrong) or "nothing grows faster than the logarithm")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
