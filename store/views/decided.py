"""Stored mails with what their decision was made from: what a backtest and the search for new rules read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, select

from core.domain.decision import By, Facts, Occasion
from core.domain.ids import first_id_at
from core.domain.mail import Attachment, Automatic
from core.domain.suggestion import Suggestion
from core.domain.ticket import Message
from core.domain.views import DecidedMail
from store.addresses import NOBODY, open_envelope
from store.plain import from_plain
from store.sealed import Seal, readable
from store.tables import decision, message, ticket
from store.unit import Unit

ARRIVAL = Occasion.ARRIVAL.value
"""Only what was decided on arrival is tried again: what a ticket was like later is not stored for every mail."""
_LATER = decision.alias("later")
_NAMES = ("ticket_id", "at", "addresses", "subject", "text", "reply", "attachments", "automatic")
MESSAGE = (
    message.c.id.label("message_id"),
    message.c.language.label("message_language"),
    *(message.c[name] for name in _NAMES),
)
"""Without the HTML, which is most of a mail and which no rule reads."""
_ROWS = (
    select(
        decision.c.id,
        decision.c.facts,
        decision.c.suggestion,
        ticket.c.number,
        ticket.c.fields,
        ticket.c.decided_by,
        *MESSAGE,
    )
    .join(message, message.c.id == decision.c.message_id)
    .join(ticket, ticket.c.id == decision.c.ticket_id)
)


def decided_count(unit: Unit, since: datetime, until: datetime) -> int:
    return int(unit.value(select(func.count()).where(*_made(first_id_at(since), until))) or 0)


def decided_ids(unit: Unit, since: datetime, until: datetime, after: int, limit: int) -> tuple[int, ...]:
    made = select(decision.c.id).where(*_made(max(first_id_at(since), after + 1), until))
    return tuple(row.id for row in unit.rows(made.order_by(decision.c.id).limit(limit)))


def _made(first: int, until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Ids carry the time they were made at, so the primary key finds them."""
    c = decision.c
    again = exists().where(_LATER.c.message_id == c.message_id, _LATER.c.id > c.id, _LATER.c.occasion == ARRIVAL)
    return c.id >= first, c.id < first_id_at(until), c.occasion == ARRIVAL, ~again


def decided(unit: Unit, ids: Sequence[int]) -> tuple[DecidedMail, ...]:
    rows = unit.rows(_ROWS.where(decision.c.id.in_(ids)).order_by(decision.c.id)) if ids else ()
    return tuple(_value(unit.seal, row) for row in rows)


def _value(seal: Seal, row: Row[Any]) -> DecidedMail:
    agents = (name for name, by in row.decided_by.items() if by == By.AGENT.value)
    return DecidedMail(
        id=row.id,
        number=row.number,
        message=read_message(seal, row),
        facts=from_plain(Facts, row.facts),
        suggestion=from_plain(Suggestion, row.suggestion),
        agents=tuple((name, row.fields.get(name, "")) for name in agents),
    )


def read_message(seal: Seal, row: Row[Any]) -> Message:
    """A message as rules read it, from ``MESSAGE`` columns."""
    place = f"message.addresses.{row.message_id}"
    sender, recipients = readable(lambda: open_envelope(seal, row.addresses, place), NOBODY)
    return Message(
        id=row.message_id,
        ticket_id=row.ticket_id,
        at=row.at,
        sender=sender,
        recipients=recipients,
        subject=row.subject,
        text=row.text,
        reply=row.reply,
        attachments=tuple(from_plain(Attachment, each) for each in row.attachments),
        language=row.message_language,
        automatic=Automatic(row.automatic) if row.automatic else None,
    )
