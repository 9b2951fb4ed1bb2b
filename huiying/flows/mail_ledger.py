"""What flows need of the ledger: raw mails and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.ledger import LedgerEntry, ServerAction, Stage
from core.domain.mail import RawMail


class Ledger(Protocol):
    """Raw mails and what became of them."""

    def cursor(self, mailbox: str, folder: str, uidvalidity: int) -> int:
        """The highest UID below which every UID has a row; 0 at first."""
        ...

    def start_at(self, mailbox: str, folder: str, uidvalidity: int) -> int | None:
        """The first UID that is not old mail, as remembered at the first connect; None before it."""
        ...

    def set_start(self, mailbox: str, folder: str, uidvalidity: int, uid: int, cursor: int, at: datetime) -> None:
        """Remembers the first connect: mails from ``uid`` on are new; reading begins after ``cursor``."""
        ...

    def is_renumbered(self, mailbox: str, folder: str, uidvalidity: int) -> bool:
        """Whether that folder was read under another UIDVALIDITY before."""
        ...

    def first_connect(self, mailbox: str, folder: str) -> datetime | None:
        """When that folder was first connected, under whatever UIDVALIDITY; None before."""
        ...

    def known_uids(self, mailbox: str, folder: str, uidvalidity: int, uids: Collection[int]) -> frozenset[int]: ...

    def stages(self, mailbox: str, folder: str, uidvalidity: int, first: int, last: int) -> Mapping[int, Stage]:
        """The stage of each UID from ``first`` to ``last`` that has a row."""
        ...

    def id_of(self, mailbox: str, folder: str, uidvalidity: int, uid: int) -> int:
        """The row of that UID; 0 when it has none."""
        ...

    def lowest_uid(self, mailbox: str, folder: str, uidvalidity: int) -> int:
        """The lowest UID that has a row; 0 when none has."""
        ...

    def keep(
        self, mails: Sequence[RawMail], at: datetime, *, old_before_uid: int, after: str, renumbered: bool = False
    ) -> tuple[int, ...]:
        """Stores bytes and ledger rows; UIDs (or, without UIDs, hashes) that have a row are skipped. The ids of
        the new rows. ``after`` is an ``AfterFiling`` value: the action that the server is owed. In a folder that was
        ``renumbered`` a mail that is here already keeps its row, with its new numbers."""
        ...

    def note(
        self, mailbox: str, folder: str, uidvalidity: int, uid: int, stage: Stage, because: str, at: datetime
    ) -> None:
        """A row for a UID whose bytes we do not have (vanished, unfetchable); attempts + 1 if it has one."""
        ...

    def unfetched(self, mailbox: str, folder: str, uidvalidity: int) -> tuple[tuple[int, int, datetime], ...]:
        """(UID, attempts, first attempt) of the UNFETCHABLE rows, by UID."""
        ...

    def advance(self, mailbox: str, folder: str, uidvalidity: int, cursor: int) -> None:
        """Moves the cursor forward (never back); the caller has a row for every UID at or below it."""
        ...

    def claim(self, worker: int, limit: int) -> tuple[LedgerEntry, ...]:
        """Claims the oldest unclaimed KEPT rows for ``worker``, those of an archive last, attempts + 1 (a step of its
        own: commit before the work). A row that was claimed before comes alone, as the only one of its batch, and after
        those of its time that never were: whatever killed its worker holds nobody up."""
        ...

    def unclaim(self, ids: Sequence[int], *, forgive: bool, worker: int | None = None) -> None:
        """Gives claimed rows back, with ``worker`` only those that it still holds; ``forgive`` takes the attempt
        back too (nothing was tried)."""
        ...

    def release(self, worker: int) -> int:
        """Gives back whatever ``worker`` still has claimed, attempts taken back too: for a worker that found the
        database gone and begins again. How many."""
        ...

    def raw(self, ledger_id: int) -> bytes: ...

    def raws(self, ledger_ids: Sequence[int]) -> dict[int, bytes]:
        """Of several mails at once; one that is missing or damaged raises for all."""
        ...

    def entry(self, ledger_id: int) -> LedgerEntry | None: ...

    def replace_bytes(self, ledger_id: int, data: bytes) -> None:
        """The whole mail in place of its beginning. ``NotFound`` when there are no bytes."""
        ...

    def clear_spam(self, ledger_id: int) -> bool:
        """A mail taken for spam waits again, and nothing takes it for that any more; False when it was not spam.
        ``NotFound`` when there are no bytes."""
        ...

    def requeue(self, ledger_id: int, at: datetime) -> None:
        """For replay: back to KEPT with no attempts; keeps the ticket it already has as ``replay_of``."""
        ...

    def set_stage(self, ledger_id: int, stage: Stage, because: str, trace: str = "") -> None:
        """Marks a row SHUNTED or QUARANTINED outside a filing; the last resort when even a stub cannot be filed."""
        ...

    def server_actions(self, mailbox: str, limit: int, folder: str = "") -> tuple[ServerAction, ...]:
        """Actions owed to the server for rows whose mail is stored and committed, of one folder or of all."""
        ...

    def forget_actions(self, mailbox: str, folders: Collection[str], at: datetime) -> int:
        """Nothing is owed any more for folders other than these: nobody reads them. How many were."""
        ...

    def server_verified(self, ids: Sequence[int]) -> None: ...

    def server_done(self, ids: Sequence[int], at: datetime) -> None: ...
