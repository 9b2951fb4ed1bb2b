"""Who has a ticket open on a page just now, and whether he is writing an answer (碰撞提醒)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """One page: ``page`` is a number that it made up for itself, ``person`` the user's name and ``display`` how he is
    called. ``since`` is when it opened, ``writing`` since when an answer is being written on it. It counts up to
    ``until`` unless the page says again that it is there."""

    person: str
    page: int
    ticket_id: int
    since: datetime
    until: datetime
    writing: datetime | None = None
    display: str = ""
