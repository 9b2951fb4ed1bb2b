"""Decides that no socket outlives the server that took it, whatever a client was doing when the server ended."""

from __future__ import annotations

import asyncio
from typing import TypeVar
from weakref import WeakSet

P = TypeVar("P", bound=asyncio.Protocol)


async def close_door(server: asyncio.Server) -> None:
    """Ends a server; its open connections stay. One that is closed while it lets somebody in would leave that
    socket open for ever (its loop asserts in the middle of it), so it lets nobody in for a moment before."""
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    await asyncio.sleep(0.01)
    server.close()


class Connections:
    """Every open connection of a server, known from its first moment: a server that ends cancels its conversations,
    and one that was cancelled before its first step closes nothing."""

    def __init__(self) -> None:
        self._open: WeakSet[asyncio.Transport] = WeakSet()

    def __len__(self) -> int:
        return sum(not transport.is_closing() for transport in self._open)

    def watch(self, protocol: P) -> P:
        """The same protocol, for a factory of a server to return."""
        made = protocol.connection_made

        def connection_made(transport: asyncio.BaseTransport) -> None:
            if isinstance(transport, asyncio.Transport):
                self._open.add(transport)
            made(transport)

        protocol.connection_made = connection_made  # type: ignore[method-assign]
        return protocol

    async def hang_up(self) -> None:
        """Cuts every connection of servers that were closed."""
        for transport in tuple(self._open):
            if not transport.is_closing():
                transport.abort()
        await asyncio.sleep(0)
