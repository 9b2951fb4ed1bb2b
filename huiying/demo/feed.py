"""Decides the pace at which sample mails arrive: a few at once, the rest over the first minute."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from huiying.demo.samples import SampleMail
from huiying.demo.smtp import TakesMail

_log = logging.getLogger("huiying.demo")


class Feeder:
    """Puts sample mails into a mailbox, paced in a thread of its own or all at once.

    ``run`` marks this run's Message-IDs. ``speed`` 2.0 halves every pause. ``on_mail`` hears of each delivery.
    """

    def __init__(
        self,
        mailbox: TakesMail,
        mails: Sequence[SampleMail],
        *,
        now: Callable[[], datetime],
        run: str,
        speed: float = 1.0,
        on_mail: Callable[[SampleMail], None] | None = None,
    ) -> None:
        self._mailbox = mailbox
        self._mails = sorted(mails, key=lambda mail: mail.at)
        self._now = now
        self._run = run
        self._speed = speed
        self._on_mail = on_mail
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._delivered = 0
        self._dates: dict[str, datetime] = {}

    @property
    def delivered(self) -> int:
        return self._delivered

    @property
    def total(self) -> int:
        return len(self._mails)

    @property
    def done(self) -> bool:
        return self._delivered == len(self._mails)

    def start(self) -> None:
        """Begins to deliver in a thread of its own."""
        self._thread = threading.Thread(target=self._deliver_paced, name="demo-feed", daemon=True)
        self._thread.start()

    def deliver_all(self) -> int:
        """Delivers everything now; how many mails that were."""
        for mail in self._mails:
            self._deliver(mail)
        return len(self._mails)

    def stop(self, seconds: float = 5.0) -> None:
        """Delivers nothing more and waits for the thread; harmless when nothing runs."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def wait(self, seconds: float) -> bool:
        """Waits for the last mail; whether all were delivered."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self.done

    def _deliver_paced(self) -> None:
        passed = 0.0
        for mail in self._mails:
            pause, passed = mail.at - passed, mail.at
            if self._stop.wait(max(0.0, pause / self._speed)):
                return
            try:
                self._deliver(mail)
            except RuntimeError:  # the mailbox was closed first: the demo is ending
                _log.debug("The mailbox was closed with sample mails left.")
                return

    def _deliver(self, mail: SampleMail) -> None:
        now = self._now()
        # A copy is the same mail once more: its Date is the first one's.
        written = self._dates.get(mail.root, now) if mail.expect == "copy" else now
        self._dates[mail.file] = written
        self._mailbox.append(mail.on_delivery(written, self._run), when=now)
        self._delivered += 1
        if self._on_mail is not None:
            self._on_mail(mail)
