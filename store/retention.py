"""Removes what was kept long enough, oldest first and a little at a time: it costs what is due (DOMAIN 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
)

from core.domain.ids import first_id_at
from core.domain.ledger import AfterFiling, Stage
from core.domain.letter import LetterState
from core.domain.retention import RemovalStep
from store.prepared import Prepared
from store.tables import (
    audit,
    ledger,
    letter,
    letter_bytes,
    letter_file,
    message,
    meta,
    raw_mail,
    removed_original,
    ticket,
)
from store.types import from_micros, to_micros
from store.unit import Unit

ROWS, BYTES = 200, 4_000_000
"""So much goes in one step; what is larger goes alone."""
ACCESSES = ("contact.reveal", "mail.download", "ticket.file")
"""Who looked at what."""
HISTORIES = ("ticket", "mail", "letter", "token", "customer", "article")
ALONE = ("model", "keys", "retention")
"""What else the trail says of these is their history, on which figures, sheets and flows stand; and who erased, merged
or removed what and changed the keys is told for ever."""
_OVER = ticket.c.is_open == false()
_ARRIVED = (LetterState.SENT, LetterState.BOUNCED, LetterState.FAILED, LetterState.CANCELLED)
_AT_REST = and_(letter.c.state.in_(_ARRIVED), letter.c.claim.is_(None), letter.c.clocks_due.is_(None))
_LOOKED_AT = or_(_OVER, and_(ledger.c.ticket_id.is_(None), ledger.c.stage == Stage.FILED))
_TO_COMPARE = and_(ledger.c.server_state == "owed", ledger.c.server_action.in_((AfterFiling.MOVE, AfterFiling.DELETE)))
"""The server's mail is not moved or deleted before ours was compared with it."""
_MAIL_GOES = and_(
    ledger.c.stage != Stage.KEPT,
    ledger.c.claim.is_(None),
    not_(_TO_COMPARE),
    _LOOKED_AT,
)
_ONE = literal(1).label("many")
_IDS: Any = bindparam("ids", expanding=True)
_MAILS = select(
    raw_mail.c.ledger_id.label("id"), func.length(raw_mail.c.data).label("size"), _ONE, _MAIL_GOES.label("goes")
).select_from(
    raw_mail.join(ledger, ledger.c.id == raw_mail.c.ledger_id).outerjoin(ticket, ticket.c.id == ledger.c.ticket_id)
)
_LETTERS = select(
    letter_bytes.c.letter_id.label("id"),
    func.length(letter_bytes.c.data).label("size"),
    _ONE,
    and_(_AT_REST, _OVER).label("goes"),
).select_from(
    letter_bytes.join(letter, letter.c.id == letter_bytes.c.letter_id).join(ticket, ticket.c.id == letter.c.ticket_id)
)
_HOLDERS = (
    letter_file.outerjoin(letter, letter.c.id == letter_file.c.letter_id)
    .outerjoin(message, message.c.id == letter_file.c.letter_id)
    .join(ticket, ticket.c.id == func.coalesce(letter.c.ticket_id, message.c.ticket_id))
)
_FILES = (
    select(
        letter_file.c.letter_id.label("id"),
        func.sum(func.length(letter_file.c.data)).label("size"),
        func.count().label("many"),
        (func.min(case((and_(or_(letter.c.id.is_(None), _AT_REST), _OVER), 1), else_=0)) == 1).label("goes"),
    )
    .select_from(_HOLDERS)
    .group_by(letter_file.c.letter_id)
)
_HISTORY = or_(*(audit.c.subject.startswith(f"{what}:") for what in HISTORIES), audit.c.subject.in_(ALONE))
_LOG = select(
    audit.c.id.label("id"),
    literal(0).label("size"),
    _ONE,
    or_(not_(_HISTORY), audit.c.action.in_(ACCESSES)).label("goes"),
)
_HELD = select(ledger.c.id).where(ledger.c.id.in_(_IDS)).order_by(ledger.c.id).with_for_update()
_LOOKED_THROUGH = "log-looked-through"
"""The key under which stands up to which id the log was looked through: what stays there stays for ever."""
_SINCE = "retention-since"
_REMOVED = Prepared(select(removed_original.c.at).where(removed_original.c.id == bindparam("of")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """``last`` is the last id that was looked at, 0 for none."""

    ids: list[int]
    last: int
    step: RemovalStep


class SqlRetention:
    """Conforms to ``huiying.flows.retention.Retention``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def mails(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        found = self._found(_MAILS, raw_mail.c.ledger_id, before, after)
        if at is None:
            return found.step
        # Who wants one of them again waits, and sees then that it is gone.
        self._unit.rows(_HELD, {"ids": found.ids})
        gone = self._delete(_MAILS, raw_mail.c.ledger_id, found.ids)
        self._note(gone, at)
        return replace(found.step, removed=len(gone))

    def letters(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        found = self._found(_LETTERS, letter_bytes.c.letter_id, before, after)
        if at is None:
            return found.step
        gone = self._delete(_LETTERS, letter_bytes.c.letter_id, found.ids)
        self._note(gone, at)
        return replace(found.step, removed=len(gone))

    def files(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        found = self._found(_FILES, letter_file.c.letter_id, before, after)
        if at is None:
            return found.step
        return replace(found.step, removed=len(self._delete(_FILES, letter_file.c.letter_id, found.ids)))

    def log(self, before: datetime, after: int, at: datetime | None) -> RemovalStep:
        looked_through = select(meta.c.value).where(meta.c.key == _LOOKED_THROUGH)
        found = self._found(_LOG, audit.c.id, before, after or int(self._unit.value(looked_through) or 0))
        if at is not None:
            self._delete(_LOG, audit.c.id, found.ids)
        if at is not None and found.last:
            insert = self._unit.insert(meta).values(key=_LOOKED_THROUGH, value=str(found.last))
            again = {"value": insert.excluded.value}
            self._unit.change(insert.on_conflict_do_update(index_elements=["key"], set_=again), quiet=True)
        return found.step

    def since(self, at: datetime) -> datetime:
        self._unit.add_new(meta, [{"key": _SINCE, "value": str(to_micros(at))}], "key")
        return from_micros(int(self._unit.value(select(meta.c.value).where(meta.c.key == _SINCE))))

    def removed(self, id_: int) -> datetime | None:
        found: datetime | None = self._unit.value(_REMOVED, {"of": id_})
        return found

    def _found(self, which: Select[Any], id_: ColumnElement[int], before: datetime, after: int) -> _Found:
        """What goes in this step. An id tells when it was made: what is younger is not even looked at."""
        here = which.where(id_ > after, id_ < first_id_at(before)).order_by(id_).limit(ROWS)
        rows = self._unit.rows(here)
        ids: list[int] = []
        removed = size = last = 0
        for row in rows:
            size += row.size if row.goes else 0
            if ids and size > BYTES:
                break
            last = row.id
            if row.goes:
                ids.append(row.id)
                removed += row.many
        is_over = not rows or (last == rows[-1].id and len(rows) < ROWS)
        return _Found(ids=ids, last=last, step=RemovalStep(removed=removed, after=None if is_over else last))

    def _delete(self, which: Select[Any], id_: Column[int], ids: Sequence[int]) -> list[int]:
        """Those of them that still go: on PostgreSQL somebody may have needed one again since it was looked at."""
        if not ids:
            return []
        if self._unit.dialect == "sqlite":
            self._unit.rows(text("PRAGMA secure_delete = ON"))
        still = which.where(id_.in_(_IDS)).subquery()
        these = id_.table.delete().where(id_.in_(select(still.c.id).where(still.c.goes)))
        return [row[0] for row in self._unit.changed(these.returning(id_), {"ids": ids}, quiet=True)]

    def _note(self, ids: Sequence[int], at: datetime) -> None:
        self._unit.add_new(removed_original, [{"id": id_, "at": at} for id_ in ids], "id")
