"""Reads one mailbox once: what is new is kept before anything is understood (DESIGN 3.1)."""

from __future__ import annotations

import hashlib
import logging
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core.domain.errors import MailboxUnavailable, StoreUnavailable
from core.domain.ledger import AfterFiling, ServerAction, Stage
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.mailbox import MailboxConnection

CHUNK = 20
"""Mails fetched with one command and kept in one transaction."""
MOST_BYTES = 32 << 20
"""Of larger ones fewer are kept in one transaction."""
WINDOW = 2_000
"""UIDs looked up at a time."""
OVERTAKEN = 200
"""After so many mails of an archive it is asked whether anything new has come."""
ACTIONS = 200
"""Server actions done in one round."""
FIRST_PAUSE_S, MOST_DOUBLINGS = 1.0, 24
"""A mail that could not be fetched is tried again by the next connection (a broken line is no fault of the mail's),
then each time when twice the time has passed since the first try, for ever."""

_log = logging.getLogger("huiying.receive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who looks on while a folder is read: ``told`` hears (done, of how many), ``enough`` ends it after a chunk; the
    rest is read the next time."""

    told: Callable[[int, int], object] = lambda done, of: None
    enough: Callable[[], bool] = lambda: False


NOBODY = Watch()


def receive(ctx: Context, box: MailboxSettings, connection: MailboxConnection, watch: Watch = NOBODY) -> int:
    """Keeps every mail that has no ledger row yet, tries those again that could not be fetched, then does what the
    server is owed; how many were kept."""
    kept = keep_new(ctx, box, connection, watch) + _keep_unfetched(ctx, box, connection)
    while settle_server(ctx, box, connection) == ACTIONS:
        pass
    return kept


def keep_new(ctx: Context, box: MailboxSettings, connection: MailboxConnection, watch: Watch = NOBODY) -> int:
    """The first half of ``receive``. The cursor passes a UID only when that UID has a row, so a death at any line
    loses nothing. While an archive is read, what is new and what arrives meanwhile goes before it."""
    cursor, old_before = _start(ctx, box, connection)
    uids = connection.uids_after(cursor)
    old = [uid for uid in uids if uid < old_before]
    if not old:
        return _keep_all(ctx, box, connection, uids, old_before, watch)
    fresh, kept = [uid for uid in uids if uid >= old_before], 0
    highest = max(uids)
    for at in range(0, len(old), OVERTAKEN):
        if at:
            fresh = list(connection.uids_after(highest))
        kept += _keep_ahead(ctx, box, connection, fresh, old_before)
        highest = max([highest, *fresh])
        kept += _keep_all(ctx, box, connection, old[at : at + OVERTAKEN], old_before, watch, at, len(old))
        if watch.enough():
            break
    return kept


def _keep_ahead(
    ctx: Context, box: MailboxSettings, connection: MailboxConnection, uids: Sequence[int], old_before: int
) -> int:
    """New mail while older mail waits: kept, and the cursor stays where it is; it follows the first mail that comes
    after the archive."""
    kept = 0
    for chunk in _unknown(ctx, box, connection, uids):
        kept += keep_uids(ctx, box, connection, chunk, old_before, follow=False)
        ctx.wake.ring("kept")
    return kept


def _keep_all(
    ctx: Context,
    box: MailboxSettings,
    connection: MailboxConnection,
    uids: Sequence[int],
    old_before: int,
    watch: Watch,
    before: int = 0,
    of: int = 0,
) -> int:
    """Keeps these in their order, chunk by chunk; the cursor follows. Those that were kept ahead are passed over."""
    kept = 0
    for chunk in _unknown(ctx, box, connection, uids):
        kept += keep_uids(ctx, box, connection, chunk, old_before)
        ctx.wake.ring("kept")
        watch.told(before + bisect(uids, chunk[-1]), of or len(uids))
        if watch.enough():
            break
    return kept


def _keep_unfetched(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> int:
    kept = 0
    for uid in _unfetched(ctx, box, connection):
        kept += keep_uids(ctx, box, connection, (uid,), _start(ctx, box, connection)[1], have_rows=True)
        ctx.wake.ring("kept")
    return kept


def settle_server(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> int:
    """Flags, moves or deletes mails of this folder whose bytes are committed, one round; how many are settled. What is
    owed to another UIDVALIDITY is settled too: those UIDs name nothing any more."""
    with ctx.store.read() as tx:
        actions = tx.ledger.server_actions(box.name, ACTIONS, box.folder)
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
    """(first UID that is new mail, cursor). After a change of UIDVALIDITY everything since the first connect is read
    again, from a day before it for clocks that differ, and known mails are recognised by their content; else
    ``start`` decides. What came before the first connect is old mail."""
    if before is not None:
        uids, new = connection.uids_since(before - timedelta(days=1)), connection.uids_since(before)
        return min(new, default=connection.uidnext), min(uids, default=connection.uidnext) - 1
    if box.start == "all":
        return connection.uidnext, 0
    if box.start == "now":
        return connection.uidnext, connection.uidnext - 1
    day = datetime.combine(datetime.fromisoformat(str(box.start)).date(), time(), tzinfo=UTC)
    uids = connection.uids_since(day)
    return connection.uidnext, (min(uids) if uids else connection.uidnext) - 1


def _unknown(
    ctx: Context, box: MailboxSettings, connection: MailboxConnection, uids: Sequence[int]
) -> Iterator[tuple[int, ...]]:
    """Those that have no row, in chunks; a window is looked up at a time, however many there are."""
    for at in range(0, len(uids), WINDOW):
        window = uids[at : at + WINDOW]
        with ctx.store.read() as tx:
            known = tx.ledger.known_uids(box.name, box.folder, connection.uidvalidity, window)
        fresh = [uid for uid in window if uid not in known]
        yield from (tuple(fresh[one : one + CHUNK]) for one in range(0, len(fresh), CHUNK))


def keep_uids(
    ctx: Context,
    box: MailboxSettings,
    connection: MailboxConnection,
    uids: Sequence[int],
    old_before: int,
    *,
    have_rows: bool = False,
    follow: bool = True,
) -> int:
    """Fetches these and keeps them; how many were new. The cursor follows the mails that came, and of those that did
    not, the ones below these are gone: a UID that only a search named (a server's mistake, a line that was damaged
    on its way) must not hide the mails below it, nor the one that will have it. No more is in memory than
    ``MOST_BYTES`` and one mail. When fetching fails, what did not come is noted, so that the next connection passes on
    to the mails behind and tries each of these alone."""
    key = (box.name, box.folder, connection.uidvalidity)
    came: set[int] = set()
    kept = 0
    try:
        for batch in _in_batches(connection.fetch(uids)):
            now = came | {mail.uid for mail in batch}
            # What came whole takes the cursor with it, in one commit.
            passed = max(now) if follow and now.issuperset(uids) else 0
            kept += _keep(ctx, box, batch, old_before, key, passed)
            came = now
    except MailboxUnavailable as error:
        _note_unfetchable(ctx, key, [uid for uid in uids if uid not in came], error)
        raise
    highest = max(came, default=0)
    gone = [uid for uid in uids if uid not in came and (have_rows or uid < highest)]
    if gone or (highest and follow and not came.issuperset(uids)):
        with ctx.store.write() as tx:
            for uid in gone:
                tx.ledger.note(*key, uid, Stage.VANISHED, "gone", ctx.now())
            if highest and follow:
                tx.ledger.advance(*key, highest)
    return kept


def _keep(
    ctx: Context,
    box: MailboxSettings,
    mails: Sequence[RawMail],
    old_before: int,
    key: tuple[str, str, int],
    passed: int,
) -> int:
    """How many of these were new; with ``passed`` the cursor moves there."""
    with ctx.store.read() as tx:
        renumbered = tx.ledger.is_renumbered(*key)
    with ctx.store.write() as tx:
        ids = tx.ledger.keep(mails, ctx.now(), old_before_uid=old_before, after=box.after.value, renumbered=renumbered)
        if passed:
            tx.ledger.advance(*key, passed)
    return len(ids)


def _in_batches(mails: Iterator[RawMail]) -> Iterator[list[RawMail]]:
    """In groups that are stored as soon as they are large."""
    batch: list[RawMail] = []
    size = 0
    for mail in mails:
        batch.append(mail)
        size += len(mail.data)
        if size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _note_unfetchable(ctx: Context, key: tuple[str, str, int], uids: Sequence[int], error: MailboxUnavailable) -> None:
    _log.warning("Mailbox %s: %d mail(s) could not be fetched: %s", key[0], len(uids), error.message)
    with ctx.store.write() as tx:
        for uid in uids:
            tx.ledger.note(*key, uid, Stage.UNFETCHABLE, error.code, ctx.now())


def _unfetched(ctx: Context, box: MailboxSettings, connection: MailboxConnection) -> tuple[int, ...]:
    """Mails that could not be fetched before and whose turn has come again; those that failed least often first."""
    with ctx.store.read() as tx:
        failed = tx.ledger.unfetched(box.name, box.folder, connection.uidvalidity)
    return tuple(
        uid
        for uid, attempts, first in sorted(failed, key=lambda one: one[1])
        if ctx.now() - first >= timedelta(seconds=FIRST_PAUSE_S * (2 ** min(attempts - 1, MOST_DOUBLINGS) - 1))
    )


def _verified(ctx: Context, actions: Sequence[ServerAction]) -> tuple[ServerAction, ...]:
    """A move or a delete waits until the stored bytes were read back once and have the right hash."""
    gentle = (AfterFiling.SEEN, AfterFiling.NOTHING)
    unsure = [a for a in actions if not a.verified and a.action not in gentle]
    good = {action.ledger_id for action in unsure if _is_stored(ctx, action.ledger_id)}
    if good:
        with ctx.store.write() as tx:
            tx.ledger.server_verified(sorted(good))
    return tuple(a for a in actions if a.verified or a.action in gentle or a.ledger_id in good)


def _is_stored(ctx: Context, ledger_id: int) -> bool:
    """Whether our copy can be read back and has the right hash; a damaged one never lets the server's go."""
    try:
        with ctx.store.read() as tx:
            entry, data = tx.ledger.entry(ledger_id), tx.ledger.raw(ledger_id)
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001  one damaged row must not stop the mailbox
        _log.exception("The stored bytes of a mail cannot be read back.", extra={"mail": ledger_id})
        return False
    return entry is not None and hashlib.sha256(data).hexdigest() == entry.sha256


def keep_files(ctx: Context, mails: Sequence[RawMail], *, after: str = AfterFiling.NOTHING.value) -> tuple[int, ...]:
    """Keeps mails of a source without UIDs (files, the portal): known by their hash; the new rows' ids."""
    with ctx.store.write() as tx:
        ids = tx.ledger.keep(mails, ctx.now(), old_before_uid=0, after=after)
    ctx.wake.ring("kept")
    return ids
