"""The one object through which pages read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

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
from store.tables import audit, ticket
from store.unit import Unit
from store.views import board, cases, decided, detail, filed, health, letters, lives, mails, queue, report
from store.views.paging import bounded, newest_first


class SqlViews:
    """Conforms to ``huiying.flows.ports.Views``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def queue(self, which: QueueFilter, key: str, limit: int) -> Page[QueueRow]:
        return queue.queue(self._unit, which, key, limit)

    def queue_row(self, ticket_id: int) -> QueueRow | None:
        return queue.one_row(self._unit, ticket_id)

    def queue_count(self, which: QueueFilter, most: int = MOST_COUNTED) -> int:
        return queue.queue_count(self._unit, which, most)

    def board(self, now: datetime, day_end: datetime, urgent: Collection[str], complaints: Collection[str]) -> Board:
        return board.board(self._unit, now, day_end, urgent, complaints)

    def ticket(self, number: str) -> TicketDetail | None:
        return detail.ticket_detail(self._unit, number)

    def decided_count(self, since: datetime, until: datetime) -> int:
        return decided.decided_count(self._unit, since, until)

    def decided_ids(self, since: datetime, until: datetime, after: int, limit: int) -> tuple[int, ...]:
        return decided.decided_ids(self._unit, since, until, after, limit)

    def decided(self, ids: Sequence[int]) -> tuple[DecidedMail, ...]:
        return decided.decided(self._unit, ids)

    def lives(self, mails: Sequence[DecidedMail]) -> tuple[TicketLife, ...]:
        return lives.lives(self._unit, mails)

    def changed_since(self, touched: int, limit: int) -> tuple[tuple[int, int], ...]:
        c = ticket.c
        after = select(c.touched, c.id).where(c.touched > touched).order_by(c.touched).limit(bounded(limit))
        return tuple((row.touched, row.id) for row in self._unit.rows(after))

    def last_touched(self) -> int:
        return self._unit.value(select(func.max(ticket.c.touched))) or 0

    def letters(self, state: str, key: str, limit: int) -> Page[LetterRow]:
        return letters.letters(self._unit, state, key, limit)

    def letter(self, letter_id: int) -> LetterRow | None:
        return letters.one_letter(self._unit, letter_id)

    def quarantine(self, key: str, limit: int) -> Page[LedgerRow]:
        return mails.troubled(self._unit, key, limit)

    def ledger_row(self, ledger_id: int) -> LedgerRow | None:
        return mails.one_mail(self._unit, ledger_id)

    def silent(self, key: str, limit: int) -> Page[LedgerRow]:
        return mails.silent(self._unit, key, limit)

    def spam(self, key: str, limit: int) -> Page[LedgerRow]:
        return mails.spam(self._unit, key, limit)

    def spam_tickets(self, key: str, limit: int) -> Page[QueueRow]:
        return queue.spam_tickets(self._unit, key, limit)

    def audit(self, subject: str, key: str, limit: int) -> Page[AuditRow]:
        query = select(audit).where(audit.c.subject == subject) if subject else select(audit)
        return newest_first(self._unit, query, audit.c.id, key, limit, detail.audit_value)

    def health(self) -> HealthFacts:
        return health.health(self._unit)

    def filed_types(self, since: datetime, before: datetime) -> FiledTypes:
        return filed.filed_types(self._unit, since, before)

    def filed_numbers(self, type_: str, since: datetime, before: datetime, limit: int) -> tuple[str, ...]:
        return filed.filed_numbers(self._unit, type_, since, before, limit)

    def tally(self, which: TicketSet, span: Span, by: Sequence[str], parts: Sequence[str] = ()) -> tuple[Tally, ...]:
        return report.tally(self._unit, which, span, by, parts)

    def middle_seconds(self, span: Span, by: str = "") -> Mapping[str, float]:
        return report.middle_seconds(self._unit, span, by)

    def tallied(self, selection: Selection, span: Span, key: str, limit: int) -> Page[TalliedTicket]:
        return report.tallied(self._unit, selection, span, key, limit)

    def cases(self, since: datetime | None, before: datetime | None, after: int, limit: int) -> tuple[SheetCase, ...]:
        return cases.cases(self._unit, since, before, after, limit)

    def totals(self) -> Mapping[str, int]:
        return health.totals(self._unit)
