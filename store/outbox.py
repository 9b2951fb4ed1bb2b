"""The outbox: which letter may leave now, and what the server said of it (DESIGN 3.7, 3.9)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    null,
    select,
    text,
    tuple_,
)

from core.domain.errors import Conflict, Unreadable
from core.domain.filing import Reference, ReferenceKind
from core.domain.letter import (
    ClaimedLetter,
    Delivery,
    DeliveryResult,
    LetterFile,
    LetterIntent,
    LetterKind,
    LetterState,
    Outcome,
    OutgoingMail,
)
from store.customers import every_address
from store.letter_rows import letter_row, letter_value, open_variables, seal_answer, seal_variables, subject_of
from store.prepared import Prepared, PreparedList
from store.sealed import readable
from store.tables import delivery as deliveries
from store.tables import letter, letter_bytes, letter_file, message_reference, ticket
from store.tables.letter import CLOCKS_OWED, FREE, ON_THE_WAY, UNSEALED
from store.ticket_rows import reference_row
from store.types import UTCDateTime
from store.unit import Unit, inserting

_FROM = {
    LetterState.QUEUED: (LetterState.HELD, LetterState.FAILED, LetterState.BOUNCED, LetterState.QUEUED),
    LetterState.HELD: (LetterState.QUEUED,),
    LetterState.CANCELLED: (LetterState.HELD, LetterState.QUEUED, LetterState.FAILED, LetterState.BOUNCED),
}
"""From which states a person may move a letter to one."""


def add_letters(unit: Unit, intents: Sequence[LetterIntent]) -> None:
    """Files intents, and their Message-IDs as references to their tickets; known occasions are left out."""
    rows = [letter_row(unit.seal, each) for each in intents]
    unit.add_new(letter, rows, "ticket_id", "kind", "occasion")
    ours = [(Reference(message_id=each.message_id, kind=ReferenceKind.OURS), each.ticket_id) for each in intents]
    names = [reference_row(unit.seal, reference, ticket_id) for reference, ticket_id in ours if reference.message_id]
    names.sort(key=lambda row: row["digest"])
    unit.add_new(message_reference, names, "digest", "kind", "ticket_id")


def _first_of_its_ticket() -> ColumnElement[bool]:
    """True when no letter of the same ticket that is on the way comes before it. One of care waits for working hours,
    and nothing waits for it."""
    c = letter.alias("earlier").c
    return ~exists().where(
        c.ticket_id == letter.c.ticket_id,
        text(f"earlier.{ON_THE_WAY}"),
        c.kind != LetterKind.CARE,
        tuple_(c.not_before, c.id) < tuple_(letter.c.not_before, letter.c.id),
    )


def _free() -> Select[Any]:
    return select(letter).where(text(FREE), _first_of_its_ticket()).order_by(letter.c.due, letter.c.id)


# Written once: building a statement anew costs more than running it, and these run for every letter.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


def _due(*conditions: ColumnElement[bool]) -> Select[Any]:
    come = letter.c.due <= bindparam("now", type_=UTCDateTime())
    found = _free().where(come, *conditions).limit(bindparam("most"))
    return found.with_for_update(skip_locked=True, of=letter)


_DUE = Prepared(_due())
_TAKE = Prepared(
    letter.update()
    .where(letter.c.id == bindparam("of"))
    .values(claim=bindparam("by"), attempts=letter.c.attempts + 1, uncertain=False)
)
_COUNT_RESENDS = letter.update().where(letter.c.id.in_(_IDS)).values(resends=letter.c.resends + 1)
_BYTES = PreparedList(
    lambda ids: select(letter_bytes.c.letter_id, letter_bytes.c.data).where(letter_bytes.c.letter_id.in_(ids))
)
_SENDING = Prepared(
    letter.update()
    .where(letter.c.id == bindparam("of"), letter.c.claim == bindparam("by"), text(ON_THE_WAY))
    .values(state=LetterState.SENDING, subject=bindparam("now_subject"))
)
_LATELY = letter.c.date >= bindparam("lately", type_=UTCDateTime())
_COUNTS = func.count().label("whole"), func.count().filter(_LATELY).label("newer")
_AUTOMATIC = Prepared(
    select(*_COUNTS).where(
        letter.c.recipient_key == bindparam("key"),
        letter.c.date >= bindparam("since"),
        letter.c.kind != LetterKind.AGENT,
    )
)


_TO_CUSTOMER = Prepared(
    select(*_COUNTS)
    .select_from(letter.join(ticket, letter.c.ticket_id == ticket.c.id))
    .where(
        ticket.c.customer_id.in_(every_address()),
        letter.c.date >= bindparam("since", type_=UTCDateTime()),
        letter.c.kind != LetterKind.AGENT,
    )
)


_CARE = Prepared(
    select(func.count())
    .select_from(letter.join(ticket, letter.c.ticket_id == ticket.c.id))
    .where(
        ticket.c.customer_id.in_(every_address()),
        letter.c.not_before >= bindparam("since", type_=UTCDateTime()),
        letter.c.kind == LetterKind.CARE,
        letter.c.state != LetterState.CANCELLED,
    )
)


_SENT_ANY = PreparedList(
    lambda keys: (
        select(letter.c.recipient_key)
        .where(
            letter.c.recipient_key.in_(keys),
            letter.c.date >= bindparam("since", type_=UTCDateTime()),
            letter.c.kind != LetterKind.AGENT,
        )
        .distinct()
    )
)


_END = Prepared(
    letter.update()
    .where(letter.c.id == bindparam("of"), letter.c.claim == bindparam("by"))
    .values(
        state=bindparam("now_state"),
        claim=None,
        uncertain=func.coalesce(bindparam("now_uncertain", type_=letter.c.uncertain.type), letter.c.uncertain),
        code=bindparam("now_code"),
        answer=bindparam("now_answer"),
        due=func.coalesce(bindparam("next_due", type_=UTCDateTime()), letter.c.due),
        sent=func.coalesce(bindparam("now_sent", type_=UTCDateTime()), letter.c.sent),
        clocks_due=bindparam("now_clocks_due", type_=UTCDateTime()),
    )
)
"""Ends a claim; what is None stays as it was."""
_CLAIMED = PreparedList(
    lambda ids: (
        select(letter.c.id)
        .where(letter.c.id.in_(ids), letter.c.claim == bindparam("by"))
        .order_by(letter.c.id)
        .with_for_update()
    )
)


_OWED = Prepared(
    select(letter)
    .where(text(CLOCKS_OWED), letter.c.clocks_due <= bindparam("now", type_=UTCDateTime()))
    .order_by(letter.c.clocks_due)
    .limit(bindparam("most"))
)
_UNSEALED = Prepared(select(letter.c.id).where(text(UNSEALED)).limit(1))
_SEAL = (
    letter.update()
    .where(letter.c.id == bindparam("of"), text(UNSEALED))
    .values(sealed=bindparam("now_sealed"), variables={})
)


@cache
def _replace_bytes(dialect: str) -> Prepared:
    insert = inserting(dialect, letter_bytes)
    replaced = {name: insert.excluded[name] for name in ("sender", "recipients", "data")}
    return Prepared(insert.on_conflict_do_update(index_elements=["letter_id"], set_=replaced))


def _one_suspect_or_the_others(rows: Sequence[Row[Any]], composed: Mapping[int, bytes]) -> Sequence[Row[Any]]:
    """A letter that was claimed before and has no bytes may have killed its composer: it is tried alone."""
    suspects = {row.id for row in rows if row.attempts and row.id not in composed}
    return rows[:1] if rows[0].id in suspects else [row for row in rows if row.id not in suspects]


class SqlOutbox:
    """Conforms to ``huiying.flows.ports.Outbox``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, intents: Sequence[LetterIntent]) -> None:
        add_letters(self._unit, intents)

    def add_files(self, letter_id: int, files: Sequence[LetterFile]) -> None:
        seal = self._unit.seal
        rows = [
            {
                "letter_id": letter_id,
                "place": place,
                "name": seal.seal(each.name.encode("utf-8", "replace"), f"letter_file.name.{letter_id}.{place}"),
                "type": each.type,
                "data": seal.seal(each.data, f"letter_file.data.{letter_id}.{place}"),
            }
            for place, each in enumerate(files)
        ]
        self._unit.add(letter_file, rows)

    def files_of(self, letter_id: int) -> tuple[LetterFile, ...]:
        rows = self._unit.rows(
            select(letter_file).where(letter_file.c.letter_id == letter_id).order_by(letter_file.c.place)
        )
        return tuple(self._file(row) for row in rows)

    def _file(self, row: Row[Any]) -> LetterFile:
        seal, at = self._unit.seal, f"{row.letter_id}.{row.place}"
        return LetterFile(
            name=seal.open(row.name, f"letter_file.name.{at}").decode(),
            type=row.type,
            data=seal.open(row.data, f"letter_file.data.{at}"),
        )

    def sent_to_address(self, address_key: str, since: datetime, lately: datetime) -> tuple[int, int]:
        key = self._unit.seal.address_key(address_key)
        return self._counts(_AUTOMATIC, {"key": key, "since": since, "lately": lately})

    def sent_to_customer(self, customer_id: int, since: datetime, lately: datetime) -> tuple[int, int]:
        return self._counts(_TO_CUSTOMER, {"of": customer_id, "since": since, "lately": lately})

    def _counts(self, statement: Prepared, given: dict[str, Any]) -> tuple[int, int]:
        found = self._unit.rows(statement, given)[0]
        return int(found.whole), int(found.newer)

    def care_since(self, customer_id: int, since: datetime) -> int:
        return int(self._unit.value(_CARE, {"of": customer_id, "since": since}))

    def sent_any(self, address_keys: Collection[str], since: datetime) -> frozenset[str]:
        if not address_keys:
            return frozenset()
        keys = {self._unit.seal.address_key(each): each for each in address_keys}
        statement, given = _SENT_ANY.of(list(keys))
        return frozenset(keys[row.recipient_key] for row in self._unit.rows(statement, given | {"since": since}))

    def claim(self, worker: int, now: datetime, limit: int, *, but: Collection[str] = ()) -> tuple[ClaimedLetter, ...]:
        due: Executable | Prepared = _due(letter.c.mailbox.not_in(but)) if but else _DUE
        rows = self._unit.rows(due, {"now": now, "most": limit})
        if not rows:
            return ()
        composed = self._composed_bytes([row.id for row in rows])
        rows = _one_suspect_or_the_others(rows, composed)
        again = {row.id: row.state == LetterState.SENDING or row.uncertain for row in rows}
        self._unit.change(_TAKE, [{"by": worker, "of": id_} for id_ in again], quiet=True)
        resent = [id_ for id_ in again if again[id_]]
        if resent:
            self._unit.change(_COUNT_RESENDS, {"ids": resent}, quiet=True)
        return tuple(self._claimed(rows, composed, again, worker))

    def _claimed(
        self, rows: Sequence[Row[Any]], composed: Mapping[int, bytes], again: Mapping[int, bool], worker: int
    ) -> Iterator[ClaimedLetter]:
        """A letter that nobody can open any more is given up, and seen; the others go."""
        for row in rows:
            try:
                data = self._open(composed[row.id], row.id) if row.id in composed else None
                intent = letter_value(self._unit.seal, row)
            except Unreadable as error:
                self._end(row.id, worker, LetterState.FAILED, error.message)
                continue
            yield ClaimedLetter(intent=intent, attempts=row.attempts + 1, resend=again[row.id], data=data)

    def _composed_bytes(self, ids: list[int]) -> dict[int, bytes]:
        """Sealed."""
        return {row.letter_id: row.data for row in self._unit.rows(*_BYTES.of(ids))}

    def _open(self, sealed: bytes, letter_id: int) -> bytes:
        return self._unit.seal.open(sealed, f"letter_bytes.data.{letter_id}")

    def composed(self, letters: Sequence[OutgoingMail], worker: int) -> None:
        letters = sorted(letters, key=lambda each: each.letter_id)
        rows = [self._bytes_row(each) for each in letters]
        subjects = [{"of": each.letter_id, "by": worker, "now_subject": subject_of(each.data)} for each in letters]
        if self._unit.change(_SENDING, subjects, quiet=True) != len(rows):
            raise Conflict("A letter's claim was taken over meanwhile.")
        self._unit.change(_replace_bytes(self._unit.dialect), rows, quiet=True)

    def _bytes_row(self, mail: OutgoingMail) -> dict[str, Any]:
        seal, id_ = self._unit.seal, mail.letter_id
        recipients = json.dumps(mail.recipients, ensure_ascii=False).encode()
        return {
            "letter_id": id_,
            "sender": mail.sender,
            "recipients": seal.seal(recipients, f"letter_bytes.recipients.{id_}"),
            "data": seal.seal(mail.data, f"letter_bytes.data.{id_}"),
        }

    def complete(self, ends: Sequence[DeliveryResult], worker: int) -> frozenset[int]:
        if not ends:
            return frozenset()
        self._note([each.delivery for each in ends], worker)
        statement, ids = _CLAIMED.of([each.delivery.letter_id for each in ends])
        ours = frozenset(row.id for row in self._unit.rows(statement, ids | {"by": worker}))
        self._unit.change(_END, [self._ended(each, worker) for each in ends if each.delivery.letter_id in ours])
        return ours

    def _ended(self, end: DeliveryResult, worker: int) -> dict[str, Any]:
        tried = end.delivery
        sent = tried.at if end.state is LetterState.SENT else None
        return self._end_row(tried.letter_id, worker, end.state, tried.answer) | {
            "now_code": tried.code,
            "now_uncertain": tried.outcome is Outcome.UNCERTAIN,
            "next_due": end.next_try,
            "now_sent": sent,
            "now_clocks_due": end.clocks_due,
        }

    def release(self, worker: int) -> int:
        fewer = case((letter.c.attempts > 0, letter.c.attempts - 1), else_=0)
        return self._unit.change(letter.update().where(letter.c.claim == worker).values(claim=None, attempts=fewer))

    def _note(self, tries: Sequence[Delivery], worker: int) -> None:
        rows = []
        for tried in tries:
            id_ = self._unit.ids()
            rows.append(
                {
                    "id": id_,
                    "letter_id": tried.letter_id,
                    "at": tried.at,
                    "worker": worker,
                    "outcome": tried.outcome,
                    "code": tried.code,
                    "answer": seal_answer(self._unit.seal, tried.answer, f"delivery.answer.{id_}"),
                    "seconds": tried.seconds,
                }
            )
        self._unit.add(deliveries, rows)

    def _end(self, letter_id: int, worker: int, state: LetterState, because: str) -> bool:
        return self._unit.change(_END, self._end_row(letter_id, worker, state, because)) == 1

    def _end_row(self, letter_id: int, worker: int, state: LetterState, answer: str) -> dict[str, Any]:
        sealed = seal_answer(self._unit.seal, answer, f"letter.answer.{letter_id}")
        known = {"of": letter_id, "by": worker, "now_state": state, "now_code": 0, "now_answer": sealed}
        return known | dict.fromkeys(("now_uncertain", "next_due", "now_sent", "now_clocks_due"))

    def fail(self, letter_id: int, worker: int, because: str, at: datetime) -> bool:
        return self._end(letter_id, worker, LetterState.FAILED, because)

    def set_state(self, letter_id: int, state: LetterState, at: datetime) -> bool:
        c = letter.c
        idle = letter.update().where(and_(c.id == letter_id, c.claim.is_(None), c.state.in_(_FROM.get(state, ()))))
        values: dict[str, Any] = {"state": state}
        if state is LetterState.QUEUED:
            moment = bindparam("moment", at, type_=UTCDateTime())
            values |= {"attempts": 0, "due": case((c.not_before > moment, c.not_before), else_=moment)}
            # Why it waited is over; a server's answer stays until there is another.
            values["answer"] = case((c.state == LetterState.HELD, null()), else_=c.answer)
        return self._unit.change(idle.values(**values)) == 1

    def revive(self, letter_id: int, state: LetterState, at: datetime) -> bool:
        c = letter.c
        cancelled = letter.update().where(c.id == letter_id, c.claim.is_(None), c.state == LetterState.CANCELLED)
        moment = bindparam("moment", at, type_=UTCDateTime())
        due = case((c.not_before > moment, c.not_before), else_=moment)
        return self._unit.change(cancelled.values(state=state, attempts=0, due=due)) == 1

    def bounced(self, letter_id: int, code: str, at: datetime) -> LetterIntent | None:
        answer = seal_answer(self._unit.seal, code, f"letter.answer.{letter_id}")
        values = {"state": LetterState.BOUNCED, "code": 0, "answer": answer}
        c = letter.c
        back = letter.update().where(c.id == letter_id, c.state == LetterState.SENT, c.claim.is_(None))
        return self.intent(letter_id) if self._unit.change(back.values(**values)) else None

    def put_off(self, letter_id: int, worker: int, until: datetime) -> bool:
        c = letter.c
        moment = bindparam("moment", until, type_=UTCDateTime())
        later = case((c.due > moment, c.due), else_=moment)
        mine = letter.update().where(c.id == letter_id, c.claim == worker)
        fewer = case((c.attempts > 0, c.attempts - 1), else_=0)
        return self._unit.change(mine.values(claim=None, attempts=fewer, due=later), quiet=True) == 1

    def drop(self, letter_id: int, worker: int, because: str) -> bool:
        return self._end(letter_id, worker, LetterState.CANCELLED, because)

    def hold(self, letter_id: int, worker: int, because: str) -> bool:
        return self._end(letter_id, worker, LetterState.HELD, because)

    def progress_since(self, ticket_id: int, since: datetime) -> int:
        c = letter.c
        of_it = select(func.count()).where(
            c.ticket_id == ticket_id, c.kind == LetterKind.PROGRESS, c.state != LetterState.CANCELLED,
            c.not_before >= bindparam("since", since, type_=UTCDateTime()),
        )  # fmt: skip
        return int(self._unit.value(of_it))

    def bytes_of(self, letter_id: int) -> bytes | None:
        sealed = self._unit.value(select(letter_bytes.c.data).where(letter_bytes.c.letter_id == letter_id))
        return None if sealed is None else self._open(sealed, letter_id)

    def intent(self, letter_id: int) -> LetterIntent | None:
        row = self._unit.row(select(letter).where(letter.c.id == letter_id))
        return None if row is None else letter_value(self._unit.seal, row)

    def clocks_owed(self, now: datetime, limit: int) -> tuple[tuple[LetterIntent, datetime], ...]:
        rows = self._unit.rows(_OWED, {"now": now, "most": limit})
        owed = ((readable(partial(letter_value, self._unit.seal, row), None), row.sent) for row in rows)
        return tuple((intent, sent) for intent, sent in owed if intent is not None)

    def owe_clocks(self, letter_id: int, at: datetime | None) -> None:
        self._unit.change(letter.update().where(letter.c.id == letter_id).values(clocks_due=at), quiet=True)

    def unsealed(self) -> bool:
        return self._unit.value(_UNSEALED) is not None

    def seal_old(self, limit: int) -> int:
        old = select(letter.c.id, letter.c.variables, letter.c.sealed).where(text(UNSEALED)).order_by(letter.c.id)
        seal = self._unit.seal
        rows = [
            {"of": row.id, "now_sealed": seal_variables(seal, row.id, open_variables(seal, row))}
            for row in self._unit.rows(old.limit(limit))
        ]
        return self._unit.change(_SEAL, rows, quiet=True)

    def next_due(self) -> datetime | None:
        row = self._unit.row(_free().limit(1))
        return None if row is None else row.due
