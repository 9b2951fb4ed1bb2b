"""The demo as a newcomer meets it: one looks, writes a mail of one's own, and nothing is left behind."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from huiying.app.demo import LEAST, lacking
from tests.fakes.service import CHECKOUT, wait_until

COMMAND = (sys.executable, "-m", "huiying.app.cli")
ANSWER_S = 10.0
"""From a mail of one's own to its letter on the page; a second or so where nobody else uses the machine."""
ENDS_S = 10.0


class Demo:
    """A running ``demo`` and what it printed."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        self.environ = {**kept, "PYTHONPATH": str(CHECKOUT), "HOME": str(folder), "TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(
            [*COMMAND, "demo"], cwd=folder, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self.lines.append(line.decode().rstrip())

    def end(self) -> None:
        """Whatever became of it, it is gone."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self._reader.join(5)

    def after(self, word: str) -> str:
        """What stands behind the word on its line."""
        return next(line.partition(word)[2].strip() for line in self.lines if word in line)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words], cwd=self.temporary, env=self.environ, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip

    @contextmanager
    def request(
        self, path: str, *, form: dict[str, str] | None = None, cookie: str = ""
    ) -> Iterator[http.client.HTTPResponse]:
        with closing(http.client.HTTPConnection(urlsplit(self.after("console")).netloc, timeout=15)) as connection:
            headers = {"Cookie": cookie} if cookie else {}
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST" if form else "GET", path, urlencode(form) if form else None, headers)
            with connection.getresponse() as answer:
                yield answer

    def page(self, path: str, cookie: str) -> str:
        with self.request(path, cookie=cookie) as answer:
            assert answer.status == 200, path
            return answer.read().decode()

    def sign_in(self) -> str:
        with self.request("/sign-in", form={"name": "demo", "password": self.after("password")}) as answer:
            assert answer.status == 303
            cookie = SimpleCookie(answer.getheader("Set-Cookie"))
        return "; ".join(f"{name}={one.value}" for name, one in cookie.items())


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    try:
        assert wait_until(lambda: any("Ctrl-C" in line for line in running.lines), 60), running.lines
        yield running
    finally:
        running.end()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_newcomer_looks_writes_and_leaves_nothing_behind(demo: Demo) -> None:
    """The console's address comes first and leads to a sign-in page, the password opens it, one's own mail is answered
    at once, its trail is told; Ctrl-C ends everything with a browser looking on, and no file stays."""
    addresses = re.findall(r"http://[^\s/]+", "\n".join(demo.lines))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", addresses[0])
    with demo.request("/") as answer:
        assert answer.status == 303
        sign_in = answer.getheader("Location", "")
    with demo.request(sign_in) as answer:
        assert answer.status == 200 and 'type="password"' in answer.read().decode()
    cookie = demo.sign_in()
    assert wait_until(lambda: "/tickets/20" in demo.page("/queue", cookie), 30)
    sent = demo.command("demo", "send", "收银机今天打不开，请尽快看看。", "--subject", "收银机打不开", "--json")
    assert sent.returncode == 0 and json.loads(sent.stdout)["to"] == "support@demo.example", sent
    assert wait_until(lambda: "收银机打不开" in demo.page("/demo/inbox", cookie), ANSWER_S), demo.page(
        "/outbox", cookie
    )
    number = re.search(r"#(\d{11})\] [^<]*收银机打不开", demo.page("/demo/inbox", cookie))
    assert number is not None
    home = demo.after("工作目录 home")
    told = demo.command("explain", number[1], "--home", home)
    assert told.returncode == 0 and "250" in told.stdout, told
    with demo.request("/events", cookie=cookie) as stream:
        assert stream.status == 200
        os.killpg(demo.process.pid, signal.SIGINT)
        assert demo.process.wait(ENDS_S) == 0
    assert list(demo.temporary.iterdir()) == []
    gone = demo.command("demo", "send", "x")
    assert gone.returncode != 0 and "Traceback" not in gone.stderr


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_all_samples_are_taken_through_at_once(tmp_path: Path) -> None:
    """The answer is the last line and has what it promises; each silence says why; no file stays."""
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [*COMMAND, "demo", "--once"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report) == {*LEAST, "seconds"} and not lacking(report, quiet=True)
    assert all(isinstance(one["id"], int) and one["because"] for one in report["silent"])
    assert report["seconds"] < 120
    assert list(tmp_path.glob("huiying-demo-*")) == []


ENOUGH: dict[str, object] = {
    "mails": 44, "tickets": 25, "acknowledged": 20, "joined": 1, "silent": [{}] * 5, "quarantined": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("report", "quiet", "named"),
    [
        (ENOUGH, True, []),
        ({**ENOUGH, "mails": 43}, True, ["mails 43 < 44"]),
        ({**ENOUGH, "tickets": 24, "acknowledged": 19}, True, ["tickets 24 < 25", "acknowledged 19 < 20"]),
        ({**ENOUGH, "joined": 0, "quarantined": 0}, True, ["joined 0 < 1", "quarantined 0 < 1"]),
        ({**ENOUGH, "silent": [{}] * 4}, True, ["silent 4 < 5"]),
        (ENOUGH, False, ["not done within 110 s"]),
    ],
)
def test_what_is_missing_is_named(report: dict[str, object], quiet: bool, named: list[str]) -> None:
    """Each count below what the demo promises, and that it was not done in time."""
    assert lacking(report, quiet=quiet) == named
