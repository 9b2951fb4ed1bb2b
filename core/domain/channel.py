"""The ways by which a demand comes in (DOMAIN 2), and what is brought in by one that is no mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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


BY_AGENT = tuple(one for one in Channel if one not in (Channel.EMAIL, Channel.PORTAL))
"""What an agent logs."""
SPOKEN = (Channel.PHONE, Channel.CHAT, Channel.VISIT, Channel.INTERVIEW)
"""Ways on which we answer while the customer is there."""
AT_ONCE, NEXT_DAY = timedelta(minutes=5), timedelta(hours=24)
LOGGED = tuple(one for one in Channel if one is not Channel.EMAIL)
"""What can be brought in without a mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtFile:
    """A file that came with a message."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What an agent logs with the customer's words: who the caller said he is, what was answered on the spot, and what
    follows. ``by`` is the agent's sign-in name; ``next`` is a kind of task."""

    by: str
    name: str = ""
    phone: str = ""
    company: str = ""
    outcome: str = ""
    said: str = ""
    next: str = ""
    team: str = ""
    todo: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtMessage:
    """What somebody said by another way than mail. ``key`` is the sender's own name for it: the same key again is the
    same message; ``keyed_by`` keeps the keys of programs apart. ``customer`` is None when nobody asked for an address;
    ``at`` is when it was said; ``ours`` says that it was we who called or came; ``call`` is kept and filed with it.
    ``split_from`` is the ticket on which it was said together with something else (拆分), 0 for all others."""

    key: str
    channel: Channel
    mailbox: str
    at: datetime
    text: str
    subject: str = ""
    name: str = ""
    customer: Address | None = None
    files: tuple[BroughtFile, ...] = ()
    ours: bool = False
    keyed_by: str = ""
    call: CallRecord | None = None
    split_from: int = 0

    @property
    def record_within(self) -> timedelta | None:
        """How soon it has to be on record: a call or chat at once, our own call-back or visit within a day."""
        if self.split_from:
            return None
        if self.channel is Channel.VISIT or (self.ours and self.channel in SPOKEN):
            return NEXT_DAY
        return AT_ONCE if self.channel in (Channel.PHONE, Channel.CHAT) else None
