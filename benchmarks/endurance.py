"""Whether a desk that works all day stays as it began: memory, open files, threads, the write-ahead log and latency.

``python -m benchmarks.endurance --minutes 90 --rate 10``: mail at that rate through Dovecot (else the embedded server),
an agent who opens and confirms a ticket every few seconds, and a change of rules every minute. Prints a table; ``--plot
FILE`` draws it. Exit 1 when the last fifth is not flat beside the second.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median
from urllib.parse import urlencode, urlsplit

from benchmarks.kill import is_reply, make_mails
from benchmarks.latency import a_mailbox
from benchmarks.plot import draw
from benchmarks.sink import Sink
from huiying.app.home import Home
from huiying.demo.home import DemoServers
from tests.fakes.service import PASSWORD, USER, Service, a_home

SAMPLE_S = 15.0
CLICK_S = 4.0
RULES_S = 60.0
RULE = """rules:
  - id: endurance
    title: 改动 {number}
    when: {{text: 从不出现的词{number}}}
    then: {{tags: [endurance]}}
    examples: [{{text: 从不出现的词{number}, expect: {{tags: [endurance]}}}}, {{text: 你好, expect: nothing}}]
"""
_TICKET = re.compile(rb'/tickets/([\w-]+)"')
_TOKEN = re.compile(rb'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One look; ``latency_ms`` is the median from delivery to the letter's 250 since the look before."""

    minute: float
    mails: int
    rss_mb: float
    open_files: int
    threads: int
    wal_mb: float
    latency_ms: float
    clicks: int


class Agent:
    """Somebody at the console, by HTTP as a browser would."""

    def __init__(self, service: Service) -> None:
        self._where = urlsplit(service.address).netloc
        self._cookie = ""
        self.clicks = 0
        self._cookie = self._ask("POST", "/sign-in", {"name": USER, "password": PASSWORD})[1]

    def click(self) -> None:
        """Looks at the queue, opens its first ticket and confirms the suggestion."""
        page, _ = self._ask("GET", "/queue")
        found = _TICKET.search(page)
        if found is None:
            return
        path = f"/tickets/{found[1].decode()}"
        page, _ = self._ask("GET", path)
        token = _TOKEN.search(page)
        if token is not None:
            self._ask("POST", f"{path}/confirm", {"csrf": token[1].decode()})
            self.clicks += 1

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[bytes, str]:
        with closing(http.client.HTTPConnection(self._where, timeout=30)) as connection:
            headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, path, urlencode(form) if form else None, headers)
            with connection.getresponse() as answer:
                body = answer.read()
                if answer.status >= 400:
                    raise RuntimeError(f"{method} {path}: {answer.status}")
                return body, str(answer.getheader("Set-Cookie")).partition(";")[0]


@dataclass(slots=True)
class Day:
    """A working day: its parts go on until ``over``; what went wrong in one is told at the end."""

    service: Service
    home: Home
    sink: Sink
    deliver: Callable[[bytes], object]
    rate: float
    over: threading.Event = field(default_factory=threading.Event)
    delivered: list[float] = field(default_factory=list)
    mails: int = 0
    wrong: list[str] = field(default_factory=list)

    def customers_write(self) -> None:
        begun = time.monotonic()
        while not self.over.is_set():
            # Other people each time: who writes every two minutes is not answered each time.
            for number, data in enumerate(make_mails(1000, secrets.token_hex(6))):
                if self.over.wait(max(0.0, begun + self.mails / self.rate - time.monotonic())):
                    return
                if not is_reply(number):
                    self.delivered.append(time.monotonic())
                self.deliver(data)
                self.mails += 1

    def somebody_works(self, agent: Agent) -> None:
        while not self.over.wait(CLICK_S):
            agent.click()

    def rules_change(self) -> None:
        number = 0
        while not self.over.wait(RULES_S):
            number += 1
            (self.home.config / "rules" / "90-endurance.yaml").write_text(RULE.format(number=number), encoding="utf-8")

    def begin(self, work: Callable[..., None], *given: object) -> threading.Thread:
        def guarded() -> None:
            try:
                work(*given)
            except Exception as error:  # noqa: BLE001  whatever ends a part is told at the end
                self.wrong.append(f"{work.__name__}: {error!r}")

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        return thread

    def latency_ms(self, since: int) -> tuple[float, int]:
        """The median of the letters after the first ``since``, and how many there are now."""
        answered = list(self.sink.answered)
        waits = [(came - went) * 1000 for went, came in zip(self.delivered[since:], answered[since:], strict=False)]
        return (median(waits) if waits else 0.0), len(answered)


