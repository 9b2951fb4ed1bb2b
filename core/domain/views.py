"""Flat rows that pages and lists read; never a database object, never a whole table (DESIGN 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from core.domain.analysis import Analysis
from core.domain.appraisal import Appraisal
from core.domain.correction import Correction
from core.domain.decision import Decision, Facts
from core.domain.extension import Extension
from core.domain.key_date import KeyDate
from core.domain.letter import LetterKind
from core.domain.part import Part
from core.domain.promise import Promise
from core.domain.suggestion import Suggestion
from core.domain.ticket import Customer, Direction, Message, Ticket
from core.domain.timer import Timer
from core.domain.vote import Vote

Row = TypeVar("Row")

MOST_COUNTED = 1000
"""No count goes beyond this: it is shown as "1000+"."""
LOOKED_BACK = timedelta(days=14)
"""What came back or was given up longer ago is no trouble of today."""
MOST_ROWS = 200
"""The hard limit of one page."""


NOBODY = "-"
"""As ``QueueFilter.assignee``: tickets that nobody has claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What a list shows; '' means any. ``text`` searches numbers and words (masked text only); ``type_was`` are keys
    under which the type may be stored, too. What ``person`` has put off at ``now`` (稍后处理) is left out of the open
    tickets, unless ``text`` is looked for; with the state "snoozed" that alone is shown."""

    state: str = "open"
    type: str = ""
    urgency: str = ""
    mailbox: str = ""
    assignee: str = ""
    text: str = ""
    type_was: tuple[str, ...] = ()
    person: str = ""
    now: datetime | None = None


MOST_ON_BOARD = 10_000
"""So many open tickets are counted, the next due first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open tickets of one person ('' nobody): all, due by now, due later today, and by state."""

    assignee: str
    tickets: int
    overdue: int
    today: int
    states: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """看板: who has how much of the open tickets, the most first, and how many are urgent and complaints. ``whole``
    says no where more are open than are counted."""

    loads: tuple[Load, ...]
    urgent: int
    complaints: int
    whole: bool

    def sum_of(self, count: str) -> int:
        """``tickets``, ``overdue`` or ``today`` of all together."""
        return sum(getattr(load, count) for load in self.loads)

    def in_state(self, state: str) -> int:
        return sum(dict(load.states).get(state, 0) for load in self.loads)


Excerpt = tuple[tuple[str, bool], ...]
"""Pieces of a text in order, and whether each is what was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One ticket in 待办工单. ``snippet`` is the first line of the customer's own words, masked; ``excerpt`` where the
    words stand that were looked for. ``type_confidence`` is the model's for the shown value, None without one."""

    id: int
    number: str
    state: str
    subject: str
    snippet: str
    customer: str
    level: str
    received: datetime
    fields: tuple[tuple[str, str], ...]
    decided_by: tuple[tuple[str, str], ...]
    type_confidence: float | None
    accepted: bool
    next_due: datetime | None
    next_clock: str
    messages: int
    stub: bool
    confirmed: bool
    touched: int
    version: int
    gist: str = ""
    excerpt: Excerpt = ()
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Rows and the key of the next page ('' at the end): keyset paging, no offsets."""

    rows: tuple[Row, ...]
    next_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter in the outbox, without its bytes. ``answer`` is the server's last word, or the code of why it waits
    for a person or never leaves."""

    id: int
    ticket_id: int
    number: str
    kind: str
    state: str
    language: str
    subject: str
    recipient_masked: str
    message_id: str
    created: datetime
    not_before: datetime
    attempts: int
    sent: datetime | None
    code: int
    answer: str
    resends: int
    due: datetime | None = None
    mailbox: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMarkRow:
    """A marked address, masked; ``key`` is its digest, by which a page names it."""

    key: str
    masked: str
    mark: str
    at: datetime
    because: str
    letter_id: int
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A copy of a notice: in a user's inbox, or on its way by another channel. ``subject`` is what it is about
    (``ticket:7``), ``ticket_subject`` that ticket's subject line, ``answer`` the other side's word."""

    id: int
    event: str
    at: datetime
    subject: str
    number: str
    ticket_subject: str
    details: tuple[tuple[str, str], ...]
    channel: str
    person: str
    state: str
    due: datetime
    attempts: int
    code: int
    answer: str
    ended_at: datetime | None
    seen_at: datetime | None


SPAM = "spam"
"""The reason for silence that a person may take back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A raw mail's line in 来信轨迹 and in the quarantine. ``claims`` counts attempts; ``authentication`` is what our
    mail server found out about the sender; ``not_spam`` that a person said so, or that no
    machine wrote it; ``original_gone`` when its bytes were removed because they had been kept long enough."""

    id: int
    source: str
    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    sha256: str
    size: int
    arrived: datetime
    kept_at: datetime
    stage: str
    because: str
    claims: int
    filed_at: datetime | None
    ticket_id: int
    number: str
    verdict: str
    silent_because: str
    server_action: str
    server_done: bool
    subject: str
    sender_masked: str
    authentication: str
    not_spam: bool
    original_gone: datetime | None

    @property
    def is_spam(self) -> bool:
        """Whether nothing was made of it because it was taken for spam."""
        return self.silent_because.partition(":")[0] == SPAM and not self.ticket_id

    @property
    def is_automatic(self) -> bool:
        """Whether nothing was made of it because it was taken for a machine's."""
        return self.silent_because.startswith("automatic-") and not self.ticket_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A stored decision with the message it was made for; ``current`` marks the latest that was made on arrival. Those
    of later occasions hold only what they changed."""

    id: int
    message_id: int
    at: datetime
    decision: Decision
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedMail:
    """What a decision was made from, to make it again: the message (without its HTML), facts and suggestion.
    ``agents`` are the (field, value) pairs of the ticket that an agent has decided since."""

    id: int
    number: str
    message: Message
    facts: Facts
    suggestion: Suggestion
    agents: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLife:
    """What became of a ticket after its mail, as far as rules are asked about it then: what people wrote since
    (without HTML), what was decided, promised and corrected, and what the trail says of states and clocks."""

    ticket: Ticket
    replies: tuple[Message, ...]
    decisions: tuple[DecisionRow, ...]
    promises: tuple[Promise, ...]
    corrections: tuple[Correction, ...]
    audit: tuple[AuditRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedTicket:
    """A ticket that continues in another one, with what was said on it."""

    id: int
    number: str
    messages: tuple[Message, ...]
    letters: tuple[LetterRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDetail:
    """Everything about one ticket that its page and ``explain`` show."""

    ticket: Ticket
    customer: Customer | None
    messages: tuple[Message, ...]
    decisions: tuple[DecisionRow, ...]
    promises: tuple[Promise, ...]
    corrections: tuple[Correction, ...]
    letters: tuple[LetterRow, ...]
    ledger: tuple[LedgerRow, ...]
    audit: tuple[AuditRow, ...]
    linked: tuple[tuple[int, str], ...] = ()
    parts: tuple[Part, ...] = ()
    extensions: tuple[Extension, ...] = ()
    timers: tuple[Timer, ...] = ()
    votes: tuple[Vote, ...] = ()
    analysis: Analysis | None = None
    appraisals: tuple[Appraisal, ...] = ()
    key_dates: tuple[KeyDate, ...] = ()
    merged: tuple[MergedTicket, ...] = ()
    into: str = ""
    """The number of the ticket that this one was merged into."""

    @property
    def is_erased(self) -> bool:
        """Whether only its number and figures are left (个人信息删除): whatever was filed had a message."""
        return not self.messages

    @property
    def conversation(self) -> tuple[Message, ...]:
        """What was said here and on the tickets that were merged into this one, in order."""
        return tuple(sorted((*self.messages, *(m for one in self.merged for m in one.messages)), key=lambda m: m.id))

    @property
    def correspondence(self) -> tuple[LetterRow, ...]:
        """The letters of all of them."""
        return (*self.letters, *(letter for one in self.merged for letter in one.letters))

    @property
    def timeline(self) -> tuple[Message | LetterRow, ...]:
        """What was said, and between it the letters that no message shows, in the order in which it happened here."""
        shown = {one.message_id for one in self.conversation if one.direction is Direction.OUT}
        letters = (one for one in self.correspondence if one.kind != LetterKind.AGENT and one.message_id not in shown)
        return tuple(sorted((*self.conversation, *letters), key=lambda one: one.id))

    @property
    def decided(self) -> DecisionRow | None:
        """What was decided on arrival, with what rules have changed since and their hits."""
        current = next((row for row in self.decisions if row.current), None)
        later = [row.decision for row in self.decisions if current and not row.current and row.id > current.id]
        if current is None or not later:
            return current
        first = current.decision
        choices = {name: choice for one in (first, *later) for name, choice in one.choices.items()}
        hits = tuple(hit for one in (first, *later) for hit in one.hits)
        tags = tuple(dict.fromkeys(tag for one in (first, *later) for tag in one.tags))
        return replace(current, decision=replace(first, choices=choices, hits=hits, tags=tags))


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxFacts:
    """How the reading of one mailbox is. Seconds by the database's clock: since it last reported, since the server
    last announced mail, until its certificate ends; None where that is not known. ``holder`` is the process that reads
    it (host:pid), ``progress`` how much of an old mailbox is read."""

    mailbox: str
    state: str
    silent_s: float
    announced_s: float | None = None
    certificate_s: float | None = None
    holder: str = ""
    progress: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What is known of a mailbox's tokens: the endpoint's refusal, seconds until the refresh token ends."""

    mailbox: str
    trouble: str
    refresh_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledTypes:
    """(type, number of tickets) in a span of time, and when the oldest that was counted came."""

    counts: tuple[tuple[str, int], ...] = ()
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """What ``status`` and the health strip count; ages are in seconds by the database's clock.

    Counts stop at ``MOST_COUNTED``."""

    unfiled: int = 0
    oldest_unfiled_s: float = 0.0
    quarantined: int = 0
    shunted: int = 0
    letters_queued: int = 0
    letters_held: int = 0
    letters_failed: int = 0
    oldest_letter_s: float = 0.0
    letters_deferred: int = 0
    oldest_deferred_s: float = 0.0
    """Letters whose sending failed and is tried again, and how long the first of them has wanted to go."""
    letters_bounced: int = 0
    notices_failed: int = 0
    """Letters that came back and notices that were given up within ``LOOKED_BACK``, and nobody has seen to yet."""
    rules_failing: tuple[tuple[str, int], ...] = ()
    """(rule, mails on which it failed) of yesterday and today."""
    promises_overdue: int = 0
    clocks_waiting: int = 0
    clocks_waited_s: float = 0.0
    """Promises whose warning or update is due and not seen to yet: many after an outage."""
    server_actions_owed: int = 0
    open_tickets: int = 0
    mailboxes: tuple[tuple[str, str, float], ...] = ()
    """(mailbox, state, seconds since it last reported): state is ok, idle, connecting or error:CODE."""
    readers: tuple[MailboxFacts, ...] = ()
    outgoing: tuple[tuple[str, float], ...] = ()
    """(mailbox, seconds until the certificate of an outgoing server of its ends): of the one that ends first."""
    tokens: tuple[TokenFacts, ...] = ()
