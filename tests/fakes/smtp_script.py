"""An SMTP server that answers as a test tells it, and transports that talk to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from core.domain.letter import OutgoingMail
from core.domain.settings import ServerSettings, Tls
from ingest.sources.connections import Connections, close_door
from responder.transports.smtp import SmtpTransport

DATA = b"Subject: hello\r\nAuto-Submitted: auto-replied\r\n\r\n.dot first\r\nand 8 bit \xe4\xbd\xa0\r\n..two\r\n"


class Ticking:
    """A clock that goes on by a millisecond each time it is read."""

    def __init__(self) -> None:
        self.reads = count()

    def __call__(self) -> datetime:
        return datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(milliseconds=next(self.reads))


def a_letter(number: int = 1, mailbox: str = "support", to: tuple[str, ...] = ("li@example.cn",)) -> OutgoingMail:
    return OutgoingMail(letter_id=number, mailbox=mailbox, sender="", recipients=to, data=DATA)


class Script:
    """An SMTP sink that keeps what it got and answers as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[str | None, tuple[str, ...], bytes]] = []
        self.open: set[Any] = set()
        self.peers: set[Any] = set()
        self.on_data: Callable[[], str] = lambda: "250 queued as 1"
        self.on_rcpt: Callable[[str], str] = lambda _: "250 OK"
        self.on_mail: Callable[[str], str] = lambda _: "250 OK"
        self.drop_after_data = False
        self.drop_before_data = 0
        self.at_once = 0
        self.most_at_once = 0
        self.delay = 0.0

    async def handle_EHLO(
        self, server: Server, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.open.add(server.transport)
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.drop_before_data:
            self.drop_before_data -= 1
            _cut(server.transport)
        answer = self.on_mail(address)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.on_rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        self.peers.add(session.peer)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.delay)
        self.at_once -= 1
        content = envelope.original_content or b""
        self.mails.append((envelope.mail_from, tuple(envelope.rcpt_tos), content))
        if self.drop_after_data:
            _cut(server.transport)
        return self.on_data()


def _cut(transport: asyncio.BaseTransport | None) -> None:
    """Drops a connection without a word; a TLS transport that is closed already has nothing left to abort."""
    if isinstance(transport, asyncio.Transport) and not transport.is_closing():
        transport.abort()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Watched(Controller):
    def __init__(self, script: Script, **options: Any) -> None:
        super().__init__(script, **options)
        self.connections = Connections()

    def factory(self) -> Server:
        made: Server = super().factory()
        return self.connections.watch(made)


class Serving:
    """A running server; leaving it first hangs up on all clients, so that no socket is left to the collector."""

    def __init__(self, script: Script, close_clients: Callable[[], None], **options: Any) -> None:
        self.script = script
        self.close_clients = close_clients
        self.controller = _Watched(script, hostname="127.0.0.1", port=free_port(), **options)

    def __enter__(self) -> Controller:
        self.controller.start()
        return self.controller

    def __exit__(self, *_: object) -> None:
        self.close_clients()
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.controller.loop).result(timeout=5)
        self.controller.stop()

    async def _hang_up(self) -> None:
        if isinstance(self.controller.server, asyncio.Server):
            await close_door(self.controller.server)
        await self.controller.connections.hang_up()
        for transport in self.script.open:
            _cut(transport)
        await asyncio.sleep(0.05)


class Password:
    """Signs in by one password, whatever the server."""

    def secret(self, server: ServerSettings, /) -> str:
        return "secret"

    def refused(self, server: ServerSettings, secret: str, /) -> None:
        """Passwords are not replaced."""


class Transports:
    """Makes SMTP transports with short timeouts and closes them all."""

    def __init__(self) -> None:
        self.made: list[SmtpTransport] = []

    def __call__(self, settings: ServerSettings | tuple[ServerSettings, ...] | None, **options: Any) -> SmtpTransport:
        options = {"timeout": 2.0, **options}
        clock = options.pop("clock", None) or Ticking()
        every = () if settings is None else settings if isinstance(settings, tuple) else (settings,)
        self.made.append(SmtpTransport(lambda _: every, options.pop("login", Password()), clock, **options))
        return self.made[-1]

    def close(self) -> None:
        for transport in self.made:
            transport.close()


def settings_of(controller: Controller, **changes: Any) -> ServerSettings:
    return ServerSettings(**{"host": "127.0.0.1", "port": controller.port, "tls": Tls.NONE, **changes})


def accept(password: str) -> Callable[..., AuthResult]:
    def check(server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=good, handled=False)

    return check
