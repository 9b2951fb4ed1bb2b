"""What ``status`` and the health strip count: bounded, by partial indexes, by the database's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Select, TextClause, func, select, text, type_coerce

from core.domain.ids import first_id_at
from core.domain.ledger import Stage
from core.domain.letter import LetterKind, LetterState
from core.domain.notice import CopyState
from core.domain.people import LEASE_OF_MAILBOX
from core.domain.views import LOOKED_BACK, HealthFacts, MailboxFacts, TokenFacts
from store.tables import lease, ledger, letter, mailbox_state, meta, notice_copy, oauth_token, promise, ticket, worker
from store.tables.mail import OWED, TROUBLED
from store.tables.ticket import LOOKED_AT, OPEN, RUNNING
from store.unit import Unit
from store.views import mails
from store.views.paging import counted
from store.workers import CERTIFICATE_OUT

_SECOND = 1_000_000
_UNFILED = "stage = 'kept'"
_NOT_OLD = "NOT old"
"""An archive waits behind what is new, as long as it takes."""


def _count(unit: Unit, column: Column[Any], *conditions: ColumnElement[bool] | TextClause) -> int:
    query: Select[Any] = select(column).where(*conditions)
    return counted(unit, query)


def _age(unit: Unit, column: Column[Any], *conditions: ColumnElement[bool] | TextClause) -> float:
    """Seconds since the earliest such instant, 0 when there is none or it is still to come."""
    silent = unit.db_now - func.min(type_coerce(column, BigInteger))
    return max(0, unit.value(select(silent).where(*conditions)) or 0) / _SECOND


def _earliest(unit: Unit) -> int:
    """The first id made within ``LOOKED_BACK``: ids stand in the indexes of states."""
    now = datetime.fromtimestamp(unit.value(select(unit.db_now)) / _SECOND, UTC)
    return first_id_at(now - LOOKED_BACK)


def health(unit: Unit) -> HealthFacts:
    troubled = [_count(unit, ledger.c.id, text(TROUBLED), ledger.c.stage == each) for each in _TROUBLES]
    letters = [_count(unit, letter.c.id, letter.c.state == each) for each in _LETTERS]
    readers, lately, given_up = _readers(unit), _earliest(unit), notice_copy.c
    come = type_coerce(promise.c.warn_at, BigInteger) < unit.db_now
    overdue = type_coerce(promise.c.due, BigInteger) < unit.db_now
    return HealthFacts(
        unfiled=_count(unit, ledger.c.id, text(_UNFILED)),
        oldest_unfiled_s=_age(unit, ledger.c.kept_at, text(_UNFILED), text(_NOT_OLD)),
        quarantined=troubled[0],
        shunted=troubled[1],
        letters_queued=letters[0],
        letters_held=letters[1],
        letters_failed=letters[2],
        oldest_letter_s=_age(unit, letter.c.due, letter.c.state == LetterState.QUEUED),
        letters_deferred=_count(unit, letter.c.id, *_DEFERRED),
        oldest_deferred_s=_age(unit, letter.c.not_before, *_DEFERRED),
        letters_bounced=_count(unit, letter.c.id, letter.c.state == LetterState.BOUNCED, letter.c.id >= lately),
        notices_failed=_count(unit, given_up.id, given_up.state == CopyState.FAILED, given_up.id >= lately),
        promises_overdue=_count(unit, promise.c.id, text(RUNNING), overdue),
        clocks_waiting=_count(unit, promise.c.id, text(LOOKED_AT), come),
        clocks_waited_s=_age(unit, promise.c.warn_at, text(LOOKED_AT)),
        server_actions_owed=_count(unit, ledger.c.id, text(OWED)),
        open_tickets=_count(unit, ticket.c.id, text(OPEN)),
        mailboxes=tuple((one.mailbox, one.state, one.silent_s) for one in readers),
        readers=readers,
        outgoing=_outgoing(unit),
        tokens=_tokens(unit),
    )


_TROUBLES = (Stage.QUARANTINED, Stage.SHUNTED)
_DEFERRED = (letter.c.state == LetterState.QUEUED, letter.c.attempts > 0, letter.c.claim.is_(None))
_LETTERS = (LetterState.QUEUED, LetterState.HELD, LetterState.FAILED)


def _readers(unit: Unit) -> tuple[MailboxFacts, ...]:
    c = mailbox_state.c
    held = (worker.c.id == lease.c.worker_id) & (type_coerce(lease.c.expires, BigInteger) > unit.db_now)
    holders = select(lease.c.name, worker.c.host, worker.c.pid).join_from(lease, worker, held).subquery()
    query = (
        select(
            c.mailbox,
            c.state,
            c.progress,
            holders.c.host,
            holders.c.pid,
            (unit.db_now - type_coerce(c.at, BigInteger)).label("silent"),
            (unit.db_now - type_coerce(c.announced, BigInteger)).label("announced"),
            (type_coerce(c.certificate_until, BigInteger) - unit.db_now).label("certificate"),
        )
        .select_from(mailbox_state.outerjoin(holders, holders.c.name == LEASE_OF_MAILBOX + c.mailbox))
        .order_by(c.mailbox)
    )
    return tuple(
        MailboxFacts(
            mailbox=row.mailbox,
            state=row.state,
            silent_s=max(0, row.silent) / _SECOND,
            announced_s=_seconds(row.announced),
            certificate_s=_seconds(row.certificate),
            holder=f"{row.host}:{row.pid}" if row.host else "",
            progress=row.progress,
        )
        for row in unit.rows(query)
    )


def _outgoing(unit: Unit) -> tuple[tuple[str, float], ...]:
    mine = meta.c.key.startswith(CERTIFICATE_OUT, autoescape=True)
    rows = unit.rows(select(meta.c.key, meta.c.value, unit.db_now.label("now")).where(mine).order_by(meta.c.key))
    return tuple((row.key.removeprefix(CERTIFICATE_OUT), (int(row.value) - row.now) / _SECOND) for row in rows)


def _tokens(unit: Unit) -> tuple[TokenFacts, ...]:
    c = oauth_token.c
    left = (type_coerce(c.refresh_until, BigInteger) - unit.db_now).label("left")
    rows = unit.rows(select(c.mailbox, c.trouble, left).order_by(c.mailbox))
    return tuple(TokenFacts(mailbox=row.mailbox, trouble=row.trouble, refresh_s=_seconds(row.left)) for row in rows)


def _seconds(micros: int | None) -> float | None:
    return None if micros is None else micros / _SECOND


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
