"""The mail server that takes a benchmark's letters, in a process of its own: it takes no turn of the service's."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from types import TracebackType

from huiying.app.clock import now
from huiying.demo.smtp import EmbeddedSmtp


class Sink:
    """An SMTP server on a free loopback port. ``answered`` has the monotonic instant of each 250 so far; that clock
    is the machine's and the same in all its processes."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        host, port = self._pipe.recv()
        self.address: tuple[str, int] = (host, port)
        self.answered: list[float] = []

    def wait_for(self, count: int, seconds: float) -> list[float]:
        """Waits until so many letters came, ``seconds`` at most; what came then."""
        deadline = time.monotonic() + seconds
        while len(self.answered) < count and self._pipe.poll(max(0.0, deadline - time.monotonic())):
            self.answered.append(self._pipe.recv())
        return self.answered

    def __enter__(self) -> Sink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join(5)
        self._process.kill()


def _serve(pipe: Connection) -> None:
    with EmbeddedSmtp(now, time.monotonic, on_letter=lambda letter: pipe.send(letter.monotonic)) as smtp:
        pipe.send(smtp.address)
        try:
            pipe.recv()
        except EOFError:
            return
