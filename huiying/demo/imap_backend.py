"""Decides where the embedded server differs from plain pymap: exact bytes, no lost announcement, whole lines."""

from __future__ import annotations

import asyncio
import uuid
from argparse import Namespace
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from datetime import datetime
from typing import cast

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login, Session
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Event, Subsystem
from pymap.imap import IMAPServer
from pymap.mime import MessageContent
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

_AFTER_CONTINUATION = 0.03
"""Seconds between the answer to IDLE and the announcement of what came before it."""


class DemoConfig(Config):
    """pymap's settings for one user on loopback: no TLS, and no costly hash, as the password lives in memory only."""

    def __init__(self, args: Namespace, *, user: str, password: str, host: str, port: int) -> None:
        super().__init__(
            args,
            demo_data=False,
            demo_user=user,
            demo_password=password,
            host=host,
            port=port,
            tls_enabled=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )

    @property
    def greeting(self) -> bytes:
        """Fixed, because pymap would ask the name server who we are."""
        return b"Huiying demo mailbox ready"


class ExactMailbox(MailboxData):
    """A folder that gives back what it was given."""

    def __init__(self, mailboxes: ExactMailboxes) -> None:
        super().__init__(mailboxes._content_cache, mailboxes._thread_cache)
        self._now = mailboxes.now

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        """Keeps the bytes as they came: pymap loses those of a mail without a header."""
        exact = bytes(append_msg.literal)
        when = append_msg.when or self._now()
        parsable = AppendMessage(_readable(exact), when, append_msg.flag_set, append_msg.options)
        message = await super().append(parsable, recent=recent)
        if message._content is not None:
            message._content._raw = memoryview(exact)
        return message

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        """Does not wait when something came since this client was last told: pymap would announce it with the next."""
        behind = selected.mod_sequence != self._mod_sequences.highest
        if behind and wait_on is not None:
            # imapclient overlooks an announcement that arrives in one packet with the answer to IDLE.
            await asyncio.sleep(_AFTER_CONTINUATION)
        return await super().update_selected(selected, wait_on=None if behind else wait_on)


class ExactMailboxes(MailboxSet):
    """All folders of the one user."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self._inbox = ExactMailbox(self)

    async def add_mailbox(self, name: str) -> ObjectId:
        await super().add_mailbox(name)
        async with self._set_lock.write_lock():
            self._set[name] = folder = ExactMailbox(self)
        return folder.mailbox_id


class Backend:
    """The running server's state; all methods run in its loop."""

    def __init__(self, config: DemoConfig, now: Callable[[], datetime], *, whole_lines: bool) -> None:
        config.apply_context()
        self._config = config
        self._login = Login(config)
        self._server = IMAPServer(self._login, config)
        self._folders = ExactMailboxes(now)
        self._filters = FilterSet()
        self._whole_lines = whole_lines
        self._clients: set[StreamWriter] = set()

    async def open(self) -> None:
        """Makes the user and his empty mailbox."""
        config = self._config
        config.set_cache[config.demo_user] = (self._folders, self._filters)
        user = UserMetadata(config, config.demo_user, password=config.demo_password)
        await self._login.demo_user_identity.set(user)

    async def append(self, data: bytes, folder: str, when: datetime | None) -> int:
        session = Session(self._config.demo_user, self._config, self._folders, self._filters)
        if not await self._has(folder):
            await session.create_mailbox(folder)
        appended, _ = await session.append_messages(folder, [AppendMessage(data, when)])
        return max(appended.uids)

    async def count(self, folder: str) -> int:
        if not await self._has(folder):
            return 0
        return (await (await self._folders.get_mailbox(folder)).snapshot()).exists

    async def drop_connections(self) -> int:
        dropped = len(self._clients)
        for writer in tuple(self._clients):
            writer.transport.abort()
        return dropped

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One client's connection from greeting to end."""
        self._clients.add(writer)
        where = SocketInfo.get(writer, None, unique_id=uuid.uuid4().bytes)
        # IMAPConnection only writes, drains and closes: StartTLS is not offered.
        out = cast(StreamWriter, WholeLines(writer)) if self._whole_lines else writer
        try:
            await self._server(reader, out, where)
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _has(self, folder: str) -> bool:
        return folder.upper() == "INBOX" or folder in self._folders._set


class WholeLines:
    """Hands a response to the socket in one piece; pymap writes a line in several."""

    def __init__(self, writer: StreamWriter) -> None:
        self._writer = writer
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        self._waiting += data

    async def drain(self) -> None:
        if self._waiting:
            whole, self._waiting = bytes(self._waiting), bytearray()
            self._writer.write(whole)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


def _readable(data: bytes) -> bytes:
    """``data``, or an empty mail in its place where pymap's own parser breaks on it; the bytes kept are ``data``."""
    try:
        MessageContent.parse(data)
    except Exception:  # noqa: BLE001 - whatever a hostile mail provokes in the standard library's header parser
        return b"\r\n"
    return data
