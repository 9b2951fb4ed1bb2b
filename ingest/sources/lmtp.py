"""Speaks LMTP with a mail server that hands mail over: 250 only for what is kept, an answer a recipient (RFC 2033)."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from core.domain.errors import HuiyingError, NotFound, PortTaken, Unavailable
from ingest.sources.connections import Connections, close_door

_LONGEST_LINE = 1 << 20
"""Far above RFC 5321's 1,000 octets: what a careless client sends is worth looking at, too."""
_SILENT_S = 300.0
_LEAVING_S = 3.0

Keep = Callable[[str, str, bytes], None]
"""(sender, recipient, bytes): committed when it returns; ``NotFound``, another ``BadInput``, or ``Unavailable``."""

_log = logging.getLogger("huiying.lmtp")


class LmtpServer:
    """One address: ``HOST:PORT`` or ``unix:PATH``. ``check`` raises for a recipient that nobody has; ``largest`` gives
    the bytes of the largest mail that is taken. ``keep`` runs in a thread, so that one slow commit holds up no other
    connection. ``ready`` is set once it listens."""

    def __init__(
        self,
        address: str,
        *,
        check: Callable[[str], object],
        keep: Keep,
        largest: Callable[[], int],
        ready: threading.Event | None = None,
    ) -> None:
        self._address = address
        self._check = check
        self._keep = keep
        self._largest = largest
        self._under_way = 0
        self._connections = Connections()
        self._rest: asyncio.Event
        self.port = 0
        self.ready = ready or threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Until ``stop``; what is being kept then is answered first. Raises ``PortTaken``."""
        # aiosmtpd reports each command otherwise, addresses and all.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        try:
            listening = _listening(self._address)
        except OSError as error:
            raise PortTaken(f"LMTP {self._address}: {error.strerror} (cannot listen there)") from error
        with listening:
            if listening.family != socket.AF_UNIX:
                self.port = int(listening.getsockname()[1])
            asyncio.run(self._serve(listening, stop))

    async def _serve(self, listening: socket.socket, stop: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        self._rest = asyncio.Event()
        self._rest.set()
        create = loop.create_unix_server if listening.family == socket.AF_UNIX else loop.create_server
        server = await create(self._protocol, sock=listening)
        self.ready.set()
        try:
            await asyncio.to_thread(stop.wait)
        finally:
            await close_door(server)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rest.wait(), _LEAVING_S)
            await self._connections.hang_up()

    def _protocol(self) -> LMTP:
        conversation = _Conversation(
            self,
            hostname="huiying",
            ident="Huiying",
            data_size_limit=self._largest(),
            enable_SMTPUTF8=True,
            timeout=_SILENT_S,
            loop=asyncio.get_running_loop(),
        )
        return self._connections.watch(conversation)

    async def handle_RCPT(
        self, server: LMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether anybody has this address is told at once."""
        try:
            self._check(address)
        except NotFound:
            return "550 5.1.1 No such mailbox here"
        except Unavailable:
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: LMTP, session: Session, envelope: Envelope) -> str:
        """One answer for each recipient, in their order."""
        data = envelope.original_content or b""
        self._under_way += 1
        self._rest.clear()
        try:
            answers = [await self._kept(envelope.mail_from or "", to, data) for to in envelope.rcpt_tos]
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._rest.set()
        return "\r\n".join(answers)

    async def _kept(self, sender: str, recipient: str, data: bytes) -> str:
        try:
            await asyncio.to_thread(self._keep, sender, recipient, data)
        except Unavailable as error:
            _log.warning("A mail could not be kept and will be handed over again: %s", error.message)
            return "451 4.3.0 Try again later"
        except NotFound:
            return "550 5.1.1 No such mailbox here"
        except HuiyingError as error:
            return f"552 5.3.4 Not taken ({error.code})"
        except Exception:  # noqa: BLE001  whatever our bug is, the sender keeps the mail and tries again
            _log.exception("A mail that was handed over could not be kept.")
            return "451 4.3.0 Try again later"
        return "250 2.6.0 Kept"


def _listening(address: str) -> socket.socket:
    """A socket that listens: on this host, or in the file system for those whose group owns it."""
    path = address.removeprefix("unix:")
    if path == address:
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    if _is_served(path):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    # What a process left that is no more.
    Path(path).unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(path)
        os.chmod(path, 0o660)
        listening.listen()
    except BaseException:
        listening.close()
        raise
    return listening


def _is_served(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(path)
        except OSError:
            return False
    return True


class _Conversation(LMTP):
    """One connection. An error while the text is read is told for each recipient: the client counts the answers."""

    line_length_limit = _LONGEST_LINE
    _owed = 0

    async def smtp_DATA(self, arg: str) -> None:
        recipients = len(self.envelope.rcpt_tos) if self.envelope else 0
        self._owed = 0 if arg else recipients
        try:
            await super().smtp_DATA(arg)
        finally:
            self._owed = 0

    async def push(self, status: str | bytes) -> None:
        words = status.decode() if isinstance(status, bytes) else status
        if self._owed > 1 and "\r\n" not in words and not words.startswith("354"):
            words = "\r\n".join([words] * self._owed)
        await super().push(words)
