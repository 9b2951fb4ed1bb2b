"""Each trouble of docs/reference/troubles.md is made, told in the very words of that page, and gets well by itself."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url

from benchmarks.kill import make_mails
from core.domain.bundle import Problem
from core.domain.errors import HuiyingError
from core.domain.taxonomy import Taxonomy
from core.domain.views import HealthFacts, MailboxFacts, TokenFacts
from huiying.app.bootstrap import open_app
from huiying.app.clock import now
from huiying.app.home import Home
from huiying.demo.home import DemoServers
from huiying.demo.imap import EmbeddedImap
from huiying.demo.smtp import EmbeddedSmtp
from huiying.flows.health import Health, health, judge, with_refused
from huiying.flows.surge import Surge
from huiying.flows.troubles import MAILBOX
from tests.fakes.fault_proxy import Fault, FaultProxy
from tests.fakes.service import CHECKOUT, Service, a_home, wait_until

pytestmark = pytest.mark.slow
PAGES = {language: CHECKOUT / "docs" / "reference" / f"troubles{ending}.md" for language, ending in
         (("en", ""), ("zh", ".zh-CN"))}  # fmt: skip
MAILS = make_mails(60, "trouble")
HEALS_S = 45.0
"""A letter that could not be sent is tried again after ten seconds, then twenty."""


def told(language: str, code: str, text: str, *, whole: bool = True) -> None:
    """The page of that language has a row of this code whose text is this one, or a part of it where it is not all that
    is said; ``…`` stands for what differs."""
    rows = [line for line in PAGES[language].read_text("utf-8").splitlines() if f"| `{code}` |" in line]
    assert rows, f"{PAGES[language].name} does not know {code}"
    quoted = [row.split("|")[2].strip() for row in rows]
    patterns = [re.escape(words).replace("…", ".+?") for words in quoted]
    match = re.fullmatch if whole else re.search
    assert any(match(pattern, text, re.DOTALL) for pattern in patterns), f"{text!r} is none of {quoted}"


def health_of(home: Home) -> Health:
    app = open_app(home, {}, works=False)
    try:
        return health(app.context)
    finally:
        app.close()


def command(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "huiying.app.cli", *words, "--home", str(home.path)]
    return subprocess.run(program, check=False, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)


FACTS = [
    *(HealthFacts(mailboxes=(("demo", f"error:{code}", 0.0),)) for code in (*MAILBOX, "something-new")),
    HealthFacts(mailboxes=(("demo", "ok", 999.0),)),
    *(
        HealthFacts(readers=(MailboxFacts(mailbox="demo", state="ok", silent_s=0.0, certificate_s=left),))
        for left in (-1.0, 86_400.0)
    ),
    *(HealthFacts(outgoing=(("demo", left),)) for left in (-1.0, 86_400.0)),
    *(HealthFacts(tokens=(TokenFacts(mailbox="demo", trouble="", refresh_s=left),)) for left in (-1.0, 86_400.0)),
    HealthFacts(tokens=(TokenFacts(mailbox="demo", trouble="invalid_grant"),)),
    HealthFacts(unfiled=3, oldest_unfiled_s=61.0),
    HealthFacts(quarantined=1),
    HealthFacts(shunted=1),
    HealthFacts(rules_failing=(("refund", 3),)),
    HealthFacts(letters_queued=4, oldest_letter_s=61.0),
    HealthFacts(letters_deferred=4),
    HealthFacts(letters_failed=1),
    HealthFacts(letters_bounced=1),
    HealthFacts(notices_failed=1),
    HealthFacts(letters_held=1),
    HealthFacts(promises_overdue=1),
    HealthFacts(clocks_waiting=1_000, clocks_waited_s=600.0),
]


@pytest.mark.parametrize("facts", FACTS, ids=str)
def test_the_page_has_whatever_health_can_say(facts: HealthFacts) -> None:
    """Each item of the health strip is found on the page by its code, in its very words, in both languages."""
    report = judge(facts, known_until=date(2026, 12, 31), today=date(2026, 3, 5))
    assert len(report.items) == 1
    code, zh, en, _ = report.items[0]
    told("zh", "CODE" if code == "something-new" else code, zh)
    told("en", "CODE" if code == "something-new" else code, en)


def test_the_page_has_a_surge() -> None:
    """It is said in words, without another trouble."""
    said = Surge(type="投诉", count=31, usual=0.4).item(Taxonomy(fields={}, defaults={}))
    report = judge(HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 3, 5), surges=(said,))
    ((code, zh, en, level),) = report.items
    assert (code, level) == ("surge", "warn") and "31" in zh and "0.4" in en
    told("zh", code, zh)
    told("en", code, en)


def test_the_page_has_a_token_that_ends() -> None:
    """A program's, soon or lately."""
    programs = (("portal", 86_400.0), ("shop", 0.0))
    report = judge(HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 3, 5), programs=programs)
    assert [item[0] for item in report.items] == ["api-token-ends", "api-token-ended"]
    for code, zh, en, _ in report.items:
        told("zh", code, zh)
        told("en", code, en)


