"""The ledger: every mail a source ever showed, its bytes, its claims and what the server is owed (DESIGN 3.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, case, func, select, text

from core.domain.errors import Conflict, NotFound, OriginalGone
from core.domain.ledger import HISTORY, AfterFiling, LedgerEntry, ServerAction, Stage
from core.domain.mail import RawMail
from store.prepared import Prepared, PreparedList
from store.tables import ledger, mailbox_folder, raw_mail, removed_original
from store.tables.mail import OWED, UNHEARD, WAITING, WITH_UID, WITHOUT_UID
from store.unit import Unit, inserting

_SOME = 400
"""How many values stand in one IN list."""
Where = ColumnElement[bool]
_WITHOUT_BYTES = (Stage.VANISHED, Stage.UNFETCHABLE)
LONGEST_TRACE = 20_000


def _of_folder(table: Table) -> Where:
    c = table.c
    return and_(
        c.mailbox == bindparam("of_mailbox"),
        c.folder == bindparam("of_folder"),
        c.uidvalidity == bindparam("of_validity"),
    )


# Written once: building a statement anew costs more than running it, and these run for every mail.
_CURSOR = Prepared(select(mailbox_folder.c.cursor).where(_of_folder(mailbox_folder)))
_START = Prepared(select(mailbox_folder.c.start_uid).where(_of_folder(mailbox_folder)))
_BY_UIDS = select(ledger.c.uid, ledger.c.id, ledger.c.stage).where(
    _of_folder(ledger), ledger.c.uid.in_(bindparam("uids", expanding=True))
)
_BY_DIGESTS = PreparedList(
    lambda digests: select(ledger.c.sha256).where(
        ledger.c.mailbox == bindparam("of_mailbox"), ledger.c.sha256.in_(digests), text(WITHOUT_UID)
    )
)
_STAGES = Prepared(
    select(ledger.c.uid, ledger.c.stage).where(
        _of_folder(ledger), ledger.c.uid.between(bindparam("first_uid"), bindparam("last_uid"))
    )
)
_LOWEST = Prepared(select(func.min(ledger.c.uid)).where(_of_folder(ledger)))
_UNFETCHED = Prepared(
    select(ledger.c.uid, ledger.c.attempts, ledger.c.kept_at)
    .where(_of_folder(ledger), ledger.c.stage == Stage.UNFETCHABLE)
    .order_by(ledger.c.uid)
)
_OTHER_VALIDITY = Prepared(
    select(mailbox_folder.c.uidvalidity)
    .where(
        mailbox_folder.c.mailbox == bindparam("of_mailbox"),
        mailbox_folder.c.folder == bindparam("of_folder"),
        mailbox_folder.c.uidvalidity != bindparam("of_validity"),
    )
    .limit(1)
)
# By size too: of a mail over the limit only the beginning is hashed.
_RENUMBERED = Prepared(
    select(ledger.c.id)
    .where(
        ledger.c.mailbox == bindparam("of_mailbox"),
        ledger.c.sha256 == bindparam("of_sha256"),
        ledger.c.size == bindparam("of_size"),
        ledger.c.folder == bindparam("of_folder"),
        ledger.c.uidvalidity != bindparam("of_validity"),
        text(WITH_UID),
    )
    .order_by(ledger.c.id)
    .limit(1)
)


def _oldest(*which: str) -> Prepared:
    waiting = select(ledger).where(*(text(one) for one in (WAITING, *which))).order_by(ledger.c.old, ledger.c.id)
    return Prepared(waiting.limit(bindparam("most")).with_for_update(skip_locked=True))


_UNTRIED = _oldest("attempts = 0")
_TRIED = _oldest("attempts > 0")
_TRIED_LIVE = _oldest("attempts > 0", "old = false")
"""Asked where no other live mail waits: it never looks through an archive."""
_TAKE = Prepared(
    ledger.update().where(ledger.c.id == bindparam("of")).values(claim=bindparam("by"), attempts=ledger.c.attempts + 1)
)
_RAWS = PreparedList(lambda ids: select(raw_mail.c.ledger_id, raw_mail.c.data).where(raw_mail.c.ledger_id.in_(ids)))


@cache
def _forward(dialect: str) -> Prepared:
    """Moves a folder's cursor, never back."""
    insert = inserting(dialect, mailbox_folder).values(
        mailbox=bindparam("of_mailbox"),
        folder=bindparam("of_folder"),
        uidvalidity=bindparam("of_validity"),
        cursor=bindparam("new_cursor"),
    )
    forward = insert.on_conflict_do_update(
        index_elements=["mailbox", "folder", "uidvalidity"],
        set_={"cursor": insert.excluded.cursor},
        where=mailbox_folder.c.cursor < insert.excluded.cursor,
    )
    return Prepared(forward)


