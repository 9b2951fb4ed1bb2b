"""What keeping to the retention asks of the store. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.domain.retention import RemovalStep


class Retention(Protocol):
    """Each of these takes one short step through what came here earlier than ``before``, oldest first, from the id
    ``after`` on. With ``at`` None it only counts. Whatever belongs to an open ticket stays."""

    def mails(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        """Bytes of mails; not of one that waits, or that nobody has looked at yet."""
        ...

    def letters(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        """Composed bytes of letters that are no longer on their way."""
        ...

    def files(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        """Files of such letters and of internal notes."""
        ...

    def log(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        """Lines of the audit trail, but for the history of tickets and mails, on which figures stand."""
        ...

    def since(self, at: datetime) -> datetime:
        """When somebody first asked this: ``at``, if it is now."""
        ...

    def removed(self, id_: int) -> datetime | None:
        """When the original of that mail or letter was removed; None when it was not."""
        ...
