"""IMAP servers that the same tests run against: the embedded one and Debian's Dovecot."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from core.domain.settings import MailboxSettings, ServerSettings, Tls
from huiying.demo.imap import EmbeddedImap
from ingest.sources.imap import ImapMailbox
from ingest.sources.imap_open import open_mailbox
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


@pytest.fixture(scope="session")
def running_dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dovecot.Dovecot]:
    with dovecot.start(tmp_path_factory.mktemp("dovecot")) as server:
        yield server


@pytest.fixture
def dovecot_server(running_dovecot: dovecot.Dovecot) -> Server:
    """A user of his own for each test."""
    user = f"desk-{uuid.uuid4().hex[:8]}@example.cn"
    return Server(
        box=settings(running_dovecot.host, running_dovecot.port, user),
        password=running_dovecot.password,
        deliver=partial(running_dovecot.deliver, user=user),
        name="dovecot",
    )


@pytest.fixture(params=["pymap", pytest.param("dovecot", marks=pytest.mark.dovecot)])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found
