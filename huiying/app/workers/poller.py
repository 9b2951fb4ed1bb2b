"""One thread a mailbox: connects, keeps what is new, waits in IDLE, and reconnects with growing pauses."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from core.domain.errors import HuiyingError, MailboxUnavailable, Unavailable
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.ports import MailboxConnection
from huiying.flows.receive import receive

IDLE_S = 30.0
"""One round of IDLE; after it the mailbox is searched whether or not the server said anything: the safety net."""
LONGEST_PAUSE_S = 60.0
LEASE_S = 90.0

_log = logging.getLogger("huiying.poller")

Open = Callable[[MailboxSettings], MailboxConnection]


class Poller:
    """Reads one mailbox until stopped. ``ready`` is set once the mailbox was read and the poller waits for news."""

    def __init__(self, ctx: Context, box: MailboxSettings, open_: Open, stop: threading.Event) -> None:
        self.box = box
        self.ready = threading.Event()
        self._ctx = ctx
        self._open = open_
        self._stop = stop
        self._own_stop = threading.Event()
        self._connection: MailboxConnection | None = None

    def stop(self) -> None:
        """Ends this poller soon, whatever it waits for."""
        self._own_stop.set()
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def run(self) -> None:
        """The thread's whole life."""
        pause = 0.5
        while not self._ended():
            if not self._leased():
                self._own_stop.wait(2.0)
                continue
            try:
                self._serve()
                pause = 0.5
            except Unavailable as error:
                self._report(error)
                self._own_stop.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311  jitter, not a secret
                pause = min(pause * 2, LONGEST_PAUSE_S)

    def _serve(self) -> None:
        self._say("connecting")
        connection = self._open(self.box)
        self._connection = connection
        try:
            while not self._ended() and self._leased():
                receive(self._ctx, self.box, connection)
                self._say("ok")
                self.ready.set()
                if not self._ended():
                    connection.wait(IDLE_S)
        finally:
            self._connection = None
            connection.close()

    def _leased(self) -> bool:
        """One process reads a mailbox; another takes over when the lease runs out."""
        if not self._ctx.worker:
            return True
        with self._ctx.store.write() as tx:
            return tx.workers.lease(f"mailbox:{self.box.name}", self._ctx.worker, LEASE_S)

    def _report(self, error: HuiyingError) -> None:
        split = isinstance(error, MailboxUnavailable) and error.code == "mailbox-split-line"
        text = "Mailbox %s: %s; connecting again."
        _log.log(logging.INFO if split else logging.WARNING, text, self.box.name, error.message)
        try:
            self._say(f"error:{error.code}")
        except Unavailable:
            _log.warning("Mailbox %s: the database cannot be reached either.", self.box.name)

    def _say(self, state: str) -> None:
        with self._ctx.store.write() as tx:
            tx.workers.report(self.box.name, state)

    def _ended(self) -> bool:
        return self._stop.is_set() or self._own_stop.is_set()
