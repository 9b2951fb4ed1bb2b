"""``serve`` as an operator sees it: quick to start and to end, patient with broken files and wrong passwords."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from benchmarks.kill import make_mails, servers
from core.domain.errors import HuiyingError
from huiying.app.bootstrap import open_app
from huiying.app.home import Home
from huiying.demo.home import DemoServers
from huiying.demo.imap import EmbeddedImap
from huiying.demo.smtp import EmbeddedSmtp
from huiying.flows.health import health
from tests.fakes.service import CHECKOUT, PASSWORD, USER, Service, a_home, wait_until

READY_S = 5.0
END_S = 10.0
QUIET = {"ok", "calendar"}
"""What health may say of a healthy desk: near a year's end next year's calendar may be missing."""
MISTAKES = {
    "sla/policy.yaml": "policy: no-such-policy\ncalendar: mars\n",
    "rules/50-local.yaml": "rules:\n- id: half\n  title: 半\n  when: {subject_contains: x}\n  then: {type: 咨讯}\n",
}


class Desk:
    """Servers in this process, a home that was started once before, and what tests ask of them."""

    def __init__(self, imap: EmbeddedImap, smtp: EmbeddedSmtp, where: DemoServers, home: Home) -> None:
        self.imap, self.smtp, self.where, self.home = imap, smtp, where, home

    def serve(self) -> Service:
        return Service(self.home.path)

    def write(self, path: str, text: str) -> None:
        target = self.home.config / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def health_codes(self) -> set[str]:
        app = open_app(self.home, {}, works=False)
        try:
            return {item[0] for item in health(app.context).items} - QUIET
        except HuiyingError as error:
            return {error.code}
        finally:
            app.close()

    def answers(self, count: int) -> bool:
        """Whether that many letters have reached customers within ten seconds."""
        return len(self.smtp.wait_for(count, 10)) >= count


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with servers() as (imap, smtp, where):
        home = a_home(tmp_path / "home", where)
        with Service(home.path) as first:
            first.wait_ready()
            first.end(20)
        yield Desk(imap, smtp, where, home)


@contextmanager
def getting(service: Service, path: str, *, cookie: str = "") -> Iterator[http.client.HTTPResponse]:
    with closing(http.client.HTTPConnection(urlsplit(service.address).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        with connection.getresponse() as answer:
            yield answer


def answered(service: Service, path: str) -> int:
    """The status of an answer; the console remembers its health for a few seconds."""
    with getting(service, path) as answer:
        return answer.status


def signed_in(service: Service) -> str:
    """The session cookie of a real sign-in."""
    with closing(http.client.HTTPConnection(urlsplit(service.address).netloc, timeout=10)) as connection:
        body = urlencode({"name": USER, "password": PASSWORD})
        connection.request("POST", "/sign-in", body, {"Content-Type": "application/x-www-form-urlencoded"})
        with connection.getresponse() as answer:
            assert answer.status == 303, answer.read()
            return str(answer.getheader("Set-Cookie")).partition(";")[0]


def test_it_is_ready_within_five_seconds_and_ends_within_ten(desk: Desk) -> None:
    """The console answers and the poller waits for mail; a browser's open stream does not hold up the end."""
    with desk.serve() as service:
        took = service.wait_ready()
        with getting(service, "/healthz") as answer:
            assert answer.status == 200
        with getting(service, "/events", cookie=signed_in(service)) as events:
            assert events.status == 200 and events.getheader("Content-Type", "").startswith("text/event-stream")
            desk.imap.append(make_mails(1, "serve")[0])
            assert desk.answers(1)
            code, ended = service.end(END_S + 5)
    assert code == 0 and ended < END_S
    assert took < READY_S, f"{took:.1f} s; on a busy machine look at the load first"
    assert service.group() == []


