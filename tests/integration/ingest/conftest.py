"""IMAP servers that the same tests run against: the embedded one and Debian's Dovecot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.settings import MailboxSettings, ServerSettings, Tls
from huiying.demo.imap import EmbeddedImap
from ingest.sources.imap import ImapMailbox, open_mailbox
from tests.fakes import dovecot


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """``deliver`` puts a mail into the inbox as from outside."""

    box: MailboxSettings
    password: str
    deliver: Callable[[bytes], Any]
    name: str

    def open(self, **changes: Any) -> ImapMailbox:
        box = replace(self.box, **{key: value for key, value in changes.items() if key != "largest"})
        largest = {"largest": changes["largest"]} if "largest" in changes else {}
        return open_mailbox(box, self.password, timeout=10.0, **largest)


def settings(host: str, port: int, user: str) -> MailboxSettings:
    server = ServerSettings(host=host, port=port, tls=Tls.NONE, user=user)
    return MailboxSettings(name="desk", address=user, imap=server, smtp=server)


@pytest.fixture
def pymap_server(clock) -> Iterator[Server]:
    with EmbeddedImap(clock, password="open-sesame") as server:
        host, port = server.address
        yield Server(
            box=settings(host, port, server.user), password=server.password, deliver=server.append, name="pymap"
        )


@pytest.fixture
def dovecot_server(tmp_path: Path) -> Iterator[Server]:
    with dovecot.start(tmp_path) as server:
        box = settings(server.host, server.port, server.user)
        yield Server(box=box, password=server.password, deliver=server.deliver, name="dovecot")


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found