def ledger_entry(row: Row[Any]) -> LedgerEntry:
    """A ledger row as a value."""
    return LedgerEntry(
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
        stage=Stage(row.stage),
        attempts=row.attempts,
        old=row.old,
        replay_of=row.replay_of,
        because=row.because,
        not_spam=row.not_spam,
    )


def _place(mailbox: str, folder: str, uidvalidity: int) -> dict[str, Any]:
    return {"of_mailbox": mailbox, "of_folder": folder, "of_validity": uidvalidity}


def _in_groups(values: Iterable[Any]) -> Iterable[list[Any]]:
    every = list(values)
    return (every[start : start + _SOME] for start in range(0, len(every), _SOME))


class SqlLedger:
    """Conforms to ``huiying.flows.ports.Ledger``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def cursor(self, mailbox: str, folder: str, uidvalidity: int) -> int:
        return self._unit.value(_CURSOR, _place(mailbox, folder, uidvalidity)) or 0

    def start_at(self, mailbox: str, folder: str, uidvalidity: int) -> int | None:
        found: int | None = self._unit.value(_START, _place(mailbox, folder, uidvalidity))
        return found

    def set_start(self, mailbox: str, folder: str, uidvalidity: int, uid: int, cursor: int, at: datetime) -> None:
        self.advance(mailbox, folder, uidvalidity, cursor)
        start = mailbox_folder.update().where(_of_folder(mailbox_folder)).values(start_uid=uid, started=at)
        self._unit.change(start, _place(mailbox, folder, uidvalidity))

    def is_renumbered(self, mailbox: str, folder: str, uidvalidity: int) -> bool:
        return self._unit.value(_OTHER_VALIDITY, _place(mailbox, folder, uidvalidity)) is not None

    def first_connect(self, mailbox: str, folder: str) -> datetime | None:
        c = mailbox_folder.c
        earliest = select(c.started).where(c.mailbox == mailbox, c.folder == folder, c.started.is_not(None))
        found: datetime | None = self._unit.value(earliest.order_by(c.started).limit(1))
        return found

    def advance(self, mailbox: str, folder: str, uidvalidity: int, cursor: int) -> None:
        place = _place(mailbox, folder, uidvalidity)
        self._unit.change(_forward(self._unit.dialect), place | {"new_cursor": cursor})

    def known_uids(self, mailbox: str, folder: str, uidvalidity: int, uids: Collection[int]) -> frozenset[int]:
        return frozenset(self._rows_of(mailbox, folder, uidvalidity, uids))

    def stages(self, mailbox: str, folder: str, uidvalidity: int, first: int, last: int) -> dict[int, Stage]:
        within = {"first_uid": first, "last_uid": last}
        rows = self._unit.rows(_STAGES, _place(mailbox, folder, uidvalidity) | within)
        return {row.uid: Stage(row.stage) for row in rows}

    def id_of(self, mailbox: str, folder: str, uidvalidity: int, uid: int) -> int:
        found = self._rows_of(mailbox, folder, uidvalidity, [uid]).get(uid)
        return 0 if found is None else found.id

    def lowest_uid(self, mailbox: str, folder: str, uidvalidity: int) -> int:
        return self._unit.value(_LOWEST, _place(mailbox, folder, uidvalidity)) or 0

    def _rows_of(self, mailbox: str, folder: str, uidvalidity: int, uids: Iterable[int]) -> dict[int, Row[Any]]:
        place, found = _place(mailbox, folder, uidvalidity), dict[int, Row[Any]]()
        for some in _in_groups(uids):
            found.update((row.uid, row) for row in self._unit.rows(_BY_UIDS, place | {"uids": some}))
        return found

    def keep(
        self, mails: Sequence[RawMail], at: datetime, *, old_before_uid: int, after: str, renumbered: bool = False
    ) -> tuple[int, ...]:
        fresh: dict[tuple[Any, ...], dict[str, Any]] = {}
        for mail in mails:
            digest = hashlib.sha256(mail.data).hexdigest()
            where = (mail.mailbox, mail.folder, mail.uidvalidity, mail.uid) if mail.uid else (mail.mailbox, digest)
            if where in fresh:
                continue
            row = self._new_row(mail, digest, at, old_before_uid, AfterFiling(after))
            row["sealed"] = self._unit.seal.seal(mail.data, f"raw_mail.data.{row['id']}")
            fresh[where] = row
        known = self._known(mails, fresh)
        rows = [row for where, row in fresh.items() if where not in known]
        return self._store([row for row in rows if not (renumbered and row["uid"] and self._same_as_before(row))])

    def _same_as_before(self, row: dict[str, Any]) -> bool:
        """Gives the row that the same mail had under another UIDVALIDITY its new numbers; False when there is none."""
        place = _place(row["mailbox"], row["folder"], row["uidvalidity"])
        found = self._unit.value(_RENUMBERED, place | {"of_sha256": row["sha256"], "of_size": row["size"]})
        if found is None:
            return False
        numbers = {"uidvalidity": row["uidvalidity"], "uid": row["uid"]}
        return bool(self._unit.change(ledger.update().where(ledger.c.id == found).values(numbers), quiet=True))

    def _new_row(
        self, mail: RawMail, digest: str, at: datetime, old_before_uid: int, after: AfterFiling
    ) -> dict[str, Any]:
        if not mail.uid or (mail.whole and after is not AfterFiling.SEEN):
            # The server's copy of a mail of which we have the beginning only must stay where it is.
            after = AfterFiling.NOTHING
        owed = after is not AfterFiling.NOTHING
        return self._blank(
            id=self._unit.ids(),
            source=mail.source,
            mailbox=mail.mailbox,
            folder=mail.folder,
            uidvalidity=mail.uidvalidity,
            uid=mail.uid or None,
            sha256=digest,
            size=mail.whole or len(mail.data),
            arrived=mail.arrived,
            kept_at=at,
            stage=Stage.KEPT,
            old=mail.uid < old_before_uid if mail.uid else mail.source == HISTORY,
            server_action=after,
            server_state="owed" if owed else "",
        )

    @staticmethod
    def _blank(**given: Any) -> dict[str, Any]:  # noqa: ANN401  columns
        return {
            "because": "",
            "trace": "",
            "attempts": 0,
            "claim": None,
            "replay_of": 0,
            "ticket_id": None,
            "message_id": 0,
            "verdict_kind": "",
            "verdict": "",
            "subject": "",
            "sender_masked": "",
            "silent_because": "",
            "authentication": "",
            "not_spam": False,
            "filed_at": None,
            "server_at": None,
            **given,
        }

    def _known(self, mails: Sequence[RawMail], fresh: dict[tuple[Any, ...], dict[str, Any]]) -> set[tuple[Any, ...]]:
        """The places that have a row already. One without bytes does not count: its place is cleared for them."""
        known: set[tuple[Any, ...]] = set()
        for mailbox, folder, validity in {(mail.mailbox, mail.folder, mail.uidvalidity) for mail in mails if mail.uid}:
            uids = [row["uid"] for row in fresh.values() if row["uid"] and row["mailbox"] == mailbox]
            for uid, found in self._rows_of(mailbox, folder, validity, uids).items():
                if found.stage in _WITHOUT_BYTES and (mailbox, folder, validity, uid) in fresh:
                    self._unit.change(ledger.delete().where(ledger.c.id == found.id))
                else:
                    known.add((mailbox, folder, validity, uid))
        for mailbox in {mail.mailbox for mail in mails if not mail.uid}:
            digests = [row["sha256"] for row in fresh.values() if row["uid"] is None and row["mailbox"] == mailbox]
            for some in _in_groups(digests):
                statement, values = _BY_DIGESTS.of(some)
                rows = self._unit.rows(statement, values | {"of_mailbox": mailbox})
                known.update((mailbox, row.sha256) for row in rows)
        return known

    def _store(self, rows: list[dict[str, Any]]) -> tuple[int, ...]:
        sealed = [{"ledger_id": row["id"], "data": row.pop("sealed")} for row in rows]
        self._unit.add(ledger, rows)
        self._unit.add(raw_mail, sealed)
        return tuple(row["id"] for row in rows)

    def note(
        self, mailbox: str, folder: str, uidvalidity: int, uid: int, stage: Stage, because: str, at: datetime
    ) -> None:
        found = self._rows_of(mailbox, folder, uidvalidity, [uid]).get(uid)
        if found is None:
            row = self._blank(
                id=self._unit.ids(),
                source="imap",
                mailbox=mailbox,
                folder=folder,
                uidvalidity=uidvalidity,
                uid=uid,
                sha256="",
                size=0,
                arrived=at,
                kept_at=at,
                stage=stage,
                old=False,
                server_action=AfterFiling.NOTHING,
                server_state="",
            )
            self._unit.add(ledger, [row | {"because": because, "attempts": 1}])
        elif found.stage in _WITHOUT_BYTES:
            change = ledger.update().where(ledger.c.id == found.id)
            self._unit.change(change.values(stage=stage, because=because, attempts=ledger.c.attempts + 1))

    def unfetched(self, mailbox: str, folder: str, uidvalidity: int) -> tuple[tuple[int, int, datetime], ...]:
        failed = self._unit.rows(_UNFETCHED, _place(mailbox, folder, uidvalidity))
        return tuple((row.uid, row.attempts, row.kept_at) for row in failed)

    def claim(self, worker: int, limit: int) -> tuple[LedgerEntry, ...]:
        untried = self._unit.rows(_UNTRIED, {"most": limit})
        rows = [row for row in untried if row.old == untried[0].old]
        if not rows or rows[0].old:
            # A mail that was claimed before may have killed its worker: it is tried alone, and after those beside it.
            rows = list(self._unit.rows(_TRIED_LIVE if rows else _TRIED, {"most": 1})) or rows
        if not rows:
            return ()
        self._unit.change(_TAKE, [{"by": worker, "of": row.id} for row in rows], quiet=True)
        return tuple(replace(ledger_entry(row), attempts=row.attempts + 1) for row in rows)

    def unclaim(self, ids: Sequence[int], *, forgive: bool, worker: int | None = None) -> None:
        fewer = case((ledger.c.attempts > 0, ledger.c.attempts - 1), else_=0) if forgive else ledger.c.attempts
        held = ledger.c.claim.is_not(None) if worker is None else ledger.c.claim == worker
        for some in _in_groups(ids):
            back = ledger.update().where(ledger.c.id.in_(some), held)
            self._unit.change(back.values(claim=None, attempts=fewer))

    def release(self, worker: int) -> int:
        mine = ledger.update().where(ledger.c.claim == worker)
        fewer = case((ledger.c.attempts > 0, ledger.c.attempts - 1), else_=0)
        return self._unit.change(mine.values(claim=None, attempts=fewer))

    def raw(self, ledger_id: int) -> bytes:
        return self.raws([ledger_id])[ledger_id]

    def raws(self, ledger_ids: Sequence[int]) -> dict[int, bytes]:
        rows = self._unit.rows(*_RAWS.of(ledger_ids)) if ledger_ids else ()
        sealed = {row.ledger_id: row.data for row in rows}
        for id_ in ledger_ids:
            if id_ not in sealed:
                raise self._missing(id_)
        return {id_: self._unit.seal.open(sealed[id_], f"raw_mail.data.{id_}") for id_ in ledger_ids}

    def _missing(self, ledger_id: int) -> NotFound:
        at = self._unit.value(select(removed_original.c.at).where(removed_original.c.id == ledger_id))
        return NotFound(f"No bytes are stored for mail {ledger_id}.") if at is None else OriginalGone(at)

    def replace_bytes(self, ledger_id: int, data: bytes) -> None:
        sealed = self._unit.seal.seal(data, f"raw_mail.data.{ledger_id}")
        if not self._unit.change(raw_mail.update().where(raw_mail.c.ledger_id == ledger_id).values(data=sealed)):
            raise self._missing(ledger_id)
        of = ledger.update().where(ledger.c.id == ledger_id)
        self._unit.change(of.values(sha256=hashlib.sha256(data).hexdigest(), size=len(data)))

    def entry(self, ledger_id: int) -> LedgerEntry | None:
        row = self._unit.row(select(ledger).where(ledger.c.id == ledger_id))
        return None if row is None else ledger_entry(row)

    def requeue(self, ledger_id: int, at: datetime) -> None:
        self._require_bytes(ledger_id)
        back = ledger.update().where(ledger.c.id == ledger_id)
        ticket = func.coalesce(ledger.c.ticket_id, ledger.c.replay_of)
        because = f"replay:{at.isoformat(timespec='seconds')}"
        self._unit.change(
            back.values(stage=Stage.KEPT, attempts=0, claim=None, replay_of=ticket, filed_at=None, because=because)
        )

    def _require_bytes(self, ledger_id: int) -> None:
        # Retention locks what it removes: only behind that lock it is seen whether the bytes are gone.
        self._unit.value(select(ledger.c.id).where(ledger.c.id == ledger_id).with_for_update())
        if self._unit.value(select(raw_mail.c.ledger_id).where(raw_mail.c.ledger_id == ledger_id)) is None:
            raise self._missing(ledger_id)

    def clear_spam(self, ledger_id: int) -> bool:
        self._require_bytes(ledger_id)
        c = ledger.c
        unheard = c.id == ledger_id, c.stage == Stage.FILED, text(UNHEARD)
        back = (
            ledger.update()
            .where(*unheard)
            .values(stage=Stage.KEPT, attempts=0, claim=None, filed_at=None, silent_because="", not_spam=True)
        )
        return self._unit.change(back) > 0

    def set_stage(self, ledger_id: int, stage: Stage, because: str, trace: str = "") -> None:
        change = ledger.update().where(ledger.c.id == ledger_id)
        self._unit.change(change.values(stage=stage, because=because, trace=trace[-LONGEST_TRACE:], claim=None))

    def server_actions(self, mailbox: str, limit: int, folder: str = "") -> tuple[ServerAction, ...]:
        c = ledger.c
        owed = select(c.id, c.folder, c.uidvalidity, c.uid, c.server_action, c.server_state)
        if folder:
            owed = owed.where(c.folder == folder)
        rows = self._unit.rows(owed.where(c.mailbox == mailbox, text(OWED)).order_by(c.id).limit(limit))
        return tuple(
            ServerAction(
                ledger_id=row.id,
                folder=row.folder,
                uidvalidity=row.uidvalidity,
                uid=row.uid,
                action=AfterFiling(row.server_action),
                verified=row.server_state == "verified",
            )
            for row in rows
        )

    def forget_actions(self, mailbox: str, folders: Collection[str], at: datetime) -> int:
        c = ledger.c
        over = ledger.update().where(c.mailbox == mailbox, c.folder.not_in(folders), text(OWED))
        return self._unit.change(over.values(server_state="done", server_at=at), quiet=True)

    def server_verified(self, ids: Sequence[int]) -> None:
        for some in _in_groups(ids):
            owed = ledger.update().where(ledger.c.id.in_(some), ledger.c.server_state == "owed")
            self._unit.change(owed.values(server_state="verified"), quiet=True)

    def server_done(self, ids: Sequence[int], at: datetime) -> None:
        for some in _in_groups(ids):
            done = ledger.update().where(ledger.c.id.in_(some), ledger.c.server_state != "")
            self._unit.change(done.values(server_state="done", server_at=at), quiet=True)


_COMPLETE = Prepared(
    ledger.update()
    .where(ledger.c.id == bindparam("of"), ledger.c.claim == bindparam("by"), ledger.c.stage == Stage.KEPT)
    .values({name: bindparam(f"new_{name}") for name in (
        "stage", "because", "verdict_kind", "verdict", "silent_because", "subject", "sender_masked", "authentication",
        "ticket_id", "message_id", "filed_at", "trace",
    )} | {"claim": None})
)  # fmt: skip


def complete_claims(unit: Unit, rows: list[dict[str, Any]]) -> None:
    """Ends the claims of filed mails; ``Conflict`` when one of them is no longer held as the row says."""
    rows = sorted(rows, key=lambda row: row["of"])
    if unit.change(_COMPLETE, rows) != len(rows):
        raise Conflict("A mail's claim was taken over meanwhile.")
