"""Tells every open page which tickets changed (ids only), and who has one open: one watcher for all streams."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncGenerator

from core.domain.errors import HuiyingError
from huiying.console.present import Seen, news, seen
from huiying.flows.context import Context

_LOOK_EVERY_S = 0.3
_BREATH_S = 0.1
_HEARTBEAT_S = 15.0
_OPEN_PAGES_S = 2.0
"""So often it is looked whether a page ended that said nothing more."""
_MOST_IDS = 200
_MOST_WAITING = 64

HEARTBEAT = b": still here\n\n"
_log = logging.getLogger("huiying.console")


class Listener:
    """One open stream: messages are handed over from the watcher's thread into the stream's loop."""

    def __init__(self, token_hash: str) -> None:
        self.token_hash = token_hash
        self.knows: Seen | None = None
        """Who it was told is on which ticket; nothing yet, or no longer."""
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_WAITING)

    def tell(self, message: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop ended between the watcher's look and this call
            self._loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: bytes | None) -> None:
        if self._queue.full():
            self._queue.get_nowait()
            self.knows = None
        self._queue.put_nowait(message)

    async def next(self) -> bytes | None:
        return await self._queue.get()


class Live:
    """Watches ``views.changed_since`` in one daemon thread while at least one stream is open."""

    def __init__(self, context: Context, shutdown: threading.Event, *, heartbeat_s: float = _HEARTBEAT_S) -> None:
        self._context = context
        self._shutdown = shutdown
        self._heartbeat_s = heartbeat_s
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    async def stream(self, token_hash: str) -> AsyncGenerator[bytes, None]:
        """Server-sent events until the browser leaves, its session ends or the service shuts down."""
        listener = Listener(token_hash)
        self._open(listener)
        try:
            yield b"retry: 2000\nevent: hello\ndata: 1\n\n"
            while (message := await listener.next()) is not None:
                yield message
        finally:
            self._close(listener)

    def _open(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.add(listener)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="console-live", daemon=True)
                self._thread.start()

    def _close(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.discard(listener)

    def _tell(self, message: bytes | None) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener.tell(message)

    def _retire(self) -> bool:
        """Ends the watcher when nobody listens; under the lock, so that a new stream starts a new one."""
        with self._lock:
            if self._listeners:
                return False
            self._thread = None
            return True

    def _watch(self) -> None:
        mark, beat, looked, rung = -1, time.monotonic(), 0.0, True
        while not self._shutdown.is_set():
            if self._retire():
                return
            try:
                mark = self._look(mark)
                if rung or time.monotonic() - looked > _OPEN_PAGES_S or self._has_newcomers():
                    looked = time.monotonic()
                    self._look_who_is_there()
            except HuiyingError as error:
                _log.warning("The live view could not look.", extra={"action": "live.look", "code": error.code})
            if time.monotonic() - beat > self._heartbeat_s:
                beat = time.monotonic()
                self._beat()
            rung = self._context.wake.wait("changed", _LOOK_EVERY_S)
            self._shutdown.wait(_BREATH_S)
        self._tell(None)

    def _beat(self) -> None:
        """Ends the streams whose session is over; the others are told that we are here."""
        with self._lock:
            listeners = tuple(self._listeners)
        try:
            with self._context.store.read() as transaction:
                now = self._context.now()
                over = {one for one in listeners if transaction.people.session(one.token_hash, now) is None}
        except HuiyingError:
            over = set()
        for listener in listeners:
            listener.tell(None if listener in over else HEARTBEAT)

    def _has_newcomers(self) -> bool:
        with self._lock:
            return any(one.knows is None for one in self._listeners)

    def _look_who_is_there(self) -> None:
        now = self._context.now()
        with self._context.store.read() as transaction:
            there = seen(transaction.presences.now_open(now))
        with self._lock:
            listeners = tuple(self._listeners)
        told: dict[int, bytes] = {}
        for listener in listeners:
            before, listener.knows = listener.knows, there
            if id(before) not in told:
                told[id(before)] = news(before, there, now)
            if message := told[id(before)]:
                listener.tell(message)

    def _look(self, mark: int) -> int:
        with self._context.store.read() as transaction:
            if mark < 0:
                return transaction.views.last_touched()
            changed = transaction.views.changed_since(mark, _MOST_IDS)
        if not changed:
            return mark
        ids = ",".join(str(ticket_id) for ticket_id in dict.fromkeys(ticket for _, ticket in changed))
        self._tell(f"event: changed\ndata: {ids}\n\n".encode())
        return changed[-1][0]
