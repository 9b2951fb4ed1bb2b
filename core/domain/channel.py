"""The ways by which a demand comes in (DOMAIN 2), and what is brought in by one that is no mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.mail import Address


class Channel(StrEnum):
    """Mail and portal come by themselves; the others are logged by an agent. The value is the row's source."""

    EMAIL = "email"
    PORTAL = "portal"
    CHAT = "chat"
    PHONE = "phone"
    VISIT = "visit"
    SOCIAL = "social"
    PLATFORM = "platform"
    REVIEW = "review"
    QUESTIONNAIRE = "questionnaire"
    INTERVIEW = "interview"


LOGGED = tuple(one for one in Channel if one is not Channel.EMAIL)
"""What can be brought in without a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtFile:
    """A file that came with a message."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtMessage:
    """What somebody said by another way than mail. ``key`` is the sender's own name for it: the same key again is the
    same message. ``customer`` is None when nobody asked for an address; ``at`` is when it was said."""

    key: str
    channel: Channel
    mailbox: str
    at: datetime
    text: str
    subject: str = ""
    name: str = ""
    customer: Address | None = None
    files: tuple[BroughtFile, ...] = ()