def test_the_page_has_what_does_not_open() -> None:
    """One word for all of it."""
    faults = [f"customer.phone.{id_}" for id_ in range(4)]
    report = judge(HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 3, 5), faults=faults)
    ((code, zh, en, _),) = report.items
    told("zh", code, zh)
    told("en", code, en)


def test_the_page_has_a_calendar_that_ends_and_a_disk_that_fills() -> None:
    """What no fact of the database tells."""
    report = judge(HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 12, 30), free_disk=3_000_000)
    for code, zh, en, _ in report.items:
        told("zh", code, zh)
        told("en", code, en)
    assert {item[0] for item in report.items} == {"calendar", "disk"}


def test_the_page_has_an_edit_that_was_refused() -> None:
    """In the words of the health strip; what else is wrong stays, and all is well no more."""
    problem = Problem(file="rules/a.yaml", line=3, column=5, zh="不认识的键", en="an unknown key")
    fine = judge(HealthFacts(), known_until=date(2026, 12, 31), today=date(2026, 3, 5))
    assert with_refused(fine, ()) is fine
    report = with_refused(fine, (problem, problem))
    ((code, zh, en, level),) = report.items
    assert (report.level, level) == ("warn", "warn") and "rules/a.yaml:3:5" in zh and "rules/a.yaml:3:5" in en
    told("zh", code, zh)
    told("en", code, en)


class Desk:
    """A running service whose servers are reached through proxies that misbehave when they are told to."""

    def __init__(self, imap: EmbeddedImap, smtp: EmbeddedSmtp, ways: tuple[FaultProxy, FaultProxy], home: Home) -> None:
        self.imap, self.smtp, self.home = imap, smtp, home
        self.to_imap, self.to_smtp = ways
        self.answers: dict[str, str] = {}
        """``rcpt``: what the outgoing server says of each recipient instead of 250."""
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
        assert wait_until(lambda: self.item(code) is not None, seconds, look=0.2), health_of(self.home)
        item = self.item(code)
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

    def item(self, code: str) -> tuple[str, str, str, str] | None:
        try:
            return next((item for item in health_of(self.home).items if item[0] == code), None)
        except HuiyingError as error:
            return (error.code, error.message, error.message, "error") if error.code == code else None


