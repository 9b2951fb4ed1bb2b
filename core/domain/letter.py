"""Letters to customers: the intent filed with the ticket, the composed bytes and each delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.domain.mail import Address


class LetterKind(StrEnum):
    ACKNOWLEDGEMENT = "acknowledgement"
    PROGRESS = "progress"
    NOTICE = "notice"
    CARE = "care"
    AGENT = "agent"


class LetterState(StrEnum):
    """``held`` waits for a person; ``queued`` is due at ``not_before``; ``sending`` was
    marked before DATA and, found after a crash, is sent again with the same bytes; ``bounced`` was taken and came
    back. ``claimed`` and ``deferred`` are queued letters as they are shown: in a worker's hands, or tried before."""

    HELD = "held"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class LettersMode(StrEnum):
    """The switch of a mailbox, and that of all."""

    LIVE = "live"
    HOLD = "hold"
    OFF = "off"

    def within(self, all_of_them: LettersMode) -> LettersMode:
        """The stricter one holds."""
        return max(self, all_of_them, key=list(LettersMode).index)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterIntent:
    """What to send, frozen in the filing transaction; unique by (ticket, kind, occasion) (DESIGN 3.7).

    Composing is a pure function of this value and the bundle it names. ``variables`` are plain strings.
    ``message_id`` is final and signed, without angle brackets. ``in_reply_to`` is the customer's
    Message-ID (or empty) and ``references`` the chain, oldest first. ``because`` is why a HELD one waits, a code.
    """

    id: int
    ticket_id: int
    kind: LetterKind
    occasion: str
    template: str
    language: str
    bundle: str
    mailbox: str
    recipient: Address
    variables: Mapping[str, str] = field(default_factory=dict)
    date: datetime
    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    not_before: datetime
    promised: datetime | None = None
    state: LetterState = LetterState.QUEUED
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A composed letter: exact bytes and the envelope. ``sender`` '' is the null return path (RFC 3834)."""

    letter_id: int
    mailbox: str
    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A file that goes with an agent's letter."""

    name: str
    type: str
    data: bytes


class Outcome(StrEnum):
    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try to send a letter and the server's answer as proof; ``code`` is the SMTP code, 0 without one."""

    letter_id: int
    at: datetime
    outcome: Outcome
    code: int = 0
    answer: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What becomes of a letter after a try: ``next_try`` is when a QUEUED one leaves again (None: as soon as it may);
    ``clocks_due`` says that what it does to its ticket's clocks is still owed, and when that is made up."""

    delivery: Delivery
    state: LetterState
    next_try: datetime | None = None
    clocks_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimit:
    """What an outgoing account lets out in any minute; ``account`` is a digest of its server and user."""

    account: str
    per_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedLetter:
    """A letter that this worker may send now. ``data`` is set when it was composed before (a resend)."""

    intent: LetterIntent
    attempts: int
    resend: bool = False
    data: bytes | None = None