def watch(day: Day, agent: Agent, minutes: float) -> Iterator[Sample]:
    begun, seen = time.monotonic(), 0
    while time.monotonic() < begun + minutes * 60 and not day.wrong:
        day.over.wait(SAMPLE_S)
        latency, seen = day.latency_ms(seen)
        wal = day.home.data / "huiying.db-wal"
        yield Sample(
            minute=(time.monotonic() - begun) / 60,
            mails=day.mails,
            rss_mb=sum(rss(pid) for pid in day.service.group()) / 2**20,
            open_files=len(os.listdir(f"/proc/{day.service.process.pid}/fd")),
            threads=len(os.listdir(f"/proc/{day.service.process.pid}/task")),
            wal_mb=wal.stat().st_size / 2**20 if wal.exists() else 0.0,
            latency_ms=latency,
            clicks=agent.clicks,
        )


def rss(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


LIMITS = {"rss_mb": 1.15, "open_files": 1.1, "threads": 1.1, "wal_mb": 1.5, "latency_ms": 1.5}
"""How much more the median of the last fifth may be than that of the second, when everything is warm."""
SLACK = {"rss_mb": 10.0, "open_files": 4.0, "threads": 2.0, "wal_mb": 2.0, "latency_ms": 50.0}


def not_flat(samples: Sequence[Sample]) -> list[str]:
    fifth = max(1, len(samples) // 5)
    found = []
    for name, limit in LIMITS.items():
        early = median(getattr(one, name) for one in samples[fifth : 2 * fifth])
        late = median(getattr(one, name) for one in samples[-fifth:])
        verdict = "grows" if late > early * limit + SLACK[name] else "flat"
        print(f"{name:12} {early:8.1f} → {late:8.1f}   {verdict}")
        if verdict == "grows":
            found.append(name)
    return found


def told(sample: Sample) -> str:
    values = ((one.name, getattr(sample, one.name)) for one in fields(sample))
    return "  ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}" for name, value in values)


def plot(samples: Sequence[Sample], path: Path) -> None:
    span = max(len(samples) - 1, 1)
    foot = f"{samples[-1].minute:.0f} minutes, {samples[-1].mails} mails"
    series = {name: [float(getattr(one, name)) for one in samples] for name in LIMITS}
    draw(series, [at / span for at in range(len(samples))], foot, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--rate", type=float, default=10.0, help="mails a second")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    samples: list[Sample] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huiying-endurance-")))
        sink = stack.enter_context(Sink())
        address, user, password, deliver, server = a_mailbox(stack, folder, embedded=False)
        home = a_home(folder / "home", DemoServers(imap=address, smtp=sink.address, user=user, password=password))
        service = stack.enter_context(Service(home.path))
        service.wait_ready()
        agent = Agent(service)
        day = Day(service, home, sink, deliver, given.rate)
        print(
            f"{given.rate:.0f} mails/s for {given.minutes:.0f} minutes, {server}, SQLite synchronous=FULL", flush=True
        )
        threads = [day.begin(day.customers_write), day.begin(day.somebody_works, agent), day.begin(day.rules_change)]
        for sample in watch(day, agent, given.minutes):
            samples.append(sample)
            print(told(sample), flush=True)
        day.over.set()
        for thread in threads:
            thread.join(60)
        answered = len(sink.wait_for(len(day.delivered), 60))
        code, _ = service.end(20)
    if answered != len(day.delivered):
        day.wrong.append(f"{answered} letters for {len(day.delivered)} new demands")
    if code:
        day.wrong.append(f"the service ended with {code}: {service.said[-500:]}")
    if given.plot:
        plot(samples, given.plot)
    day.wrong += [f"{name} is not flat" for name in not_flat(samples)]
    print("\n".join(f"WRONG: {one}" for one in day.wrong) or f"all {answered} demands were answered; all is flat")
    return 1 if day.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
