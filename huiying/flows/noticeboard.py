"""What flows need of notices to people; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.domain.notice import ClaimedCopy, CopyState, Notice, NoticeCopy
from core.domain.views import NoticeRow, Page


class Notices(Protocol):
    """Notices and their copies: one for each person and channel."""

    def add(self, notices: Sequence[Notice]) -> None:
        """Writes notices in the event's transaction; one whose ``key`` is known is left out."""
        ...

    def known(self, key: str) -> bool:
        """Whether a notice of that key was written: whoever says it all the time need not write each time."""
        ...

    def pending(self, now: datetime) -> bool:
        """Whether there is anything to spread or to send now: a look that locks nothing."""
        ...

    def unspread(self, limit: int) -> tuple[Notice, ...]:
        """Notices for which nobody was found yet, oldest first; locked until the end of the transaction."""
        ...

    def spread(self, notices: Sequence[Notice], copies: Sequence[NoticeCopy], at: datetime) -> None:
        """Files the copies of those notices and marks them as spread."""
        ...

    def claim(self, worker: int, now: datetime, limit: int) -> tuple[ClaimedCopy, ...]:
        """Claims queued copies that are due, attempts + 1: a step of its own, committed before the work."""
        ...

    def complete(
        self,
        copy_id: int,
        worker: int,
        state: CopyState,
        at: datetime,
        *,
        code: int = 0,
        answer: str = "",
        next_try: datetime | None = None,
        uncertain: bool = False,
    ) -> bool:
        """Ends the claim WHERE claim = worker with the answer as proof; False when it was no longer ours."""
        ...

    def release(self, worker: int) -> int:
        """As ``Ledger.release``, for copies."""
        ...

    def again(self, copy_id: int, at: datetime) -> bool:
        """A person's word: a FAILED copy is tried again."""
        ...

    def inbox(self, person: str, key: str, limit: int, *, unseen: bool = False) -> Page[NoticeRow]:
        """What the console shows a user, newest first."""
        ...

    def sent(self, state: str, key: str, limit: int) -> Page[NoticeRow]:
        """Copies that left or are to leave by another channel than the console, newest first."""
        ...

    def mine(self, person: str, copy_id: int) -> NoticeRow | None:
        """That copy, if it is in that user's inbox."""
        ...

    def unseen(self, person: str) -> int:
        """At most ``MOST_COUNTED``."""
        ...

    def see(self, person: str, ids: Sequence[int], at: datetime) -> int:
        """Marks copies of that user as seen, all of them without ids; how many."""
        ...

    def see_ticket(self, person: str, ticket_id: int, at: datetime) -> int:
        """Marks what that user was told about a ticket as seen: whoever looks at it knows."""
        ...
