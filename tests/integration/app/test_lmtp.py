"""``serve`` takes mail that is handed over, and a process killed in between has lost none and doubled none."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from huiying.app.bootstrap import open_app
from huiying.app.home import Home
from huiying.demo.home import ADDRESS, DemoServers
from tests.factories.pipeline import a_mail
from tests.fakes.lmtp_client import LmtpClient
from tests.fakes.service import Service, a_home, wait_until

NOBODY = DemoServers(imap=("127.0.0.1", 9), smtp=("127.0.0.1", 9), user="u", password="p")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def home(tmp_path: Path, port: int) -> Home:
    """One mailbox that asks no server."""
    home = a_home(tmp_path / "home", NOBODY)
    with (home.config / "machine.yaml").open("a") as machine:
        machine.write(f"\nlmtp: 127.0.0.1:{port}\n")
    mailboxes = home.config / "mailboxes.yaml"
    lines = ["  imap: none" if "imap:" in line else line for line in mailboxes.read_text().splitlines()]
    mailboxes.write_text("\n".join(lines) + "\n")
    return home


def totals(home: Home) -> dict[str, int]:
    app = open_app(home, {}, works=False)
    try:
        with app.store.read() as tx:
            return dict(tx.views.totals())
    finally:
        app.close()


@pytest.mark.slow
def test_what_was_answered_survives_a_kill(home: Home, port: int) -> None:
    """Three mails answered with 250, then SIGKILL; after the next start all are tickets, and the fourth handed over
    again is kept once."""

    def hand_over(number: int) -> None:
        data = a_mail(mid=f"{number}@example.cn", sender=f"{number}@example.cn", body=f"第{number}件事：打不开")
        client = LmtpClient(port)
        assert [answer[:3] for answer in client.hands_over(data, ADDRESS)] == ["250"]
        client.close()

    with Service(home.path) as service:
        service.wait_ready()
        for number in (1, 2, 3):
            hand_over(number)
        service.kill(group=True)
    with Service(home.path) as service:
        service.wait_ready()
        hand_over(3)
        hand_over(4)
        assert wait_until(lambda: totals(home)["tickets"] == 4, 20)
        code, _ = service.end(13)
    assert code == 0
    assert totals(home)["mails"] == 4


@pytest.mark.slow
def test_a_second_process_takes_the_place_over(home: Home, port: int) -> None:
    """It starts beside the first although the port is taken, and serves it once the first is gone."""
    data = a_mail(mid="over@example.cn")
    with Service(home.path) as first:
        first.wait_ready()
        with Service(home.path, command=("-m", "huiying.app.cli", "work")) as second:
            second.wait_for("tried again in", 60)
            first.kill(group=True)

            def handed_over() -> bool:
                try:
                    client = LmtpClient(port)
                except OSError:
                    return False
                answers = client.hands_over(data, ADDRESS)
                client.close()
                return [answer[:3] for answer in answers] == ["250"]

            assert wait_until(handed_over, 20)
            assert wait_until(lambda: totals(home)["tickets"] == 1, 20)
            second.end(13)
