"""Decides how the embedded SMTP servers behave: one receives the letters, one takes your own mail in."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from huiying.demo.loop_thread import LoopThread

HOST = "127.0.0.1"
_LARGEST = 40 * 1024 * 1024
_LONGEST_LINE = 1024 * 1024
"""Far above RFC 5321's 1,000 octets: what a careless client sends is worth looking at, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLetter:
    """One letter as it came over the wire. ``number`` counts from 1; ``monotonic`` was read just before the 250."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    data: bytes
    at: datetime
    monotonic: float


class TakesMail(Protocol):
    """Where mail can be put in: the embedded IMAP server."""

    def append(self, data: bytes, folder: str = "INBOX", when: datetime | None = None) -> int: ...


class _Server:
    """aiosmtpd on a free loopback port in a thread of its own; sub-classes say what happens to mail."""

    def __init__(self, name: str, port: int, login: tuple[str, str] | None) -> None:
        self._thread = LoopThread(name)
        self._port = port
        self._login = login

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; ``RuntimeError`` when it does not run."""
        _ = self._thread.loop
        return HOST, self._port

    def start(self) -> tuple[str, int]:
        """Listens and returns host and port."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd reports each command otherwise
        self._thread.start()
        try:
            self._port = self._thread.call(self._listen())
        except BaseException:
            self._thread.stop()
            raise
        return HOST, self._port

    def stop(self) -> None:
        self._thread.stop()

    async def _listen(self) -> int:
        loop = asyncio.get_running_loop()
        return self._thread.listening(await loop.create_server(lambda: self._protocol(loop), HOST, self._port))

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        conversation = _PatientSmtp(
            self._hooks(),
            hostname="demo.example",
            ident="Huiying demo",
            data_size_limit=_LARGEST,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            auth_required=False,
            auth_exclude_mechanism=[] if self._login else ["LOGIN", "PLAIN"],
            authenticator=self._authenticate if self._login else None,
            loop=loop,
        )
        return self._thread.connections.watch(conversation)

    def _hooks(self) -> SimpleNamespace:
        """aiosmtpd reads every attribute of what it is given, and ours may not be readable while the server ends."""
        return SimpleNamespace(**{name: getattr(self, name) for name in dir(type(self)) if name.startswith("handle_")})

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        expected = self._login and LoginPassword(*(word.encode() for word in self._login))
        return AuthResult(success=data == expected, handled=False)


class _PatientSmtp(SMTP):
    line_length_limit = _LONGEST_LINE


class EmbeddedSmtp(_Server):
    """Receives the letters that customers get. Thread-safe; keeps them in memory and, if wanted, as files.

    ``refuse`` is asked for each recipient and answers with an SMTP reply such as ``450 later`` or with ''.
    ``on_letter`` is called in the server's thread after the letter was kept and before the 250.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        *,
        folder: Path | None = None,
        on_letter: Callable[[ReceivedLetter], None] | None = None,
        refuse: Callable[[str], str] | None = None,
        login: tuple[str, str] | None = None,
        port: int = 0,
    ) -> None:
        super().__init__("demo-smtp", port, login)
        self._now = now
        self._monotonic = monotonic
        self._folder = folder
        self._on_letter = on_letter
        self._refuse = refuse
        self._letters: list[ReceivedLetter] = []
        self._arrived = threading.Condition()

    def letters(self) -> tuple[ReceivedLetter, ...]:
        """Everything received so far, in order."""
        with self._arrived:
            return tuple(self._letters)

    def wait_for(self, count: int, seconds: float) -> tuple[ReceivedLetter, ...]:
        """Waits until ``count`` letters are there, at most ``seconds``; what is there then."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._letters) >= count, seconds)
            return tuple(self._letters)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._refuse(address) if self._refuse else ""
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        letter = self._keep(envelope)
        if self._on_letter is not None:
            self._on_letter(letter)
        return f"250 OK letter {letter.number}"

    def _keep(self, envelope: Envelope) -> ReceivedLetter:
        with self._arrived:
            letter = ReceivedLetter(
                number=len(self._letters) + 1,
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                data=_content(envelope),
                at=self._now(),
                monotonic=self._monotonic(),
            )
            if self._folder is not None:
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / f"letter-{letter.number:04d}.eml").write_bytes(letter.data)
            self._letters.append(letter)
            self._arrived.notify_all()
        return letter


class MailDrop(_Server):
    """Puts whatever mail arrives for the demo's own address (also with a plus part) into its IMAP mailbox."""

    def __init__(self, mailbox: TakesMail, address: str, *, port: int = 0) -> None:
        super().__init__("demo-drop", port, None)
        self._mailbox = mailbox
        self._local, _, self._domain = address.lower().rpartition("@")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        local, _, domain = address.lower().rpartition("@")
        if domain != self._domain or local.partition("+")[0] != self._local:
            return f"550 5.1.1 Only {self._local}@{self._domain} lives here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        # RFC 5321 4.4: the final delivery adds the return path.
        mail = f"Return-Path: <{envelope.mail_from or ''}>\r\n".encode() + _content(envelope)
        uid = await asyncio.to_thread(self._mailbox.append, mail)
        return f"250 OK delivered as {uid}"


def _content(envelope: Envelope) -> bytes:
    content = envelope.original_content
    return content if content is not None else b""
