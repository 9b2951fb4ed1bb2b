"""How many mails a second go from the mailbox to the acknowledgement, beside a plain script in the same run.

``python -m benchmarks.pipeline``: 1,000 mails appear in a Dovecot mailbox at once while the service waits in IDLE;
everything is durable (SQLite FULL, or PostgreSQL with ``--database``), raw mail, encryption, decisions and audit
included. The rate is that of work, as the script's: from the first mails kept (they do not count) to the last 250. What
Dovecot holds its announcement back (half a second at most) is in the time of the last acknowledgement. The script runs
before and after, and its mean counts: a shared machine is another a minute later. ``--peer`` runs
django-helpdesk on the same mails, ``--processes 2`` a ``huiying work`` beside the service.
Marks in seconds are those of an idle machine on which the plain script does 442 mails a second; the ratios hold
anywhere. Exit 1 when a count is wrong or a mark is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.corpus import JOINED, MAILS, TICKETS, BurstMail, make_burst
from benchmarks.kill import a_database, numbers
from benchmarks.peer import PACKAGE, prepare, run_peer
from benchmarks.sink import Sink
from huiying.app.clock import now
from huiying.demo.home import DemoServers
from tests.fakes import dovecot
from tests.fakes.service import CHECKOUT, Service, a_home, wait_until

MARK_PER_SECOND, MARK_RATIO, MARK_CPU_MS, MARK_RSS_MB, MARK_LAST_S = 200.0, 0.45, 4.0, 240.0, 5.0
MARK_PEER = 4.0
MARK_TWO = 300.0
MARK_CPU_RATIO = 2.03
"""4 ms beside the 1.97 ms of the plain script on the machine of the marks."""
PATIENCE_S = 180.0
WORK = ("-m", "huiying.app.cli", "work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one burst took: ``seconds`` from its appearance to the last 250, ``per_second`` from the first kept on."""

    seconds: float
    per_second: float
    cpu_ms: float
    peak_mb: float
    counts: dict[str, int]
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What the plain script took."""

    per_second: float
    cpu_ms: float


def burst(folder: Path, mails: Sequence[BurstMail], database: str = "", processes: int = 1) -> tuple[Run, Run]:
    """The burst, and the same mails delivered a second time."""
    with Sink() as sink, dovecot.start(folder / "dovecot") as server:
        where = DemoServers(
            imap=(server.host, server.port), smtp=sink.address, user=server.user, password=server.password
        )
        home = a_home(folder / "home", where, database)
        url = database or f"sqlite:///{home.data / 'huiying.db'}"
        with ExitStack() as stack:
            services = [stack.enter_context(Service(home.path))]
            services[0].wait_ready()
            for _ in range(processes - 1):
                services.append(stack.enter_context(Service(home.path, command=WORK)))
                services[-1].wait_for("huiying: working", 60)
                services[-1].wait_for("serves", 60)
            time.sleep(1.0)  # what starts beside it has ended then
            first = _one_burst(services, server, sink, url, mails, kept=MAILS)
            second = _one_burst(services, server, sink, url, mails, kept=2 * MAILS)
            for service in services:
                service.end()
    return first, second


def _one_burst(
    services: Sequence[Service],
    server: dovecot.Dovecot,
    sink: Sink,
    url: str,
    mails: Sequence[BurstMail],
    *,
    kept: int,
) -> Run:
    cpu = _cpu_s(services)
    begun = appear(server, mails)
    sink.wait_for(TICKETS, PATIENCE_S)
    settled = wait_until(lambda: _is_settled(url, kept), PATIENCE_S, look=0.2)
    counts = numbers(url)
    if not settled:
        print(f"not settled within {PATIENCE_S:.0f} s: {counts}\n{services[0].said[-2000:]}")
    sink.wait_for(10**9, 0.5)
    last = sink.answered[-1] if kept == MAILS and sink.answered else time.monotonic()
    first_s, first = _first_kept(url)
    return Run(
        seconds=last - begun,
        per_second=(MAILS - first) / (last - first_s),
        cpu_ms=(_cpu_s(services) - cpu) * 1000 / len(mails),
        peak_mb=max(_peak_mb(pid) for service in services for pid in service.group()),
        counts=counts,
        letters=len(sink.answered),
    )


def appear(server: dovecot.Dovecot, mails: Sequence[BurstMail]) -> float:
    """Puts all mails into the inbox within a moment: written aside first, then renamed. The instant of the first."""
    return server.deliver_all([mail.data for mail in mails])


def _first_kept(url: str) -> tuple[float, int]:
    """The monotonic instant at which the first mails were kept, and how many those were."""
    engine = create_engine(url)
    ask = "SELECT kept_at, count(*) FROM ledger GROUP BY kept_at ORDER BY kept_at LIMIT 1"
    try:
        with engine.connect() as connection:
            kept_at, count = connection.execute(text(ask)).one()
    finally:
        engine.dispose()
    return kept_at / 1e6 - now().timestamp() + time.monotonic(), count


def _is_settled(url: str, kept: int) -> bool:
    found = numbers(url)
    return found["mails"] == kept and not found["unfiled"] and not found["pending"]


def _cpu_s(services: Sequence[Service]) -> float:
    """User and system seconds of the processes and their parse workers so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in (pid for service in services for pid in service.group()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / ticks


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def plain(folder: Path, mails: Sequence[BurstMail]) -> Floor:
    """The plain script on the same mails."""
    folder.mkdir()
    with Sink() as sink, dovecot.start(folder / "dovecot") as server:
        appear(server, mails)
        arguments = [str(folder), server.host, str(server.port), server.user, server.password]
        command = [sys.executable, "-m", "benchmarks.plain", *arguments, sink.address[0], str(sink.address[1])]
        told = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    seconds, cpu = (float(word) for word in told.stdout.strip().splitlines()[-1].split())
    return Floor(per_second=MAILS / seconds, cpu_ms=cpu * 1000 / MAILS)


def mean_of(one: Floor, other: Floor) -> Floor:
    """Of the run before and the run after."""
    seconds = (1 / one.per_second + 1 / other.per_second) / 2
    return Floor(per_second=1 / seconds, cpu_ms=(one.cpu_ms + other.cpu_ms) / 2)


def right(run: Run, kept: int) -> list[str]:
    """What is not as it must be. Beside the acknowledgements there is a short line to whoever urges in his reply."""
    expected = {"mails": kept, "tickets": TICKETS, "joined": JOINED, "acknowledgements": TICKETS, "unsent": 0}
    wrong = [
        f"{name}: {run.counts[name]}, not {value}" for name, value in expected.items() if run.counts[name] != value
    ]
    came = run.counts["letters"]
    return wrong + ([f"letters that came: {run.letters}, not {came}"] if run.letters != came else [])


def _told(name: str, value: float, mark: float, unit: str, *, least: bool = False) -> bool:
    good = value >= mark if least else value <= mark
    print(f"  {name:48} {value:8.2f} {unit:8} (mark {'≥' if least else '≤'} {mark:g})" + ("" if good else "  MISSED"))
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--shuffled", action="store_true", help="in random order: some replies before their roots")
    parser.add_argument("--processes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--peer", action="store_true", help="django-helpdesk in the same run; it is installed apart")
    given = parser.parse_args()
    mails = make_burst()
    if given.shuffled:
        random.Random(7).shuffle(mails)
    with a_database(given.database) as url, tempfile.TemporaryDirectory(prefix="huiying-pipeline-") as folder:
        before = plain(Path(folder) / "before", mails)
        first, second = burst(Path(folder), mails, url, given.processes)
        floor = mean_of(before, plain(Path(folder) / "after", mails))
        peer = run_peer(Path(folder) / "peer", prepare(Path(folder) / "venv"), mails) if given.peer else None
    print(f"{MAILS} mails, {sum(len(mail.data) for mail in mails) / 1e6:.1f} MB, Dovecot, {given.database}")
    wrong = right(first, MAILS) + [f"the second time: {one}" for one in right(second, 2 * MAILS)]
    print("\n".join(f"  WRONG: {one}" for one in wrong) or f"  counts: {first.counts}")
    print(f"  {'plain script':48} {floor.per_second:8.1f} mails/s, {floor.cpu_ms:.2f} ms processor time a mail")
    wanted = MARK_PER_SECOND if given.processes == 1 else MARK_TWO
    marks = [
        _told("mails a second, from the first kept to the last 250", first.per_second, wanted, "mails/s", least=True),
        _told("ratio to the plain script", first.per_second / floor.per_second, MARK_RATIO, "", least=True),
        _told("processor time a mail, workers included", first.cpu_ms, MARK_CPU_MS, "ms"),
        _told("ratio to the plain script's", first.cpu_ms / floor.cpu_ms, MARK_CPU_RATIO, ""),
        _told("peak memory of a process", first.peak_mb, MARK_RSS_MB, "MB"),
        _told("last acknowledgement of the burst", first.seconds, MARK_LAST_S, "s"),
    ]
    if peer:
        print(f"  {PACKAGE:48} {peer.per_second:8.1f} mails/s, {peer.tickets} tickets, {peer.letters} letters")
        marks.append(_told("ratio to it", first.per_second / peer.per_second, MARK_PEER, "", least=True))
    return 0 if all(marks) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
