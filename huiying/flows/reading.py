"""What pages and commands read: flat frozen rows, page by page, with a hard limit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.report import Selection, Span, TalliedTicket, Tally, TicketSet
from core.domain.sheet import SheetCase
from core.domain.views import (
    MOST_COUNTED,
    AuditRow,
    Board,
    DecidedMail,
    FiledTypes,
    HealthFacts,
    LedgerRow,
    LetterRow,
    Page,
    QueueFilter,
    QueueRow,
    TicketDetail,
    TicketLife,
)


class Views(Protocol):
    """What pages and lists read: flat frozen rows, keyset paging, hard limits."""

    def queue(self, which: QueueFilter, key: str, limit: int) -> Page[QueueRow]:
        """Ordered by next due time, tickets without one last; ``key`` is a previous page's ``next_key``."""
        ...

    def queue_row(self, ticket_id: int) -> QueueRow | None: ...

    def queue_count(self, which: QueueFilter, most: int = MOST_COUNTED) -> int:
        """At most ``most``."""
        ...

    def board(self, now: datetime, day_end: datetime, urgent: Collection[str], complaints: Collection[str]) -> Board:
        """``urgent`` and ``complaints`` are the keys under which those values are stored; ``MOST_ON_BOARD`` tickets
        are counted."""
        ...

    def ticket(self, number: str) -> TicketDetail | None: ...

    def decided_count(self, since: datetime, until: datetime) -> int:
        """How many decisions were made on arrivals in that time; of one message only the last counts."""
        ...

    def decided_ids(self, since: datetime, until: datetime, after: int, limit: int) -> tuple[int, ...]:
        """Their ids, oldest first, beyond that id."""
        ...

    def decided(self, ids: Sequence[int]) -> tuple[DecidedMail, ...]:
        """Those decisions with what they were made from, in the order of their ids."""
        ...

    def lives(self, mails: Sequence[DecidedMail]) -> tuple[TicketLife, ...]:
        """What became of these mails' tickets, each once."""
        ...

    def changed_since(self, touched: int, limit: int) -> tuple[tuple[int, int], ...]:
        """(touched, ticket id) of tickets touched after that mark, in order; for live pages."""
        ...

    def last_touched(self) -> int: ...

    def letters(self, state: str, key: str, limit: int) -> Page[LetterRow]: ...

    def letter(self, letter_id: int) -> LetterRow | None: ...

    def quarantine(self, key: str, limit: int) -> Page[LedgerRow]:
        """Quarantined and shunted mails, newest first."""
        ...

    def ledger_row(self, ledger_id: int) -> LedgerRow | None: ...

    def spam(self, key: str, limit: int) -> Page[LedgerRow]:
        """Mails of which nothing was made because they were taken for spam, the newest first."""
        ...

    def spam_tickets(self, key: str, limit: int) -> Page[QueueRow]:
        """Tickets that a person called spam, the last one written to first."""
        ...

    def silent(self, key: str, limit: int) -> Page[LedgerRow]:
        """Filed mails that got no letter, with the reason, newest first."""
        ...

    def audit(self, subject: str, key: str, limit: int) -> Page[AuditRow]: ...

    def health(self) -> HealthFacts: ...

    def filed_types(self, since: datetime, before: datetime) -> FiledTypes:
        """The newest tickets between two instants by type, at most ``MOST_COUNTED`` of them."""
        ...

    def filed_numbers(self, type_: str, since: datetime, before: datetime, limit: int) -> tuple[str, ...]:
        """The numbers of the open tickets of that type between two instants, the earliest first."""
        ...

    def tally(self, which: TicketSet, span: Span, by: Sequence[str], parts: Sequence[str] = ()) -> tuple[Tally, ...]:
        """How many of a set have the same values of ``by``, and the sums of ``parts``; without merged, withdrawn and
        invalid tickets and imported cases."""
        ...

    def middle_seconds(self, span: Span, by: str = "") -> Mapping[str, float]:
        """The median of the seconds until the first response for each value of ``by``, or under '' of all."""
        ...

    def tallied(self, selection: Selection, span: Span, key: str, limit: int) -> Page[TalliedTicket]:
        """The tickets behind a figure, the newest first."""
        ...

    def cases(self, since: datetime | None, before: datetime | None, after: int, limit: int) -> tuple[SheetCase, ...]:
        """Tickets received from then until before then, as they were filed, beyond that ticket's id; without spam."""
        ...

    def totals(self) -> Mapping[str, int]:
        """mails, tickets, acknowledged (sent), joined, quarantined: whole-table counts for ``demo --once``."""
        ...
