"""Each trouble of docs/reference/troubles.md is made, told in the very words of that page, and gets well by itself."""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from benchmarks.kill import make_mails, servers
from core.domain.errors import HuiyingError
from huiying.app.bootstrap import open_app
from huiying.app.home import Home
from huiying.demo.home import DemoServers
from huiying.demo.imap import EmbeddedImap
from huiying.demo.smtp import EmbeddedSmtp
from huiying.flows.health import Health, health
from tests.fakes.databases import embedded_postgres
from tests.fakes.fault_proxy import Fault, FaultProxy
from tests.fakes.service import CHECKOUT, Service, a_home, wait_until

pytestmark = pytest.mark.slow
PAGES = {language: CHECKOUT / "docs" / "reference" / f"troubles{ending}.md" for language, ending in
         (("en", ""), ("zh", ".zh-CN"))}  # fmt: skip
MAILS = make_mails(60, "trouble")
HEALS_S = 30.0


def told(language: str, code: str, text: str) -> None:
    """The page of that language has a row of this code whose text is this one; ``…`` stands for what differs."""
    rows = [line for line in PAGES[language].read_text("utf-8").splitlines() if f"| `{code}` |" in line]
    assert rows, f"{PAGES[language].name} does not know {code}"
    quoted = [row.split("|")[2].strip().split("…") for row in rows]
    assert any(_in_order(pieces, text) for pieces in quoted), f"{text!r} is none of {quoted}"


def _in_order(pieces: list[str], text: str) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece.strip(), at)
        if at < 0:
            return False
        at += len(piece.strip())
    return True


def health_of(home: Home) -> Health:
    app = open_app(home, {}, works=False)
    try:
        return health(app.context)
    finally:
        app.close()


def command(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "huiying.app.cli", *words, "--home", str(home.path)]
    return subprocess.run(program, check=False, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)


class Desk:
    """A running service whose servers are reached through proxies that misbehave when they are told to."""

    def __init__(self, imap: EmbeddedImap, smtp: EmbeddedSmtp, ways: tuple[FaultProxy, FaultProxy], home: Home) -> None:
        self.imap, self.smtp, self.home = imap, smtp, home
        self.to_imap, self.to_smtp = ways
        self.service: Service | None = None
        self._next = count()
        self._expected = 0

    def a_customer_writes(self) -> None:
        number = next(self._next)
        # A reply joins the ticket before it and is not acknowledged: roots alone are counted.
        number += number // 9
        self._expected += 1
        self.imap.append(MAILS[number])

    def everybody_was_answered(self, seconds: float = HEALS_S) -> bool:
        return len(self.smtp.wait_for(self._expected, seconds)) == self._expected

    def is_told(self, code: str, seconds: float = HEALS_S) -> None:
        """Health and the command ``status`` say it, in the words of the page."""
        assert wait_until(lambda: self._item(code) is not None, seconds, look=0.2), health_of(self.home)
        item = self._item(code)
        assert item is not None
        told("zh", code, item[1])
        told("en", code, item[2])

    @contextmanager
    def faulty(self, way: FaultProxy, fault: Fault) -> Iterator[None]:
        way.fault = fault
        way.cut()
        try:
            yield
        finally:
            way.fault = Fault.NONE
            way.cut()

    @contextmanager
    def away(self, way: FaultProxy) -> Iterator[None]:
        way.go_down()
        try:
            yield
        finally:
            way.come_up()

    def examined(self) -> dict[str, bool]:
        """What ``doctor`` finds, by the name of the check."""
        answer = command(self.home, "doctor", "--json")
        return {found["check"]: found["ok"] for found in map(json.loads, answer.stdout.splitlines())}

    def is_well(self, seconds: float = HEALS_S) -> bool:
        return wait_until(lambda: health_of(self.home).level != "error", seconds, look=0.2)

    def _item(self, code: str) -> tuple[str, str, str, str] | None:
        try:
            return next((item for item in health_of(self.home).items if item[0] == code), None)
        except HuiyingError as error:
            return (error.code, error.message, error.message, "error") if error.code == code else None


