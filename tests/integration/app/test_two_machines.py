"""Two machines on one PostgreSQL: one freezes, is revived, dies; the other takes its mailbox and its work over."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from benchmarks.kill import Report, count_all, make_mails, numbers, servers
from huiying.app.process import SILENT_S
from huiying.demo.imap import EmbeddedImap
from tests.fakes.service import Service, a_home, wait_until

ALL = os.environ.get("HUIYING_TEST_ALL") == "1"
TAKEN_OVER_S = SILENT_S + 45.0
pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not ALL, reason="a machine is given up after half a minute; HUIYING_TEST_ALL=1 runs it"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process another host's name"),
]


class Machines:
    """Two homes with the same key ring and database, and what was fed to the mailbox that both may read."""

    def __init__(self, folder: Path, imap: EmbeddedImap, homes: tuple[Path, Path], url: str) -> None:
        self.homes, self.url, self._imap = homes, url, imap
        self._mails = iter(enumerate(make_mails(120, "two")))
        self.fed: dict[int, bytes] = {}

    def start(self, which: int) -> Service:
        """The service on a host of its own name."""
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', f"machine-{which}")
        return Service(self.homes[which], inside=named)

    def customers_write(self, count: int) -> None:
        for _ in range(count):
            number, data = next(self._mails)
            self.fed[number] = data
            self._imap.append(data)
            time.sleep(0.02)

    def all_done(self, seconds: float) -> bool:
        """Whether each mail so far is filed and each letter sent, within that time."""
        return wait_until(lambda: self._is_done(numbers(self.url)), seconds, look=0.3)

    def _is_done(self, now: dict[str, int]) -> bool:
        waiting = now["unfiled"] + now["unsent"] + now["owed"] + now["promised"]
        return now["mails"] == len(self.fed) and not waiting


@contextmanager
def two_machines(folder: Path, url: str) -> Iterator[tuple[Machines, Report]]:
    with ExitStack() as stack:
        imap, smtp, where = stack.enter_context(servers())
        first = a_home(folder / "first", where, url)
        shutil.copytree(first.path, folder / "second")
        machines = Machines(folder, imap, (first.path, folder / "second"), url)
        report = Report(seed=0, database="postgresql")
        yield machines, report
        count_all(report, url, machines.fed, smtp.letters())


def test_a_machine_freezes_is_revived_and_dies(tmp_path: Path, own_pg_url: str) -> None:
    """Nothing is lost or doubled; a machine that was given up says so and ends when it wakes."""
    with two_machines(tmp_path, own_pg_url) as (machines, report), machines.start(0) as one:
        one.wait_ready()
        machines.customers_write(10)
        assert machines.all_done(20), one.said
        with machines.start(1) as two:
            two.wait_for("huiying: http", 20)
            machines.customers_write(30)
            # In the middle of its work the first, which reads the mailbox, freezes.
            os.killpg(one.process.pid, signal.SIGSTOP)
            machines.customers_write(20)
            assert machines.all_done(TAKEN_OVER_S), two.said
            os.killpg(one.process.pid, signal.SIGCONT)
            assert one.wait(30) == 1
            assert "Buried" in one.said or "took its work over" in one.said, one.said
            machines.customers_write(10)
            assert machines.all_done(20), two.said
            with machines.start(0) as again:
                again.wait_for("huiying: http", 20)
                machines.customers_write(20)
                two.kill(group=True)
                machines.customers_write(10)
                assert machines.all_done(TAKEN_OVER_S), again.said
                again.end(15)
    assert not report.wrong, report.wrong
    assert report.mails == 100
