"""How long originals and the audit trail are kept (DOMAIN 13)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """Months since it came here: ``mail`` for original mails, letters and files, ``log`` for lines of the audit trail
    that are not the history of a ticket or mail."""

    mail_months: int = 36
    log_months: int = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """How much was removed, or is due: original mails, original letters, files of letters and notes, log lines."""

    mails: int = 0
    letters: int = 0
    files: int = 0
    log: int = 0

    @property
    def total(self) -> int:
        return self.mails + self.letters + self.files + self.log


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalStep:
    """What one step took, and after which id the next one looks; None when all was looked at."""

    removed: int
    after: int | None


def months_before(instant: datetime, months: int) -> datetime:
    """The same day of an earlier month, or its last day."""
    year, month = divmod(instant.year * 12 + instant.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return instant.replace(year=year, month=month + 1, day=min(instant.day, last))