@contextmanager
def a_desk(folder: Path, database: str = "") -> Iterator[Desk]:
    with ExitStack() as stack:
        answers: dict[str, str] = {}
        imap = stack.enter_context(EmbeddedImap(now, password="a trouble shared"))
        smtp = stack.enter_context(EmbeddedSmtp(now, time.monotonic, refuse=lambda _: answers.get("rcpt", "")))
        to_imap = stack.enter_context(FaultProxy(*imap.address, random.Random(1)))
        to_smtp = stack.enter_context(FaultProxy(*smtp.address, random.Random(2)))
        ports = ("127.0.0.1", to_imap.port), ("127.0.0.1", to_smtp.port)
        where = DemoServers(imap=ports[0], smtp=ports[1], user=imap.user, password="a trouble shared")
        desk = Desk(imap, smtp, (to_imap, to_smtp), a_home(folder / "home", where, database))
        desk.answers = answers
        yield desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One service that lives through all of them, which shows that none needs a restart."""
    with a_desk(tmp_path_factory.mktemp("troubles")) as made, Service(made.home.path) as service:
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
        assert desk.examined().items() >= {"imap:demo": False, "smtp:demo": True}.items()
    finally:
        secret.write_text(right)
    assert desk.is_well()
    assert desk.everybody_was_answered()


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.DROP])
def test_the_outgoing_server_breaks_off(desk: Desk, fault: Fault) -> None:
    """Down, or cut in the middle: the letter waits, is told, and leaves once."""
    with desk.faulty(desk.to_smtp, fault):
        desk.a_customer_writes()
        if fault is Fault.REFUSE:
            desk.is_told("letters-deferred")
            assert not desk.examined()["smtp:demo"]
        assert wait_until(lambda: desk.to_smtp.met[fault] > 0, 20)
    assert desk.everybody_was_answered()
    assert wait_until(lambda: desk.item("letters-deferred") is None, 10)


def test_the_outgoing_server_says_later(desk: Desk) -> None:
    """A 4xx answer is no refusal; the same bytes go again."""
    desk.answers["rcpt"] = "450 4.2.1 later"
    desk.a_customer_writes()
    desk.is_told("letters-deferred")
    desk.answers.clear()
    assert desk.everybody_was_answered()


def test_the_outgoing_server_refuses(desk: Desk) -> None:
    """A 5xx answer is final: an agent sees it; it is sent again when he says so."""
    desk.answers["rcpt"] = "550 5.7.1 not from you"
    desk.a_customer_writes()
    desk.is_told("letters-failed")
    desk.answers.clear()
    assert '"letters-failed","ok":false' in command(desk.home, "doctor", "--json").stdout
    listed = command(desk.home, "outbox", "list", "--json", "--state", "failed")
    failed = [json.loads(line) for line in listed.stdout.splitlines()]
    assert len(failed) == 1 and "550" in str(failed[0]), listed
    assert command(desk.home, "outbox", "retry", str(failed[0]["id"])).returncode == 0
    assert desk.everybody_was_answered()
    assert wait_until(lambda: desk.item("letters-failed") is None, 10)


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
    told("zh", "port-taken", answer.stderr, whole=False)
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
        told("zh", "key-ring", answer.stderr, whole=False)
        other = Home(ring.parent / "other")
        command(other, "init", str(other.path))
        ring.write_text(next(other.path.glob("keys/*.json")).read_text())
        answer = command(desk.home, "status")
        assert answer.returncode == 3, answer
        told("zh", "key-ring", answer.stderr, whole=False)
    finally:
        ring.write_text(right)
        ring.chmod(0o600)


@pytest.mark.postgres
def test_postgres_goes_and_comes_back(tmp_path: Path, own_pg_url: str) -> None:
    """The console says 503, work waits, and everything goes on once the server is back, without a restart."""
    real = make_url(own_pg_url)
    host, port = str(real.query.get("host") or real.host), real.port or 5432
    with FaultProxy(host, port, random.Random(3)) as way:
        url = real.set(host="127.0.0.1", port=way.port, query={}).render_as_string(hide_password=False)
        with a_desk(tmp_path, url) as desk, Service(desk.home.path) as service:
            service.wait_ready()
            with desk.away(way):
                desk.a_customer_writes()
                desk.is_told("store-unavailable")
                assert wait_until(lambda: service.answers("/healthz") == 503, 20)
                answer = command(desk.home, "status")
                assert answer.returncode == 3
                told("zh", "store-unavailable", answer.stderr, whole=False)
            assert desk.everybody_was_answered(40), service.said
            assert wait_until(lambda: service.answers("/healthz") == 200, 20)
            assert service.end(15)[0] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_the_disk_is_full(tmp_path: Path) -> None:
    """Mail stays on its server, health says how little is left; with space again it goes on by itself."""
    small = tmp_path / "home" / "data"
    with a_desk(tmp_path) as desk, _small_disk(small, megabytes=80), Service(desk.home.path) as service:
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
