"""Makes the files that commands write: whole or not at all."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.domain.errors import BadInput


@contextmanager
def new_file(file: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner reads; what is broken off is taken away, so that nobody takes it for the whole.
    Raises ``BadInput`` where there is one already."""
    with cleanly_ended():
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from error
        try:
            with open(handle, "wb") as out:
                yield out
        except BaseException:
            file.unlink(missing_ok=True)
            raise


@contextmanager
def cleanly_ended() -> Iterator[None]:
    """Whoever ends the process meanwhile lets it take away what is half made. Only where nobody else hears signals:
    what ``nohup`` has it ignore stays ignored."""
    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    for number in ours:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)
