"""Notices to people of the desk: what happened, who is told, by which channel and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from core.domain.letter import Outcome


class NoticeEvent(StrEnum):
    """What somebody of the desk is told about."""

    WARNED = "promise.warned"
    OVERDUE = "promise.overdue"
    ESCALATED = "promise.escalated"
    ASKED = "update.asked"
    GRAVE = "ticket.grave"
    VIP = "ticket.vip"
    URGED = "ticket.urged"
    SURGE = "ticket.surge"
    RESUMED = "ticket.resumed"
    SECOND = "ticket.second-treatment"
    EXTENSION = "extension.asked"
    TASK = "task.overdue"
    GIFT = "task.asked"
    RULE = "rule.notify"
    REVIEW = "rules.review"
    HELD = "letter.held"
    FAILED = "letter.failed"
    BOUNCED = "letter.bounced"
    QUARANTINED = "mail.quarantined"
    SHUNTED = "mail.shunted"


class Audience(StrEnum):
    """Whom a notice is for, beside ``@NAME`` (one user) and ``#CHANNEL`` (a channel of a group)."""

    OWNER = "owner"
    TEAM = "team"
    LEAD = "lead"
    ADMIN = "admin"


class ChannelKind(StrEnum):
    """How a channel reaches people; the first two reach one person, the others a group."""

    CONSOLE = "console"
    MAIL = "mail"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


PERSONAL = (ChannelKind.CONSOLE, ChannelKind.MAIL)


class CopyState(StrEnum):
    """``queued`` goes when it is due; ``failed`` was given up and is shown; ``dropped``: what it
    told of was over before it left."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event that people are told of, written in the event's own transaction; once for each ``key``.

    ``subject`` is what it is about, such as ``ticket:123``; ``details`` are short codes and names, never an address or
    a customer's text. ``to`` are audiences; empty means whom ``notify.yaml`` names for the event."""

    id: int
    event: NoticeEvent
    key: str
    at: datetime
    subject: str
    ticket_id: int = 0
    details: tuple[tuple[str, str], ...] = ()
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCopy:
    """A notice on its way to one person, or to a group (``person`` is empty), by one channel."""

    id: int
    notice_id: int
    channel: str
    person: str = ""
    due: datetime
    state: CopyState = CopyState.QUEUED


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedCopy:
    """A copy that one worker may send now. ``resend``: an earlier try may have arrived."""

    copy: NoticeCopy
    notice: Notice
    attempts: int
    resend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A stretch of the day in which nobody is disturbed; it may span midnight."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChannel:
    """A way to reach people. The address of a hook is a secret as often as not, so it may stand in the environment
    or a file; ``secret_env`` names the key that signs a webhook's body."""

    name: str
    kind: ChannelKind
    mailbox: str = ""
    url: str = ""
    url_env: str = ""
    url_file: str = ""
    secret_env: str = ""
    language: str = "zh-CN"
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePerson:
    """How one user is reached: ``by`` limits the channels, ``quiet`` is the user's own time of rest."""

    name: str
    mail: str = ""
    by: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRoute:
    """Who gets an event, by which channels; ``at_once`` disregards quiet hours."""

    to: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """``config/notify.yaml``, with what is built in where it is silent. ``console`` is the address at which people
    reach the console: links in notices begin with it."""

    channels: Mapping[str, NoticeChannel] = field(default_factory=dict)
    people: Mapping[str, NoticePerson] = field(default_factory=dict)
    routes: Mapping[NoticeEvent, NoticeRoute] = field(default_factory=dict)
    quiet: Quiet | None = None
    console: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookMessage:
    """What a channel of a group is told: ``id`` stays the same when it is told again; ``body`` is for machines."""

    id: str
    at: datetime
    title: str
    text: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAnswer:
    """What became of it: only the transient is tried again."""

    outcome: Outcome
    code: int = 0
    text: str = ""
