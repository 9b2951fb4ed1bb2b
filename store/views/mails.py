"""Raw mails as 来信轨迹, the quarantine and the list of silent mails show them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, func, select, text

from core.domain.views import LedgerRow, Page
from store.prepared import Prepared
from store.tables import ledger, removed_original, ticket
from store.tables.mail import SILENT, SPAM, TROUBLED
from store.unit import Unit
from store.views.paging import newest_first

_ROWS = select(ledger, ticket.c.number.label("number"), removed_original.c.at.label("original_gone")).select_from(
    ledger.outerjoin(ticket, ticket.c.id == ledger.c.ticket_id).outerjoin(
        removed_original, removed_original.c.id == ledger.c.id
    )
)


_ONE = Prepared(_ROWS.where(ledger.c.id == bindparam("of")))
_OF_TICKET = Prepared(_ROWS.where(ledger.c.ticket_id == bindparam("of")).order_by(ledger.c.id))


def ledger_row(row: Row[Any]) -> LedgerRow:
    return LedgerRow(
        id=row.id,
        source=row.source,
        mailbox=row.mailbox,
        folder=row.folder,
        uidvalidity=row.uidvalidity,
        uid=row.uid or 0,
        sha256=row.sha256,
        size=row.size,
        arrived=row.arrived,
        kept_at=row.kept_at,
        stage=row.stage,
        because=row.because,
        claims=row.attempts,
        filed_at=row.filed_at,
        ticket_id=row.ticket_id or 0,
        number=row.number or "",
        verdict=row.verdict,
        silent_because=row.silent_because,
        server_action=row.server_action,
        server_done=row.server_state == "done",
        subject=row.subject,
        sender_masked=row.sender_masked,
        authentication=row.authentication,
        not_spam=row.not_spam,
        original_gone=row.original_gone,
    )


def troubled(unit: Unit, key: str, limit: int) -> Page[LedgerRow]:
    """Quarantined and shunted mails, newest first."""
    query = _ROWS.where(text(f"ledger.{TROUBLED}"))
    return newest_first(unit, query, ledger.c.id, key, limit, ledger_row)


def silent(unit: Unit, key: str, limit: int) -> Page[LedgerRow]:
    """Filed mails that got no letter, newest first."""
    query = _ROWS.where(text(f"ledger.{SILENT}"))
    return newest_first(unit, query, ledger.c.id, key, limit, ledger_row)


def spam(unit: Unit, key: str, limit: int) -> Page[LedgerRow]:
    """Mails of which nothing was made because they were taken for spam, newest first."""
    query = _ROWS.where(text(SPAM))
    return newest_first(unit, query, ledger.c.id, key, limit, ledger_row)


def one_mail(unit: Unit, ledger_id: int) -> LedgerRow | None:
    row = unit.row(_ONE, {"of": ledger_id})
    return None if row is None else ledger_row(row)


def of_ticket(unit: Unit, ticket_id: int) -> tuple[LedgerRow, ...]:
    rows = unit.rows(_OF_TICKET, {"of": ticket_id})
    return tuple(ledger_row(row) for row in rows)


def per_stage(unit: Unit) -> dict[str, int]:
    """How many mails stand at each stage: a whole-table count."""
    rows = unit.rows(select(ledger.c.stage, func.count().label("many")).group_by(ledger.c.stage))
    return {row.stage: row.many for row in rows}


def per_verdict(unit: Unit) -> dict[str, int]:
    """How many mails had each kind of verdict: a whole-table count."""
    rows = unit.rows(select(ledger.c.verdict_kind, func.count().label("many")).group_by(ledger.c.verdict_kind))
    return {row.verdict_kind: row.many for row in rows}
