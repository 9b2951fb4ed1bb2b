"""What ``status`` and the health strip count: bounded, by partial indexes, by the database's clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Select, TextClause, func, select, text, type_coerce

from core.domain.ledger import Stage
from core.domain.letter import LetterKind, LetterState
from core.domain.views import HealthFacts
from store.tables import ledger, letter, mailbox_state, promise, ticket
from store.tables.mail import OWED, TROUBLED
from store.tables.ticket import OPEN, RUNNING
from store.unit import Unit
from store.views import mails
from store.views.paging import counted

_SECOND = 1_000_000
_UNFILED = "stage = 'kept'"


def _count(unit: Unit, column: Column[Any], *conditions: ColumnElement[bool] | TextClause) -> int:
    query: Select[Any] = select(column).where(*conditions)
    return counted(unit, query)


def _age(unit: Unit, column: Column[Any], *conditions: ColumnElement[bool] | TextClause) -> float:
    """Seconds since the earliest such instant, 0 when there is none or it is still to come."""
    silent = unit.db_now - func.min(type_coerce(column, BigInteger))
    return max(0, unit.value(select(silent).where(*conditions)) or 0) / _SECOND


def health(unit: Unit) -> HealthFacts:
    troubled = [_count(unit, ledger.c.id, text(TROUBLED), ledger.c.stage == each) for each in _TROUBLES]
    letters = [_count(unit, letter.c.id, letter.c.state == each) for each in _LETTERS]
    overdue = type_coerce(promise.c.due, BigInteger) < unit.db_now
    return HealthFacts(
        unfiled=_count(unit, ledger.c.id, text(_UNFILED)),
        oldest_unfiled_s=_age(unit, ledger.c.kept_at, text(_UNFILED)),
        quarantined=troubled[0],
        shunted=troubled[1],
        letters_queued=letters[0],
        letters_held=letters[1],
        letters_failed=letters[2],
        oldest_letter_s=_age(unit, letter.c.due, letter.c.state == LetterState.QUEUED),
        promises_overdue=_count(unit, promise.c.id, text(RUNNING), overdue),
        server_actions_owed=_count(unit, ledger.c.id, text(OWED)),
        open_tickets=_count(unit, ticket.c.id, text(OPEN)),
        mailboxes=_mailboxes(unit),
    )


_TROUBLES = (Stage.QUARANTINED, Stage.SHUNTED)
_LETTERS = (LetterState.QUEUED, LetterState.HELD, LetterState.FAILED)


def _mailboxes(unit: Unit) -> tuple[tuple[str, str, float], ...]:
    c = mailbox_state.c
    silent = (unit.db_now - type_coerce(c.at, BigInteger)).label("silent")
    rows = unit.rows(select(c.mailbox, c.state, silent).order_by(c.mailbox))
    return tuple((row.mailbox, row.state, max(0, row.silent) / _SECOND) for row in rows)


def totals(unit: Unit) -> dict[str, int]:
    stages, verdicts = mails.per_stage(unit), mails.per_verdict(unit)
    kept = (Stage.KEPT, Stage.FILED, Stage.TOO_LARGE, Stage.QUARANTINED, Stage.SHUNTED)
    acknowledged = (letter.c.kind == LetterKind.ACKNOWLEDGEMENT) & (letter.c.state == LetterState.SENT)
    return {
        "mails": sum(stages.get(each, 0) for each in kept),
        "tickets": unit.value(select(func.count()).select_from(ticket)),
        "acknowledged": unit.value(select(func.count()).select_from(letter).where(acknowledged)),
        "joined": verdicts.get("joined", 0),
        "linked": verdicts.get("linked", 0),
        "copies": verdicts.get("copy", 0),
        "quarantined": stages.get(Stage.QUARANTINED, 0),
        "shunted": stages.get(Stage.SHUNTED, 0),
    }
