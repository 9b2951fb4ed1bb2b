"""A mailbox with several folders in memory; conforms to ``huiying.flows.mailbox.MailboxConnection``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import SENT, ServerAction
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings
from tests.fakes.folder import MemoryFolder


class MemoryMailbox:
    """Folders by name, each a ``MemoryFolder``; ``sent`` names the one that the server marks. ``visits`` are those that
    were selected, in order."""

    def __init__(self, *names: str, sent: str = "") -> None:
        self.folders = {name: MemoryFolder(folder=name) for name in ("INBOX", *names)}
        self.sent = sent
        self.visits: list[str] = []
        self.certificate_until: datetime | None = None
        self.busy_s = self.last_announced = 0.0
        self._now = self.folders["INBOX"]
        self._is_sent = False

    @property
    def uidvalidity(self) -> int:
        return self._now.uidvalidity

    @property
    def uidnext(self) -> int:
        return self._now.uidnext

    def select(self, box: MailboxSettings) -> None:
        if box.folder not in self.folders:
            error = MailboxUnavailable("no such folder")
            error.code = "folder-missing"
            raise error
        self._now, self._is_sent = self.folders[box.folder], box.is_sent
        self.visits.append(box.folder)

    def sent_folder(self) -> str:
        return self.sent

    def uids_after(self, uid: int) -> tuple[int, ...]:
        return self._now.uids_after(uid)

    def uids_since(self, date_: datetime) -> tuple[int, ...]:
        return self._now.uids_since(date_)

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMail]:
        for mail in self._now.fetch(uids):
            yield replace(mail, source=SENT) if self._is_sent else mail

    def read_back(self, uid: int) -> bytes:
        return self._now.read_back(uid)

    def apply(self, actions: Sequence[ServerAction], move_to: str) -> tuple[int, ...]:
        return self._now.apply(actions, move_to)

    def wait(self, seconds: float) -> bool:
        return False

    def interrupt(self) -> None:
        """Nothing waits."""

    def break_off(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing is held."""
