"""A worker that sends due letters and dies at one point. A program that tests start as a process.

``python -m tests.fakes.dying_sender URL PORT POINT [HOURS]``, so many hours after the tests' clock begins. POINT is
claimed (nothing composed yet), composed (bytes stored, nothing sent), taken (the server has it, nothing noted) or noted
(all is done).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn, cast

from core.domain.ids import IdMaker
from core.domain.keys import KeyRing
from core.domain.letter import Delivery, OutgoingMail, SendLimit
from core.domain.settings import ServerSettings, Tls
from huiying.flows.deliver import deliver
from responder.letters import LetterBook
from responder.transports.smtp import SmtpTransport
from store.open import open_store
from tests.factories.pipeline import desk_with_mailbox, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.smtp_script import Password

KEYS = KeyRing(data={1: b"d" * 32}, index=b"i" * 32, signing={"t1": b"s" * 32}, signs_with="t1")
POINTS = ("claimed", "composed", "taken", "noted")


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


class DeadlyLetters:
    """Dies as soon as a letter is composed."""

    def __init__(self, real: LetterBook) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def compose(self, *_: Any, **__: Any) -> OutgoingMail:
        die()


class DyingTransport:
    """Dies before or after the letters went out."""

    def __init__(self, real: SmtpTransport, point: str) -> None:
        self._real = real
        self._point = point

    def room(self, mailbox: str) -> int:
        return self._real.room(mailbox)

    def limit(self, mailbox: str) -> SendLimit | None:
        return self._real.limit(mailbox)

    def send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]:
        if self._point == "composed":
            die()
        deliveries = self._real.send(letters)
        if self._point == "taken":
            die()
        return deliveries

    def close(self) -> None:
        self._real.close()


def main(url: str, port: str, point: str, hours: str = "0") -> None:
    clock = FixedClock()
    clock.advance(hours=int(hours))
    store = open_store(url, KEYS, clock, ids=IdMaker(900, clock))
    server = ServerSettings(host="127.0.0.1", port=int(port), tls=Tls.NONE)
    transport = DyingTransport(SmtpTransport(lambda _: (server,), Password(), clock, timeout=5.0), point)
    desk = desk_with_mailbox()
    if point == "claimed":
        desk = replace(desk, letters=cast(Any, DeadlyLetters(desk.letters)))
    deliver(worker_context(store, KEYS, clock, desk=desk, transport=transport, pid=os.getpid()))
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
