"""Decides how the embedded IMAP server behaves: pymap in memory, on loopback, for one user."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from huiying.demo.loop_thread import LoopThread

if TYPE_CHECKING:
    from huiying.demo.imap_backend import Backend

HOST = "127.0.0.1"


class EmbeddedImap:
    """An IMAP mailbox on a free loopback port, announced by IDLE, gone with the process.

    ``now`` gives the INTERNALDATE of mails that come without one. With ``whole_lines=False`` the server
    writes its lines in pieces as plain pymap does, which a robust client must survive.
    UIDVALIDITY differs after each start, and custom keywords are dropped: pymap knows none.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        password: str,
        user: str = "support@demo.example",
        whole_lines: bool = True,
        port: int = 0,
    ) -> None:
        self.user = user
        self.password = password
        self._now = now
        self._whole_lines = whole_lines
        self._port = port
        self._thread = LoopThread("demo-imap")
        self._backend: Backend | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; ``RuntimeError`` before the start."""
        if self._backend is None:
            raise RuntimeError("the IMAP server is not running")
        return HOST, self._port

    def start(self) -> tuple[str, int]:
        """Listens and returns host and port."""
        self._thread.start()
        try:
            self._port = self._thread.call(self._listen())
        except BaseException:
            self._thread.stop()
            raise
        return HOST, self._port

    def append(self, data: bytes, folder: str = "INBOX", when: datetime | None = None) -> int:
        """Delivers one mail, byte for byte, into a folder (made if missing) and returns its UID."""
        return self._thread.call(self._running().append(data, folder, when))

    def count(self, folder: str = "INBOX") -> int:
        """How many mails a folder holds; 0 for one that does not exist."""
        return self._thread.call(self._running().count(folder))

    def drop_connections(self) -> int:
        """Cuts every client off, as a restarted server or a broken network would; returns how many."""
        return self._thread.call(self._running().drop_connections())

    def stop(self) -> None:
        self._backend = None
        self._thread.stop()

    def __enter__(self) -> EmbeddedImap:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _running(self) -> Backend:
        if self._backend is None:
            raise RuntimeError("the IMAP server is not running")
        return self._backend

    async def _listen(self) -> int:
        # pymap costs a tenth of a second to import: only those who start the server pay.
        from huiying.demo.imap_backend import Backend, DemoConfig

        # pymap reads these of its command line's values whether or not there was a command line.
        values = Namespace(passlib_cfg=None, proxy_protocol=None, inherited_sockets=None)
        config = DemoConfig(values, user=self.user, password=self.password, host=HOST, port=self._port)
        self._backend = Backend(config, self._now, whole_lines=self._whole_lines)
        await self._backend.open()
        loop, serve = asyncio.get_running_loop(), self._backend.serve

        def conversation() -> asyncio.Protocol:
            reader = asyncio.StreamReader()
            return self._thread.connections.watch(asyncio.StreamReaderProtocol(reader, serve))

        return self._thread.listening(await loop.create_server(conversation, HOST, self._port))
