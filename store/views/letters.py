"""Letters as lists show them: without their bytes, the recipient masked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select, text

from core.domain.letter import LetterState
from core.domain.views import LetterRow, Page
from core.text.mask import mask, mask_address
from store.addresses import open_address
from store.letter_rows import open_answer
from store.prepared import Prepared
from store.sealed import Seal, readable
from store.tables import letter, ticket
from store.tables.letter import SHOWN
from store.unit import Unit
from store.views.paging import newest_first

_ROWS = select(letter, ticket.c.number.label("number")).join(ticket, ticket.c.id == letter.c.ticket_id)


_OF_TICKET = Prepared(_ROWS.where(letter.c.ticket_id == bindparam("of")).order_by(letter.c.id))


def letter_row(seal: Seal, row: Row[Any]) -> LetterRow:
    to = readable(lambda: mask_address(open_address(seal, row.recipient, f"letter.recipient.{row.id}").address), "")
    return LetterRow(
        id=row.id,
        ticket_id=row.ticket_id,
        number=row.number,
        kind=row.kind,
        state=shown_state(row),
        language=row.language,
        subject=row.subject,
        recipient_masked=to,
        message_id=row.message_id,
        created=row.date,
        not_before=row.not_before,
        attempts=row.attempts,
        sent=row.sent,
        code=row.code,
        answer=mask(open_answer(seal, row.answer, f"letter.answer.{row.id}")),
        resends=row.resends,
        due=row.due,
        mailbox=row.mailbox,
    )


def shown_state(row: Row[Any]) -> str:
    """A queued letter in a worker's hands is claimed, one that was tried before is deferred."""
    if row.state != LetterState.QUEUED:
        return str(row.state)
    if row.claim is not None:
        return LetterState.CLAIMED
    return LetterState.DEFERRED if row.attempts else LetterState.QUEUED


def letters(unit: Unit, state: str, key: str, limit: int) -> Page[LetterRow]:
    query = _ROWS
    if state:
        query = _ROWS.where(text(SHOWN[state]) if state in SHOWN else letter.c.state == state)
    return newest_first(unit, query, letter.c.id, key, limit, lambda row: letter_row(unit.seal, row))


def one_letter(unit: Unit, letter_id: int) -> LetterRow | None:
    row = unit.row(_ROWS.where(letter.c.id == letter_id))
    return None if row is None else letter_row(unit.seal, row)


def of_ticket(unit: Unit, ticket_id: int) -> tuple[LetterRow, ...]:
    rows = unit.rows(_OF_TICKET, {"of": ticket_id})
    return tuple(letter_row(unit.seal, row) for row in rows)
