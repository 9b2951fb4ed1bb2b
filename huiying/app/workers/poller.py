"""One thread a mailbox: connects, keeps what is new, waits in IDLE, reconciles hourly, reconnects with longer pause."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime

from core.domain.errors import Conflict, HuiyingError, Unavailable
from core.domain.people import LEASE_OF_MAILBOX
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.mailbox import MailboxConnection
from huiying.flows.receive import keep_new, receive
from huiying.flows.reconcile import reconcile

IDLE_S = 30.0
"""One round of IDLE; after it the mailbox is searched whether or not the server said anything: the safety net."""
QUIET_S = 0.3
LONGEST_OWED_S = 5.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
LEASE_S = 90.0
SAY_EVERY_S = 60.0
RECONCILE_S = 3600.0
"""How often the server's mails are compared with the ledger; the first time once the mailbox was read."""
PASSING = ("reconnect", "conflict")
"""Troubles that the next connection ends: no reason to alarm anybody, unless they go on."""
ALARMING_PAUSE_S = 4.0

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
        self._certificate: datetime | None = None
        self._pause = FIRST_PAUSE_S
        self._renew_at = 0.0
        self._said, self._say_at = "", 0.0
        self._reconcile_at = 0.0

    def stop(self) -> None:
        """Ends this poller soon, whatever it waits for."""
        self._own_stop.set()
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def run(self) -> None:
        """The thread's whole life."""
        while not self._ended():
            try:
                if self._leased():
                    self._serve()
                else:
                    self._own_stop.wait(2.0)
            except (Unavailable, Conflict) as error:
                self._report(error)
                self._own_stop.wait(self._pause * random.uniform(0.8, 1.2))  # noqa: S311  jitter, not a secret
                self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def _serve(self) -> None:
        self._say("connecting")
        connection = self._open(self.box)
        self._connection, self._certificate = connection, connection.certificate_until
        try:
            receive(self._ctx, self.box, connection)
            while not self._ended() and self._leased():
                self._pause = FIRST_PAUSE_S
                self._say("ok")
                self.ready.set()
                self._wait_and_keep(connection)
                self._reconcile(connection)
        finally:
            self._connection = None
            connection.close()

    def _wait_and_keep(self, connection: MailboxConnection) -> None:
        """What the server is owed for new mails is done when the mailbox is quiet again, or after a while: the
        customer's letter goes first."""
        connection.wait(IDLE_S)
        owed_since = time.monotonic()
        while keep_new(self._ctx, self.box, connection) and time.monotonic() < owed_since + LONGEST_OWED_S:
            if self._ended() or not connection.wait(QUIET_S):
                break
        receive(self._ctx, self.box, connection)

    def _reconcile(self, connection: MailboxConnection) -> None:
        """When its time has come; put off first, so that a comparison that fails does not fail at each connection."""
        if time.monotonic() >= self._reconcile_at and not self._ended():
            self._reconcile_at = time.monotonic() + RECONCILE_S
            reconcile(self._ctx, self.box, connection, repair=True)

    def _leased(self) -> bool:
        """One process reads a mailbox; another takes over when the lease runs out. It is renewed when a third of it
        has passed, so that an arriving mail waits for no commit of ours."""
        if not self._ctx.worker or time.monotonic() < self._renew_at:
            return True
        with self._ctx.store.write() as tx:
            held = tx.workers.lease(f"{LEASE_OF_MAILBOX}{self.box.name}", self._ctx.worker, LEASE_S)
        self._renew_at = time.monotonic() + LEASE_S / 3 if held else 0.0
        return held

    def _report(self, error: HuiyingError) -> None:
        passing = error.code in PASSING and self._pause < ALARMING_PAUSE_S
        text = "Mailbox %s: %s; connecting again."
        _log.log(logging.INFO if passing else logging.WARNING, text, self.box.name, error.message)
        try:
            self._say("connecting" if passing else f"error:{error.code}")
        except (Unavailable, Conflict):
            _log.warning("Mailbox %s: the database cannot be written either.", self.box.name)

    def _say(self, state: str) -> None:
        """Reports a new state at once, an unchanged one now and then."""
        if state == self._said and time.monotonic() < self._say_at:
            return
        with self._ctx.store.write() as tx:
            tx.workers.report(self.box.name, state, certificate_until=self._certificate)
        self._said, self._say_at = state, time.monotonic() + SAY_EVERY_S

    def _ended(self) -> bool:
        return self._stop.is_set() or self._own_stop.is_set()
