"""One thread a mailbox: connects, keeps what is new in all its folders, waits in IDLE, reconciles, reconnects."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from core.domain.errors import Conflict, HuiyingError, MailboxUnavailable, Unavailable
from core.domain.people import LEASE_OF_MAILBOX
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.folders import can_select, read_sister, sisters
from huiying.flows.mailbox import MailboxConnection
from huiying.flows.receive import Watch, keep_new, receive
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
SISTERS_S = 30.0
"""How often the other folders are read: a connection waits in one of them, the first."""
TURN_S = 5.0
"""How long the other folders, or an archive, may keep the first folder waiting."""
STEP_S = 300.0
"""A command that is not answered within this is given up: a server that drips would keep it for ever."""
MANY = 500
"""From so many mails on the progress is told."""
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
        self._said, self._say_at = ("", ""), 0.0
        self._announced = self._told_of = 0.0
        self._reconcile_at = 0.0
        self._sisters_at = 0.0
        self._is_unread = False
        self._archives: dict[str, int] = {}

    def stop(self) -> None:
        """Ends this poller soon, whatever it waits for."""
        self._own_stop.set()
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def give_up_if_stuck(self) -> None:
        """Called from another thread now and then: breaks off a command that is not answered."""
        connection = self._connection
        if connection is not None and connection.busy_s > STEP_S:
            _log.warning("Mailbox %s: no answer for %d s; the connection is broken off.", self.box.name, STEP_S)
            connection.break_off()

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
        self._sisters_at = 0.0
        try:
            self._read_first(connection)
            others = self._folders(connection)
            trouble: MailboxUnavailable | None = None
            while not self._is_over():
                self._pause = FIRST_PAUSE_S
                if others and time.monotonic() >= self._sisters_at:
                    trouble = self._read_sisters(connection, others)
                if trouble or not self._is_unread:
                    self._say(f"error:{trouble.code}" if trouble else "ok")
                if self._is_unread:
                    self._read_first(connection)
                else:
                    self._wait_and_keep(connection)
                    self._reconcile(connection, others)
        finally:
            self._connection = None
            connection.close()

    def _read_first(self, connection: MailboxConnection) -> None:
        """The first folder for a turn; an archive takes many, and the other folders have theirs between."""
        turn = _Turn(self._is_over)
        told = partial(self._progress, self.box.folder)
        receive(self._ctx, self.box, connection, Watch(told=told, enough=turn.is_over))
        self._is_unread = turn.ended_it
        if not self._is_unread and not self._is_over():
            self._say("ok")
            self.ready.set()

    def _folders(self, connection: MailboxConnection) -> tuple[MailboxSettings, ...]:
        """The other folders; what is owed to folders that nobody reads any more is forgotten."""
        others = sisters(self.box, connection)
        read = [self.box.folder, *(sister.folder for sister in others)]
        with self._ctx.store.write() as tx:
            tx.ledger.forget_actions(self.box.name, read, self._ctx.now())
        return others

    def _read_sisters(
        self, connection: MailboxConnection, others: tuple[MailboxSettings, ...]
    ) -> MailboxUnavailable | None:
        """Each of them for its turn, however much it holds; then the first folder is selected again. What is wrong
        with one of them alone stops none of the others."""
        trouble: MailboxUnavailable | None = None
        unread = False
        for sister in others:
            turn = _Turn(self._is_over)
            told = partial(self._progress, sister.folder)
            _, error = read_sister(self._ctx, sister, connection, Watch(told=told, enough=turn.is_over))
            trouble, unread = trouble or error, unread or turn.ended_it
        connection.select(self.box)
        if not self._is_unread:
            # What came to the first folder meanwhile was told with its selection, and will not be announced again.
            keep_new(self._ctx, self.box, connection)
        self._sisters_at = time.monotonic() + (0.0 if unread else SISTERS_S)
        return trouble

    def _wait_and_keep(self, connection: MailboxConnection) -> None:
        """What the server is owed for new mails is done when the mailbox is quiet again, or after a while: the
        customer's letter goes first."""
        soon = max(0.0, self._sisters_at - time.monotonic()) if self._sisters_at else IDLE_S
        connection.wait(min(IDLE_S, soon))
        self._hear(connection)
        owed_since = time.monotonic()
        while keep_new(self._ctx, self.box, connection) and time.monotonic() < owed_since + LONGEST_OWED_S:
            if self._ended() or not connection.wait(QUIET_S):
                break
        receive(self._ctx, self.box, connection)

    def _reconcile(self, connection: MailboxConnection, others: tuple[MailboxSettings, ...]) -> None:
        """When its time has come; put off first, so that a comparison that fails does not fail at each connection."""
        if time.monotonic() < self._reconcile_at or self._ended():
            return
        self._reconcile_at = time.monotonic() + RECONCILE_S
        reconcile(self._ctx, self.box, connection, repair=True)
        for sister in others:
            if can_select(connection, sister) is None:
                reconcile(self._ctx, sister, connection, repair=True)
        if others:
            connection.select(self.box)

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

    def _progress(self, folder: str, done: int, of: int) -> None:
        """While an archive is read the health strip sees how far it is: of all that there was when it was begun, not
        of what this turn has before it."""
        whole = self._archives[folder] = max(of, self._archives.get(folder, 0))
        done += whole - of
        if done >= whole:
            del self._archives[folder]
        if whole >= MANY and time.monotonic() >= self._say_at - SAY_EVERY_S + TURN_S:
            self._say("ok", f"{done}/{whole}" if done < whole else "")

    def _hear(self, connection: MailboxConnection) -> None:
        """The last announcement is written down with the next report, for a mail waits for no commit of ours."""
        self._announced = connection.last_announced

    def _say(self, state: str, progress: str = "") -> None:
        """Reports a new state at once, an unchanged one now and then."""
        if (state, progress) == self._said and time.monotonic() < self._say_at:
            return
        announced = self._announced > self._told_of
        self._told_of = max(self._told_of, self._announced)
        with self._ctx.store.write() as tx:
            tx.workers.report(
                self.box.name,
                state,
                certificate_until=self._certificate,
                announced=announced,
                progress=progress,
            )
        self._said, self._say_at = (state, progress), time.monotonic() + SAY_EVERY_S

    def _is_over(self) -> bool:
        return self._ended() or not self._leased()

    def _ended(self) -> bool:
        return self._stop.is_set() or self._own_stop.is_set()


class _Turn:
    """A stretch of time for one folder; ``ended_it`` says that it was not enough."""

    def __init__(self, is_all_over: Callable[[], bool]) -> None:
        self._until = time.monotonic() + TURN_S
        self._is_all_over = is_all_over
        self.ended_it = False

    def is_over(self) -> bool:
        self.ended_it = time.monotonic() >= self._until
        return self.ended_it or self._is_all_over()