@pytest.mark.slow
def test_whoever_asks_twice_ends_it_too(desk: Desk) -> None:
    """An impatient Ctrl-C, or a signal that reaches it twice: what comes while the first is being heard, or in the last
    moment, holds nothing up, however often it comes."""
    with desk.serve() as service:
        service.wait_ready()
        begun = time.monotonic()
        while service.process.poll() is None and time.monotonic() < begun + END_S:
            for number in (signal.SIGTERM, signal.SIGINT):
                with suppress(ProcessLookupError):
                    os.kill(service.process.pid, number)
            time.sleep(0.002)
        assert service.wait(5) == 0 and time.monotonic() < begun + END_S


@pytest.mark.slow
def test_five_mistakes_are_told_and_mail_goes_on_even_after_a_restart(desk: Desk) -> None:
    """Each mistake with file:line:column; the last good bundle serves, also a process that starts with bad files."""
    with desk.serve() as service:
        service.wait_ready()
        for path, text in MISTAKES.items():
            desk.write(path, text)
        service.wait_for("last good one stays", 10)
        told = [line.split()[3] for line in service.lines if " ERROR huiying.config " in line and ".yaml:" in line]
        places = [place.rstrip(":").split(":") for place in told]
        assert len(places) == 5, service.said
        assert all(len(place) == 3 and place[1].isdigit() and place[2].isdigit() for place in places)
        assert {place[0] for place in places} == {"sla/policy.yaml", "rules/50-local.yaml"}
        assert told_by_check(desk.home) == sorted(told)
        with getting(service, "/health", cookie=signed_in(service)) as answer:
            assert "没有生效，共 5 处问题" in answer.read().decode()
        desk.imap.append(make_mails(2, "broken")[0])
        assert desk.answers(1)
        service.end(15)
    with desk.serve() as service:
        service.wait_ready()
        desk.imap.append(make_mails(2, "broken")[1])
        assert desk.answers(2)
        assert "last good one stays" in service.said


def told_by_check(home: Home) -> list[str]:
    """The same places as the command ``check`` prints them."""
    command = [sys.executable, "-m", "huiying.app.cli", "check", "--json", "--home", str(home.path)]
    done = subprocess.run(command, check=False, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted(f"{one['file']}:{one['line']}:{one['column']}:" for one in found)


@pytest.mark.slow
def test_an_edited_mailbox_gets_a_new_poller(desk: Desk) -> None:
    """Another folder in mailboxes.yaml is read within seconds, without a restart."""
    mailboxes = (desk.home.config / "mailboxes.yaml").read_text()
    desk.imap.append(make_mails(3, "folder")[0], folder="Second")
    with desk.serve() as service:
        service.wait_ready()
        desk.write("mailboxes.yaml", mailboxes.replace("folder: INBOX", "folder: Second"))
        service.wait_for("is in force", 10, times=2)
        assert wait_until(lambda: mails_of(desk.home) == 1, 10), service.said
        desk.imap.append(make_mails(3, "folder")[1], folder="Second")
        assert desk.answers(1), service.said
        service.end(15)


def mails_of(home: Home) -> int:
    app = open_app(home, {}, works=False)
    try:
        with app.store.read() as tx:
            return tx.views.totals()["mails"]
    finally:
        app.close()


@pytest.mark.slow
def test_a_wrong_password_is_told_and_a_right_one_heals(desk: Desk) -> None:
    """Health names the refused login; once the file is corrected, mail flows and health is quiet again."""
    secret = desk.home.path / "demo-password"
    right = secret.read_text()
    secret.write_text("wrong\n")
    with desk.serve() as service:
        assert wait_until(lambda: "login-refused" in desk.health_codes(), 30, look=0.3), service.said
        assert wait_until(lambda: answered(service, "/healthz") == 503, 15), service.said
        secret.write_text(right)
        service.wait_ready()
        assert wait_until(lambda: not desk.health_codes(), 10), desk.health_codes()
        desk.imap.append(make_mails(1, "password")[0])
        assert desk.answers(1)
        assert service.end(15)[0] == 0
