"""A folder of a mail server in memory; conforms to ``huiying.flows.ports.MailboxConnection``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import ServerAction
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings


class MemoryFolder:
    """Mails by UID, each with its INTERNALDATE. A FETCH that names a UID in ``broken`` fails as a whole, as on a
    real server; of one over ``largest`` bytes it gives the ``beginning``. ``settled`` collects the actions that were
    done."""

    def __init__(self, uidvalidity: int = 1, *, mailbox: str = "service", folder: str = "INBOX") -> None:
        self.uidvalidity = uidvalidity
        self.mails: dict[int, tuple[datetime, bytes]] = {}
        self.broken: set[int] = set()
        self.certificate_until: datetime | None = None
        self.settled: list[ServerAction] = []
        self.busy_s = self.last_announced = 0.0
        self.largest = 50 << 20
        self.beginning = 256 << 10
        self._mailbox, self._folder = mailbox, folder

    @property
    def uidnext(self) -> int:
        return max(self.mails, default=0) + 1

    def arrive(self, data: bytes, at: datetime) -> int:
        uid = self.uidnext
        self.mails[uid] = (at, data)
        return uid

    def uids_after(self, uid: int) -> tuple[int, ...]:
        return tuple(one for one in sorted(self.mails) if one > uid)

    def uids_since(self, date_: datetime) -> tuple[int, ...]:
        return tuple(uid for uid, (at, _) in sorted(self.mails.items()) if at >= date_)

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMail]:
        if self.broken & set(uids):
            raise MailboxUnavailable("NO [SERVERBUG] internal error")
        for uid in uids:
            if uid in self.mails:
                at, data = self.mails[uid]
                whole = len(data) if len(data) > self.largest else 0
                yield RawMail(
                    source="imap",
                    mailbox=self._mailbox,
                    folder=self._folder,
                    uidvalidity=self.uidvalidity,
                    uid=uid,
                    arrived=at,
                    data=data[: self.beginning] if whole else data,
                    whole=whole,
                )

    def select(self, box: MailboxSettings) -> None:
        """There is one folder only."""
        if box.folder != self._folder:
            error = MailboxUnavailable("no such folder")
            error.code = "folder-missing"
            raise error

    def sent_folder(self) -> str:
        return ""

    def read_back(self, uid: int) -> bytes:
        return self.mails[uid][1] if uid in self.mails else b""

    def apply(self, actions: Sequence[ServerAction], move_to: str) -> tuple[int, ...]:
        self.settled += actions
        return tuple(action.ledger_id for action in actions)

    def wait(self, seconds: float) -> bool:
        return False

    def interrupt(self) -> None:
        """Nothing waits."""

    def break_off(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing is held."""
