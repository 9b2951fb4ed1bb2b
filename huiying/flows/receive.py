"""Reads one mailbox once: what is new is kept before anything is understood (DESIGN 3.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from core.domain.ledger import AfterFiling, ServerAction, Stage
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.ports import MailboxConnection

CHUNK = 20
"""Mails kept in one transaction."""
ACTIONS = 200
"""Server actions done in one round."""


def receive(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> int:
    """Keeps every mail that has no ledger row yet, then does what the server is owed; how many were kept.

    The cursor passes a UID only when that UID has a row, so a death at any line loses nothing.
    """
    cursor, old_before = _start(ctx, box, connection)
    kept = 0
    for chunk in _unknown(ctx, box, connection, cursor):
        kept += _keep(ctx, box, connection, chunk, old_before)
        ctx.wake.ring("kept")
    settle_server(ctx, box, connection)
    return kept


def settle_server(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> int:
    """Flags, moves or deletes mails whose bytes are committed; repeated until the server is owed nothing."""
    with ctx.store.read() as tx:
        actions = tx.ledger.server_actions(box.name, ACTIONS)
    actions = tuple(a for a in actions if a.folder == box.folder and a.uidvalidity == connection.uidvalidity)
    safe = _verified(ctx, actions)
    if not safe:
        return 0
    done = connection.apply(safe, box.move_to)
    if done:
        with ctx.store.write() as tx:
            tx.ledger.server_done(done, ctx.now())
    return len(done)


def _start(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> tuple[int, int]:
    """(cursor, first UID that is new mail); remembered at the first connect of each UIDVALIDITY."""
    key = (box.name, box.folder, connection.uidvalidity)
    with ctx.store.read() as tx:
        old_before = tx.ledger.start_at(*key)
        if old_before is not None:
            return tx.ledger.cursor(*key), old_before
        before = tx.ledger.first_connect(box.name, box.folder)
    old_before, cursor = _first_uids(box, connection, before)
    with ctx.store.write() as tx:
        tx.ledger.set_start(*key, old_before, cursor, ctx.now())
    return cursor, old_before


def _first_uids(box: MailboxSettings, connection: MailboxConnection, before: datetime | None) -> tuple[int, int]:
    """Where reading begins. After a change of UIDVALIDITY everything since the first connect is read again and
    known mails are recognised by their content; else ``start`` decides, and what lies there is old mail."""
    if before is not None:
        uids = connection.uids_since(before - timedelta(days=1))
        return 0, (min(uids) if uids else connection.uidnext) - 1
    if box.start == "all":
        return connection.uidnext, 0
    if box.start == "now":
        return connection.uidnext, connection.uidnext - 1
    day = datetime.combine(datetime.fromisoformat(str(box.start)).date(), time(), tzinfo=UTC)
    uids = connection.uids_since(day)
    return connection.uidnext, (min(uids) if uids else connection.uidnext) - 1


def _unknown(ctx: Context, box: MailboxSettings, connection: MailboxConnection, cursor: int) -> list[tuple[int, ...]]:
    uids = connection.uids_after(cursor)
    if not uids:
        return []
    with ctx.store.read() as tx:
        known = tx.ledger.known_uids(box.name, box.folder, connection.uidvalidity, uids)
    fresh = [uid for uid in uids if uid not in known]
    return [tuple(fresh[at : at + CHUNK]) for at in range(0, len(fresh), CHUNK)]


def _keep(
    ctx: Context, box: MailboxSettings, connection: MailboxConnection, uids: Sequence[int], old_before: int
) -> int:
    mails: list[RawMail] = list(connection.fetch(uids))
    missing = set(uids) - {mail.uid for mail in mails}
    too_large = set(connection.too_large) & missing
    key = (box.name, box.folder, connection.uidvalidity)
    with ctx.store.write() as tx:
        ids = tx.ledger.keep(mails, ctx.now(), old_before_uid=old_before, after=box.after.value)
        for uid in sorted(missing):
            stage, because = (Stage.TOO_LARGE, "over the size limit") if uid in too_large else (Stage.VANISHED, "gone")
            tx.ledger.note(*key, uid, stage, because, ctx.now())
        tx.ledger.advance(*key, max(uids))
    return len(ids)


def _verified(ctx: Context, actions: Sequence[ServerAction]) -> tuple[ServerAction, ...]:
    """A move or a delete waits until the stored bytes were read back once and have the right hash."""
    gentle = (AfterFiling.SEEN, AfterFiling.NOTHING)
    unsure = [a for a in actions if not a.verified and a.action not in gentle]
    good: set[int] = set()
    for action in unsure:
        with ctx.store.read() as tx:
            entry, data = tx.ledger.entry(action.ledger_id), tx.ledger.raw(action.ledger_id)
        if entry and hashlib.sha256(data).hexdigest() == entry.sha256:
            good.add(action.ledger_id)
    if good:
        with ctx.store.write() as tx:
            tx.ledger.server_verified(sorted(good))
    return tuple(a for a in actions if a.verified or a.action in gentle or a.ledger_id in good)


def keep_files(ctx: Context, mails: Sequence[RawMail], *, after: str = AfterFiling.NOTHING.value) -> tuple[int, ...]:
    """Keeps mails of a source without UIDs (files, the portal): known by their hash; the new rows' ids."""
    with ctx.store.write() as tx:
        ids = tx.ledger.keep(mails, ctx.now(), old_before_uid=0, after=after)
    ctx.wake.ring("kept")
    return ids
