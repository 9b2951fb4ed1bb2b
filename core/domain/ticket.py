"""A ticket 工单 and the messages on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.domain.mail import Address, Attachment, Automatic
from core.domain.protection import Protection, protections, without_protections
from core.domain.said import NOTHING_SAID, Said


class State(StrEnum):
    """The states of DOMAIN 5, in the order of a ticket's life."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_INTERNAL = "waiting_internal"
    ON_HOLD = "on_hold"
    SECOND_TREATMENT = "second_treatment"
    RESOLVED = "resolved"
    CLOSED = "closed"
    ARCHIVED = "archived"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


SERIES = "tickets"
"""The row that every filing locks first, so that no two filings look up at the same time."""
HISTORY_SERIES = "H"
"""How the numbers of imported cases begin: H000001 and so on."""

OPEN_STATES = (
    State.NEW,
    State.OPEN,
    State.WAITING_CUSTOMER,
    State.WAITING_INTERNAL,
    State.ON_HOLD,
    State.SECOND_TREATMENT,
)
FINAL_STATES = (State.CLOSED, State.ARCHIVED, State.MERGED, State.WITHDRAWN, State.INVALID)
"""Nothing more is owed in these."""
SPAM_TAG = "垃圾邮件"
"""The tag of a ticket that a person called spam."""

SPLIT_OFF = "split"
"""How the reason of a ticket that was split from another one begins; that one's number follows."""


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


FORMS_OF_ADDRESS = ("先生", "女士")
"""Mr and Ms: what an agent knows of a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who asks. ``address`` is encrypted at rest and found by its HMAC, ``phone`` is encrypted too; ``level`` is VIP,
    普通 or 潜在, ``form`` one of ``FORMS_OF_ADDRESS`` or empty: it is never guessed (DOMAIN 2). ``manager`` is the user
    who is his account manager 客户经理: what he asks is his manager's ticket. ``prefers`` is how he likes to be reached
    (偏好沟通方式), ``consent`` the day on which he agreed to be sent content (资料订阅同意), such as 2026-11-28.
    ``merged_into`` is the customer who he is, too: another address of the same person, of whom all of
    this is known."""

    id: int
    name: str = ""
    address: Address | None = None
    level: str = "普通"
    tags: tuple[str, ...] = ()
    company: str = ""
    language: str = "und"
    industry: str = ""
    form: str = ""
    phone: str = ""
    manager: str = ""
    prefers: str = ""
    consent: str = ""
    merged_into: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One demand. ``fields`` holds the decided values and ``decided_by`` who decided each (a ``By`` value).

    ``version`` grows by one with each change; a change names the version it began from.
    ``next_due`` and ``next_clock`` mirror the earliest running promise. ``stub`` marks a ticket made
    for a mail that could not be parsed. ``confirmed`` says whether an agent has looked at the suggestion.
    ``resolved`` and ``closed`` are when the result went out and when it ended, as long as that stands; ``verified_by``
    is who has checked the result inside (结果验证). ``gist`` is the one-line distillation 提炼, ``gist_by`` the agent
    who wrote it; empty as long as it is the proposed one. ``maybe_copy_of`` is a ticket that may hold the same demand
    (可能重复), ``copy_because`` says why.
    """

    id: int
    number: str
    version: int = 1
    state: State = State.NEW
    subject: str = ""
    customer_id: int = 0
    mailbox: str = ""
    channel: str = "email"
    language: str = "und"
    received: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    decided_by: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    next_due: datetime | None = None
    next_clock: str = ""
    linked_to: int = 0
    linked_because: str = ""
    stub: bool = False
    confirmed: bool = False
    assignee: str = ""
    first_response: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None
    verified_by: str = ""
    gist: str = ""
    gist_by: str = ""
    maybe_copy_of: int = 0
    copy_because: str = ""

    @property
    def follows(self) -> bool:
        """Whether a person or a rule linked it to a main ticket (关联): not merged, and not a mail that named another
        ticket."""
        by_choice = self.linked_because.startswith(("linked: by ", "linked: rule "))
        return bool(self.linked_to) and by_choice and self.state is not State.MERGED

    @property
    def split_from(self) -> str:
        """The number of the ticket that it was split from (拆分); empty for nearly all."""
        how, _, number = self.linked_because.partition(": ")
        return number if how == SPLIT_OFF and self.linked_to else ""

    @property
    def is_spam(self) -> bool:
        """Whether a person called it spam, as long as that stands."""
        return self.state is State.INVALID and SPAM_TAG in self.tags

    @property
    def is_history(self) -> bool:
        """Whether it is an imported case."""
        return self.number.startswith(HISTORY_SERIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing said on a ticket. ``ledger_id`` points to the raw mail, 0 when there is none.

    ``subject``, ``text`` and ``reply`` are masked before they are stored; ``verdict`` says in words
    why the mail came to this ticket, ``silent_because`` why no letter answered it.
    """

    id: int
    ticket_id: int
    ledger_id: int = 0
    direction: Direction = Direction.IN
    at: datetime
    message_id: str = ""
    sender: Address | None = None
    recipients: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    reply: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    language: str = "und"
    automatic: Automatic | None = None
    content_key: str = ""
    defects: tuple[str, ...] = ()
    verdict: str = ""
    silent_because: str = ""
    said: Said = NOTHING_SAID

    @property
    def protection(self) -> tuple[Protection, ...]:
        """How the mail is signed or encrypted; empty for nearly all."""
        return protections(self.defects)

    @property
    def real_defects(self) -> tuple[str, ...]:
        """What was wrong with the mail."""
        return without_protections(self.defects)
