"""The service as people run it: ``serve`` in a process group of its own, heard by its stderr."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from core.domain.people import Role, User
from huiying.app.bootstrap import open_app
from huiying.app.home import Home, complete_home, shipped_config
from huiying.console.passwords import Argon2Passwords
from huiying.demo.home import DemoServers, make_demo_home

CHECKOUT = Path(__file__).parents[2]
USER, PASSWORD = "lin", "correct horse battery"
SERVE = ("-m", "huiying.app.cli", "serve", "--port", "0")
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME")


def a_home(folder: Path, servers: DemoServers, database: str = "") -> Home:
    """A ready home with one mailbox that points at ``servers`` and one user; ``database`` is SQLite unless named."""
    home = Home(make_demo_home(folder, shipped_config(), servers))
    if database:
        machine = home.config / "machine.yaml"
        machine.write_text(re.sub(r"(?m)^database:.*$", f"database: {database}", machine.read_text()))
    complete_home(home)
    app = open_app(home, {}, works=False)
    try:
        hashed = Argon2Passwords(rounds=1, memory_kib=64, lanes=1).hash(PASSWORD)
        with app.store.write() as tx:
            tx.people.save(User(id=app.context.ids(), name=USER, role=Role.ADMIN, password_hash=hashed))
    finally:
        app.close()
    return home


class Service:
    """One start of the service. ``lines`` is what it said so far; ``inside`` is a program that becomes it at last."""

    def __init__(
        self,
        home: Path,
        *,
        command: Sequence[str] = SERVE,
        environ: Mapping[str, str] | None = None,
        inside: Sequence[str] = (),
    ) -> None:
        kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [*inside, sys.executable, *command, "--home", str(home)],
            cwd=CHECKOUT,
            env={**kept, "PYTHONPATH": str(CHECKOUT), "PYTHONIOENCODING": "utf-8", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def address(self) -> str:
        """The console's address, once it was said."""
        found = (re.fullmatch(r"huiying: (http://\S+)", line) for line in self.lines)
        return next(match[1] for match in found if match)

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, word: str, seconds: float, *, times: int = 1) -> float:
        """Seconds from the start until ``times`` lines held ``word``; ``AssertionError`` if they never did."""
        deadline = time.monotonic() + seconds
        with self._news:
            self._news.wait_for(lambda: self._over or self._count(word) >= times, seconds)
            assert self._count(word) >= times, f"no {word!r} within {seconds} s:\n{self.said}"
        return min(time.monotonic(), deadline) - self.begun

    def answers(self, path: str) -> int:
        """The status with which the console answers."""
        with closing(http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=15)) as connection:
            connection.request("GET", path)
            with connection.getresponse() as answer:
                return answer.status

    def wait_ready(self, seconds: float = 60.0) -> float:
        return self.wait_for("huiying: ready", seconds)

    def kill(self, *, group: bool) -> None:
        """SIGKILL to the parent alone or to the whole group; no child may outlive it."""
        if group:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self._finish(10)
        assert wait_until(lambda: not self.group(), 5), f"orphans: {self.group()}"

    def end(self, seconds: float = 10.0) -> tuple[int, float]:
        """SIGTERM; the exit code and the seconds it took."""
        begun = time.monotonic()
        self.process.terminate()
        code = self._finish(seconds)
        return code, time.monotonic() - begun

    def wait(self, seconds: float) -> int:
        """Waits until it ends by itself; the exit code."""
        return self._finish(seconds)

    def group(self) -> list[int]:
        """Living processes of its group."""
        return [pid for pid in _pids() if _group_of(pid) == self.process.pid]

    def _finish(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        self._reader.join(5)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.kill(group=True)
        else:
            self._finish(1)

    def _count(self, word: str) -> int:
        return sum(word in line for line in self.lines)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()


def wait_until(true: Callable[[], object], seconds: float, *, look: float = 0.05) -> bool:
    """Whether ``true`` became so in time; for what announces itself by nothing one could wait for."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(look)
    return True


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _group_of(pid: int) -> int:
    """The process group of a living process, 0 for one that is gone or a zombie."""
    try:
        state, _, group, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0
    return 0 if state in "ZX" else int(group)