@contextmanager
def a_desk(folder: Path, database: str = "") -> Iterator[Desk]:
    with ExitStack() as stack:
        imap, smtp, real = stack.enter_context(servers())
        to_imap = stack.enter_context(FaultProxy(*real.imap, random.Random(1)))
        to_smtp = stack.enter_context(FaultProxy(*real.smtp, random.Random(2)))
        where = DemoServers(
            imap=("127.0.0.1", to_imap.port), smtp=("127.0.0.1", to_smtp.port), user=real.user, password=real.password
        )
        yield Desk(imap, smtp, (to_imap, to_smtp), a_home(folder / "home", where, database))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service that lives through all of them, which shows that none needs a restart."""
    with a_desk(tmp_path_factory.mktemp("troubles")) as made, Service(made.home.path) as service:
        made.service = service
        service.wait_ready()
        yield made
        assert service.end(15)[0] == 0, service.said


def test_the_incoming_server_is_down(desk: Desk) -> None:
    """Health names it; when the server is back, what came meanwhile is filed and acknowledged."""
    with desk.away(desk.to_imap):
        desk.a_customer_writes()
        desk.is_told("unreachable")
        answer = command(desk.home, "status", "--json")
        assert answer.returncode == 1 and "unreachable" in [one["code"] for one in json.loads(answer.stdout)["items"]]
        assert desk.examined().items() >= {"imap:demo": False, "smtp:demo": True}.items()
    assert desk.is_well()
    assert desk.everybody_was_answered()


def test_the_connection_breaks_again_and_again(desk: Desk) -> None:
    """Once is nobody's trouble; a mailbox that loses each connection is told."""
    with desk.faulty(desk.to_imap, Fault.REFUSE):
        desk.a_customer_writes()
        desk.is_told("reconnect")
    assert desk.is_well()
    assert desk.everybody_was_answered()


def test_the_incoming_server_answers_garbage(desk: Desk) -> None:
    """What cannot be read is asked again on a new connection; nothing is lost."""
    with desk.faulty(desk.to_imap, Fault.GARBAGE):
        for _ in range(3):
            desk.a_customer_writes()
        assert wait_until(lambda: desk.to_imap.met[Fault.GARBAGE] > 3, 20)
    assert desk.everybody_was_answered()
    assert desk.is_well()


def test_the_password_is_wrong(desk: Desk) -> None:
    """Health names the refused login; with the right one in the file, mail flows without a restart."""
    secret = desk.home.path / "demo-password"
    right = secret.read_text()
    secret.write_text("wrong\n")
    try:
        desk.to_imap.cut()
        desk.a_customer_writes()
        desk.is_told("login-refused")
    finally:
        secret.write_text(right)
    assert desk.is_well()
    assert desk.everybody_was_answered()


def test_the_database_is_locked(desk: Desk) -> None:
    """Another process holds the file: everything waits, nothing is lost, and it goes on by itself."""
    with closing(sqlite3.connect(desk.home.data / "huiying.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.a_customer_writes()
        answer = command(desk.home, "doctor", "--json")
        other.execute("ROLLBACK")
    found = json.loads(answer.stdout.splitlines()[0])
    assert (answer.returncode, found["check"], found["ok"]) == (1, "database", False)
    told("zh", "store-unavailable", found["message"])
    assert desk.everybody_was_answered()


def test_the_port_is_taken(desk: Desk) -> None:
    """A second start says so at once and harms nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = command(desk.home, "serve", "--port", str(taken.getsockname()[1]))
    assert answer.returncode == 3, answer.stderr
    told("zh", "port-taken", answer.stderr)
    assert "Traceback" not in answer.stderr
    desk.a_customer_writes()
    assert desk.everybody_was_answered()


def test_the_key_ring_is_missing_or_anothers(desk: Desk) -> None:
    """Nothing starts that could write what nobody can read again."""
    ring = next(desk.home.path.glob("keys/*.json"))
    right = ring.read_text()
    try:
        ring.unlink()
        answer = command(desk.home, "status")
        assert answer.returncode == 3, answer
        told("zh", "key-ring", answer.stderr)
        other = Home(ring.parent / "other")
        command(other, "init", str(other.path))
        ring.write_text(next(other.path.glob("keys/*.json")).read_text())
        answer = command(desk.home, "status")
        assert answer.returncode == 3, answer
        told("zh", "key-ring", answer.stderr)
    finally:
        ring.write_text(right)
        ring.chmod(0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_the_disk_is_full(tmp_path: Path) -> None:
    """Mail stays on its server, health says how little is left; with space again it goes on by itself."""
    small = tmp_path / "home" / "data"
    with a_desk(tmp_path) as desk:
        with _small_disk(small, megabytes=80):
            with Service(desk.home.path) as service:
                service.wait_ready()
                filler = small / "filler"
                _fill(filler)
                for _ in range(3):
                    desk.a_customer_writes()
                desk.is_told("disk")
                service.wait_for("waits: ", 20) if not desk.everybody_was_answered(3) else None
                filler.unlink()
                assert desk.everybody_was_answered(), service.said
                assert service.end(15)[0] == 0


@contextmanager
def _small_disk(folder: Path, *, megabytes: int) -> Iterator[None]:
    """A file system of that size in memory in the place of the folder, with what lay in it."""
    held = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)], check=True)
    try:
        for name, data in held.items():
            (folder / name).write_bytes(data)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(path: Path) -> None:
    """Writes until there is no room for another byte."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 65536):
                pass
        except OSError:
            return
