"""The mail server that takes a benchmark's letters, in a process of its own: it takes no turn of the service's."""

from __future__ import annotations

import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

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
        theirs.close()
        host, port = self._pipe.recv()
        self.address: tuple[str, int] = (host, port)
        self.answered: list[float] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, count: int, seconds: float) -> list[float]:
        """Waits until so many letters came, ``seconds`` at most; what came then."""
        with self._news:
            self._news.wait_for(lambda: len(self.answered) >= count, seconds)
            return list(self.answered)

    def _read(self) -> None:
        while True:
            try:
                instant = self._pipe.recv()
            except EOFError:
                return
            with self._news:
                self.answered.append(instant)
                self._news.notify_all()

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pipe.send("end")
        self._process.join(5)
        self._process.kill()


def _serve(pipe: Connection) -> None:
    with EmbeddedSmtp(now, time.monotonic, on_letter=lambda letter: pipe.send(letter.monotonic)) as smtp:
        pipe.send(smtp.address)
        pipe.recv()
