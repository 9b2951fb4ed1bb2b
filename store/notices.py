"""Notices to people: written once, spread into copies, sent like letters, read in an inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, select, text

from core.domain.notice import ClaimedCopy, CopyState, Notice, NoticeCopy, NoticeEvent
from core.domain.views import NoticeRow, Page
from core.text.mask import mask
from store.letter_rows import open_answer, seal_answer
from store.prepared import Prepared
from store.tables import notice, notice_copy, ticket
from store.tables.notice import UNSEEN, UNSPREAD, WAITING
from store.types import UTCDateTime
from store.unit import Unit
from store.views.paging import counted, newest_first

_INBOX = (
    select(notice_copy, notice.c.event, notice.c.at, notice.c.subject, notice.c.ticket_id, notice.c.details)
    .add_columns(ticket.c.number, ticket.c.subject.label("ticket_subject"))
    .join(notice, notice.c.id == notice_copy.c.notice_id)
    .join(ticket, ticket.c.id == notice.c.ticket_id, isouter=True)
)

_FRESH = Prepared(select(notice.c.id).where(text(UNSPREAD)).limit(1))
_DUE = Prepared(
    select(notice_copy.c.id).where(text(WAITING), notice_copy.c.due <= bindparam("now", type_=UTCDateTime())).limit(1)
)


def notice_row(value: Notice) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)} | {"spread_at": None}


def notice_value(row: Row[Any]) -> Notice:
    return Notice(
        id=row.id,
        event=NoticeEvent(row.event),
        key=row.key,
        at=row.at,
        subject=row.subject,
        ticket_id=row.ticket_id,
        details=tuple((name, value) for name, value in row.details),
        to=tuple(row.to),
    )


def add_notices(unit: Unit, notices: Sequence[Notice]) -> None:
    """Those whose key is known are left out: each event is told once."""
    unit.add_new(notice, [notice_row(each) for each in sorted(notices, key=lambda each: each.key)], "key")


class SqlNotices:
    """Conforms to ``huiying.flows.noticeboard.Notices``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, notices: Sequence[Notice]) -> None:
        add_notices(self._unit, notices)

    def known(self, key: str) -> bool:
        return self._unit.value(select(notice.c.id).where(notice.c.key == key)) is not None

    def pending(self, now: datetime) -> bool:
        return bool(self._unit.value(_FRESH) or self._unit.value(_DUE, {"now": now}))

    def unspread(self, limit: int) -> tuple[Notice, ...]:
        fresh = select(notice).where(text(UNSPREAD)).order_by(notice.c.id).limit(limit)
        return tuple(notice_value(row) for row in self._unit.rows(fresh.with_for_update(skip_locked=True)))

    def spread(self, notices: Sequence[Notice], copies: Sequence[NoticeCopy], at: datetime) -> None:
        rows = [self._copy_row(each, at) for each in copies]
        self._unit.add_new(notice_copy, rows, "notice_id", "channel", "person")
        ids = [each.id for each in notices]
        self._unit.change(notice.update().where(notice.c.id.in_(ids)).values(spread_at=at), quiet=True)

    def _copy_row(self, copy: NoticeCopy, at: datetime) -> dict[str, Any]:
        return {
            "id": copy.id,
            "notice_id": copy.notice_id,
            "channel": copy.channel,
            "person": copy.person,
            "state": copy.state,
            "due": copy.due,
            "claim": None,
            "attempts": 0,
            "uncertain": False,
            "code": 0,
            "answer": None,
            "ended_at": None if copy.state is CopyState.QUEUED else at,
            "seen_at": None,
        }

    def claim(self, worker: int, now: datetime, limit: int) -> tuple[ClaimedCopy, ...]:
        c = notice_copy.c
        come = c.due <= bindparam("now", now, type_=UTCDateTime())
        waiting = select(notice_copy).where(text(WAITING), come).order_by(c.due, c.id).limit(limit)
        rows = self._unit.rows(waiting.with_for_update(skip_locked=True))
        if not rows:
            return ()
        ids = [row.id for row in rows]
        # Until the answer is known, whether it arrived is not: a process may die between sending and noting.
        taken = {"claim": worker, "attempts": c.attempts + 1, "uncertain": True}
        self._unit.change(notice_copy.update().where(c.id.in_(ids)).values(**taken), quiet=True)
        whole = self._unit.rows(select(notice).where(notice.c.id.in_({row.notice_id for row in rows})))
        known = {row.id: notice_value(row) for row in whole}
        return tuple(
            ClaimedCopy(
                copy=_copy_value(row), notice=known[row.notice_id], attempts=row.attempts + 1, resend=row.uncertain
            )
            for row in rows
        )

    def complete(
        self,
        copy_id: int,
        worker: int,
        state: CopyState,
        at: datetime,
        *,
        code: int = 0,
        answer: str = "",
        next_try: datetime | None = None,
        uncertain: bool = False,
    ) -> bool:
        c = notice_copy.c
        values: dict[str, Any] = {
            "state": state,
            "claim": None,
            "code": code,
            "uncertain": uncertain,
            "answer": seal_answer(self._unit.seal, answer, f"notice_copy.answer.{copy_id}"),
            "ended_at": None if state is CopyState.QUEUED else at,
        }
        if next_try is not None:
            values["due"] = next_try
        mine = notice_copy.update().where(c.id == copy_id, c.claim == worker)
        return self._unit.change(mine.values(**values)) == 1

    def release(self, worker: int) -> int:
        c = notice_copy.c
        fewer = case((c.attempts > 0, c.attempts - 1), else_=0)
        mine = notice_copy.update().where(c.claim == worker)
        return self._unit.change(mine.values(claim=None, attempts=fewer))

    def again(self, copy_id: int, at: datetime) -> bool:
        c = notice_copy.c
        failed = notice_copy.update().where(c.id == copy_id, c.state == CopyState.FAILED)
        return self._unit.change(failed.values(state=CopyState.QUEUED, due=at, attempts=0, ended_at=None)) == 1

    def inbox(self, person: str, key: str, limit: int, *, unseen: bool = False) -> Page[NoticeRow]:
        c = notice_copy.c
        mine = _INBOX.where(c.person == person, c.channel == "console")
        if unseen:
            mine = mine.where(c.seen_at.is_(None))
        return newest_first(self._unit, mine, c.id, key, limit, self._row)

    def sent(self, state: str, key: str, limit: int) -> Page[NoticeRow]:
        c = notice_copy.c
        others = _INBOX.where(c.channel != "console")
        return newest_first(
            self._unit, others.where(c.state == state) if state else others, c.id, key, limit, self._row
        )

    def mine(self, person: str, copy_id: int) -> NoticeRow | None:
        c = notice_copy.c
        row = self._unit.row(_INBOX.where(c.id == copy_id, c.person == person, c.channel == "console"))
        return None if row is None else self._row(row)

    def unseen(self, person: str) -> int:
        mine = select(notice_copy.c.id).where(notice_copy.c.person == person, text(UNSEEN))
        return counted(self._unit, mine)

    def see(self, person: str, ids: Sequence[int], at: datetime) -> int:
        c = notice_copy.c
        mine = notice_copy.update().where(c.person == person, text(UNSEEN))
        if ids:
            mine = mine.where(c.id.in_(ids))
        return self._unit.change(mine.values(seen_at=at))

    def see_ticket(self, person: str, ticket_id: int, at: datetime) -> int:
        c = notice_copy.c
        of_it = select(notice.c.id).where(notice.c.ticket_id == ticket_id)
        mine = notice_copy.update().where(c.person == person, text(UNSEEN), c.notice_id.in_(of_it))
        return self._unit.change(mine.values(seen_at=at))

    def _row(self, row: Row[Any]) -> NoticeRow:
        return NoticeRow(
            id=row.id,
            event=row.event,
            at=row.at,
            subject=row.subject,
            number=row.number or "",
            ticket_subject=row.ticket_subject or "",
            details=tuple((name, value) for name, value in row.details),
            channel=row.channel,
            person=row.person,
            state=row.state,
            due=row.due,
            attempts=row.attempts,
            code=row.code,
            answer=mask(open_answer(self._unit.seal, row.answer, f"notice_copy.answer.{row.id}")),
            ended_at=row.ended_at,
            seen_at=row.seen_at,
        )


def _copy_value(row: Row[Any]) -> NoticeCopy:
    return NoticeCopy(
        id=row.id,
        notice_id=row.notice_id,
        channel=row.channel,
        person=row.person,
        due=row.due,
        state=CopyState(row.state),
    )
