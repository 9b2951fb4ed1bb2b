"""Looks at the certificates of the outgoing servers once a day, so that somebody hears before letters stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from core.domain.errors import Conflict, HuiyingError, Unavailable
from core.domain.settings import MailboxSettings, ServerSettings, Tls
from huiying.flows.context import Context

LOOK_S = 5.0
EVERY, AGAIN = timedelta(days=1), timedelta(hours=1)
"""After a look, and after one that failed or found what has ended."""
LEASE, LEASE_S = "certificate-out:", 23 * 3600.0

Look = Callable[[ServerSettings], datetime | None]
_log = logging.getLogger("huiying.outgoing")


class OutgoingLook:
    """Of several processes that deliver, one looks. ``look`` may take as long as the network does."""

    def __init__(self, ctx: Context, look: Look) -> None:
        self._ctx = ctx
        self._look = look
        self._next: dict[MailboxSettings, datetime] = {}

    def run(self, stop: threading.Event) -> None:
        """The thread's whole life."""
        while not stop.wait(LOOK_S):
            try:
                self.look()
            except (Unavailable, Conflict) as error:
                _log.warning("Looking at certificates waits: %s", error.message)
            except Exception:  # noqa: BLE001  whatever a server says there, letters leave without this
                _log.exception("A certificate could not be looked at.")

    def look(self) -> int:
        """Looks at those mailboxes whose time has come; at how many."""
        now = self._ctx.now()
        due = [box for box in self._ctx.desk().mailboxes if self._next.get(box, now) <= now]
        return sum(self._looked_at(box, now) for box in due)

    def _looked_at(self, box: MailboxSettings, now: datetime) -> bool:
        self._next[box] = now + AGAIN
        with self._ctx.store.write() as tx:
            if not tx.workers.lease(LEASE + box.name, self._ctx.worker, LEASE_S):
                return False
        until = self._first_end(box)
        if until is not None or all(server.tls is Tls.NONE for server in box.accounts):
            with self._ctx.store.write() as tx:
                tx.workers.certificate_out(box.name, until)
        if until is not None and until > now:
            self._next[box] = now + EVERY
        return True

    def _first_end(self, box: MailboxSettings) -> datetime | None:
        """What ends first; a server that cannot be asked says nothing, and letters say that it is away."""
        ends: list[datetime] = []
        for server in box.accounts:
            try:
                until = self._look(server)
            except HuiyingError as error:
                _log.info("The certificate of %s's outgoing server is not known: %s", box.name, error.code)
                until = None
            if until is not None:
                ends.append(until)
        return min(ends, default=None)
