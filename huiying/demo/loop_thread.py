"""Decides how an asyncio server runs beside synchronous code: a thread and loop of its own, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from ingest.sources.connections import Connections, close_door

T = TypeVar("T")

_log = logging.getLogger("huiying.demo")


class LoopThread:
    """One event loop in one daemon thread. Started once, stopped once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._servers: list[asyncio.Server] = []
        self.connections = Connections()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop; ``RuntimeError`` when it does not run."""
        if self._loop is None:
            raise RuntimeError(f"{self._name} is not running")
        return self._loop

    @property
    def running(self) -> bool:
        return self._loop is not None

    def start(self) -> None:
        if self._thread is not None:
            raise RuntimeError(f"{self._name} was started before")
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()
        self._ready.wait()

    def call(self, work: Coroutine[Any, Any, T], seconds: float = 10.0) -> T:
        """Runs ``work`` in the loop and waits for its result.

        ``RuntimeError`` when the loop does not run or ends meanwhile, ``TimeoutError`` after ``seconds``."""
        try:
            loop = self.loop
        except RuntimeError:
            work.close()
            raise
        try:
            return asyncio.run_coroutine_threadsafe(work, loop).result(seconds)
        except CancelledError as error:
            raise RuntimeError(f"{self._name} was stopped") from error

    def listening(self, server: asyncio.Server) -> int:
        """Takes a server to be closed at the end; returns its port."""
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    def stop(self, seconds: float = 5.0) -> None:
        """Cancels what runs and waits for the thread; harmless when it does not run."""
        loop, end, self._loop = self._loop, self._end, None
        if loop is not None and end is not None:
            loop.call_soon_threadsafe(end.set)
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.get_loop().set_exception_handler(_note_quietly)
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        self._ready.set()
        await self._end.wait()
        for server in self._servers:
            await close_door(server)
        await self.connections.hang_up()


def _note_quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that vanishes in the middle of a command is no news for the person who watches the demo."""
    _log.debug("A connection ended badly: %s", context.get("message", ""), exc_info=context.get("exception"))
