"""Everything that one transaction writes for one mail (DESIGN 3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.decision import Decision
from core.domain.ledger import Stage
from core.domain.letter import LetterIntent
from core.domain.mail import Address
from core.domain.promise import Promise
from core.domain.ticket import Customer, Message, Ticket


class VerdictKind(StrEnum):
    """Whose a mail is: a new ticket, a message of one, a stranger's linked ticket, a copy, or nobody's."""

    NEW = "new"
    JOINED = "joined"
    LINKED = "linked"
    COPY = "copy"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to "whose is it?" with its reason in words (a stable code, then details)."""

    kind: VerdictKind
    ticket_id: int = 0
    because: str


class ReferenceKind(StrEnum):
    """How a Message-ID came to a ticket: a mail that has it, one that named it, or a letter of ours."""

    IS = "is"
    NAMES = "names"
    OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    message_id: str
    kind: ReferenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit trail 操作日志: ids and codes only, never an address or a text.

    ``action`` is a stable dotted code such as ``ticket.correct``; ``subject`` what it was done to, such as
    ``ticket:123``; ``details`` short key/value pairs.
    """

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """By what a demand is found that comes again within minutes: ``scope`` is the sender's company domain or his
    address, ``text`` the smallest hashes of the pieces of what he wrote (bottom-k MinHash), ``orders`` the numbers
    that he named."""

    scope: str
    text: tuple[int, ...] = ()
    orders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NearTicket:
    """A recent ticket of the same scope."""

    ticket_id: int
    number: str
    customer_id: int
    text: tuple[int, ...]
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The rows of one mail. ``ticket`` is set for a new one; ``changed`` for one it joined (its version is
    the version it began from). ``message`` is None for a copy or a silent mail without a ticket. ``subject`` and
    ``sender_masked`` are what lists of mails show, contact data masked. ``because`` says why a mail is quarantined
    or shunted, ``trace`` is the traceback of our bug. ``copied`` are the people to whom the mail went beside us: they
    belong to the ticket from now on. ``authentication`` is what our mail server found out about the sender."""

    ledger_id: int
    claim: int
    stage: Stage = Stage.FILED
    verdict: Verdict
    customer: Customer | None = None
    ticket: Ticket | None = None
    changed: Ticket | None = None
    message: Message | None = None
    decision: Decision | None = None
    promises: tuple[Promise, ...] = ()
    letters: tuple[LetterIntent, ...] = ()
    references: tuple[Reference, ...] = ()
    silent_because: str = ""
    subject: str = ""
    sender_masked: str = ""
    because: str = ""
    trace: str = ""
    audit: tuple[AuditEntry, ...] = ()
    near: Near | None = None
    copied: tuple[Address, ...] = ()
    authentication: str = ""
