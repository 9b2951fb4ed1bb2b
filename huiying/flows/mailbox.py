"""What flows need of a mailbox; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.ledger import ServerAction
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings


class MailboxConnection(Protocol):
    """One IMAP connection to one mailbox, with one of its folders selected; raises ``MailboxUnavailable``, after which
    it is thrown away."""

    def select(self, box: MailboxSettings) -> None:
        """Goes to ``box.folder``. With the codes ``folder-missing`` and ``refused`` the connection can be used on, once
        another folder is selected."""
        ...

    def sent_folder(self) -> str:
        """The folder that the server marks as that of sent mail (RFC 6154), or one by a usual name; '' without."""
        ...

    @property
    def uidvalidity(self) -> int: ...

    @property
    def uidnext(self) -> int: ...

    @property
    def certificate_until(self) -> datetime | None:
        """When the server's certificate ends; None without TLS."""
        ...

    def uids_after(self, uid: int) -> tuple[int, ...]:
        """UIDs greater than ``uid``, ascending."""
        ...

    def uids_since(self, date_: datetime) -> tuple[int, ...]: ...

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMail]:
        """The mails that still exist, with exact bytes (BODY.PEEK[]); of those over the size limit the beginning."""
        ...

    def read_back(self, uid: int) -> bytes:
        """All bytes of one mail, whatever its size; b'' when it is gone."""
        ...

    def apply(self, actions: Sequence[ServerAction], move_to: str) -> tuple[int, ...]:
        """Flags, moves or deletes; the ledger ids for which it is done (or no longer possible: the UID is gone)."""
        ...

    def wait(self, seconds: float) -> bool:
        """IDLE (or a pause with NOOP): True when the server announced something. ``interrupt`` ends it early."""
        ...

    def interrupt(self) -> None: ...

    def break_off(self) -> None:
        """Ends whatever is under way, from another thread; the one that waits for it hears of a lost connection."""
        ...

    @property
    def busy_s(self) -> float:
        """For how many seconds the present command has not been answered; 0 without one."""
        ...

    @property
    def last_announced(self) -> float:
        """The monotonic instant at which the server last told of something by itself; 0 before."""
        ...

    def close(self) -> None: ...
