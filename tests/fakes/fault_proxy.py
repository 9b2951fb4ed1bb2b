"""A network that misbehaves on purpose: a TCP proxy that drops, delays, drips, babbles or goes silent."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Self

_CHUNK = 4096


class Fault(StrEnum):
    """What happens to connections, from now on and to those that are open."""

    NONE = "none"
    REFUSE = "refuse"
    """Accepted and closed at once."""
    DROP = "drop"
    """Cut in the middle of what the server says."""
    DELAY = "delay"
    """Every piece a moment later."""
    DRIP = "drip"
    """A few bytes at a time."""
    GARBAGE = "garbage"
    """Bytes that the server never sent, between those it did."""
    HALF_OPEN = "half-open"
    """Nothing comes through any more, and nobody says so."""


class FaultProxy:
    """Listens on a loopback port and hands on to ``host``:``port``; ``fault`` may be set at any time.

    A ``host`` that begins with ``/`` is the folder of PostgreSQL's local socket.

    ``met`` counts how often each fault has touched something: a test that met none has shown nothing.
    """

    def __init__(self, host: str, port: int, chance: random.Random) -> None:
        self.fault = Fault.NONE
        self.met: dict[Fault, int] = dict.fromkeys(Fault, 0)
        self._target = (host, port)
        self._chance = chance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        _close(self._listener)
        self.cut()

    def go_down(self) -> None:
        """Nobody listens any more, and what was open is gone."""
        _close(self._listener)
        self.cut()

    def come_up(self) -> None:
        """Listens again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection that is open now is gone."""
        with self._lock:
            for one in self._open:
                _close(one)
            self._open.clear()

    def _accept(self) -> None:
        listener = self._listener
        while not self._ended.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self.fault is Fault.REFUSE:
                self.met[Fault.REFUSE] += 1
                client.close()
                continue
            try:
                server = self._reach()
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            for source, sink, damage in ((client, server, self._as_it_is), (server, client, self._damaged)):
                threading.Thread(target=self._pump, args=(source, sink, damage), daemon=True).start()

    def _reach(self) -> socket.socket:
        host, port = self._target
        if not host.startswith("/"):
            server = socket.create_connection((host, port), 5)
            server.settimeout(None)  # a connection that says nothing for a while is not a dead one
            return server
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _pump(self, source: socket.socket, sink: socket.socket, damage: Callable[[bytes, socket.socket], bool]) -> None:
        try:
            while data := source.recv(_CHUNK):
                while self.fault is Fault.HALF_OPEN and not self._ended.is_set():
                    self.met[Fault.HALF_OPEN] += 1
                    # What was said meanwhile is never heard: the line is dead, though it is open.
                    data = b""
                    time.sleep(0.05)
                if not damage(data, sink):
                    break
        except OSError:
            pass
        finally:
            for one in (source, sink):
                _close(one)
            with self._lock:
                self._open -= {source, sink}

    def _as_it_is(self, data: bytes, sink: socket.socket) -> bool:
        if not data:
            return False
        sink.sendall(data)
        return True

    def _damaged(self, data: bytes, sink: socket.socket) -> bool:
        """Hands on what the server said; False ends the connection."""
        fault, chance = self.fault, self._chance
        if not data:
            return False
        if fault is not Fault.NONE:
            self.met[fault] += 1
        if fault is Fault.DROP and chance.random() < 0.3:
            sink.sendall(data[: chance.randint(0, len(data))])
            return False
        if fault is Fault.GARBAGE and chance.random() < 0.2:
            at = chance.randint(0, len(data))
            data = data[:at] + chance.randbytes(chance.randint(1, 40)) + data[at:]
        if fault is Fault.DELAY:
            time.sleep(chance.uniform(0, 0.1))
        if fault is Fault.DRIP:
            for at in range(0, len(data), 7):
                sink.sendall(data[at : at + 7])
                time.sleep(0.001)
            return True
        sink.sendall(data)
        return True


def _close(one: socket.socket) -> None:
    # It may be over already.
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
