"""稍后处理: a ticket that an agent does not want to see in his queue before a certain hour. Clocks run on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """Of one person (a user's name): nobody else's queue changes. It ends at ``until``, or as soon as anything happens
    on the ticket, whose ``version`` is no longer the one that he saw then."""

    person: str
    ticket_id: int
    until: datetime
    version: int
