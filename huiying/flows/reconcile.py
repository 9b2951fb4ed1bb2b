"""Compares what a mail server shows with the ledger: a mail without a row is kept now, everything else is counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.domain.errors import NotFound
from core.domain.filing import AuditEntry
from core.domain.ledger import Stage
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.mailbox import MailboxConnection
from huiying.flows.receive import CHUNK, keep_uids

WINDOW = 5_000
"""UIDs of the server compared at a time: the memory that a mailbox of a million mails needs."""
NAMED = 20
"""UIDs named in the answer; the counts are of all."""
_WITH_BYTES = (Stage.KEPT, Stage.FILED, Stage.TOO_LARGE, Stage.QUARANTINED, Stage.SHUNTED)

_log = logging.getLogger("huiying.reconcile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """One folder. ``on_server`` counts mails from where reading began, ``stored`` those of them whose bytes are ours,
    ``missing`` those that had no row, or one that says they are gone, although reading had passed them (``kept`` of
    them are ours now), ``waiting``
    those that arrived meanwhile and are read next, ``refused`` those that have a row without bytes (not to be
    fetched), ``gone`` our mails that the server has no more. ``uids`` names some of the missing and refused."""

    mailbox: str
    folder: str
    uidvalidity: int
    began: bool
    on_server: int = 0
    stored: int = 0
    missing: int = 0
    kept: int = 0
    waiting: int = 0
    refused: int = 0
    gone: int = 0
    uids: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every mail that was to be read has its bytes with us."""
        return self.missing == self.kept and not self.refused


def reconcile(ctx: Context, box: MailboxSettings, connection: MailboxConnection, *, repair: bool) -> Reconciled:
    """The comparison, with ``repair`` also the mails that were missing. Raises ``MailboxUnavailable``."""
    key = (box.name, box.folder, connection.uidvalidity)
    with ctx.store.read() as tx:
        start, cursor = tx.ledger.start_at(*key), tx.ledger.cursor(*key)
        lowest = tx.ledger.lowest_uid(*key)
    if start is None:
        return Reconciled(mailbox=box.name, folder=box.folder, uidvalidity=connection.uidvalidity, began=False)
    first = min(start, lowest) if lowest else start
    uids = connection.uids_after(first - 1)
    stored = gone = 0
    missing: list[int] = []
    refused: list[int] = []
    for low, high, window in _windows(uids, first):
        with ctx.store.read() as tx:
            stages = tx.ledger.stages(*key, low, high)
        here = set(window)
        stored += sum(uid in here and stage in _WITH_BYTES for uid, stage in stages.items())
        gone += sum(uid not in here and stage in _WITH_BYTES for uid, stage in stages.items())
        refused += [uid for uid in window if stages.get(uid) is Stage.UNFETCHABLE]
        missing += [uid for uid in window if uid <= cursor and stages.get(uid, Stage.VANISHED) is Stage.VANISHED]
    kept = _repair(ctx, box, connection, missing, start) if repair and missing else 0
    done = Reconciled(
        mailbox=box.name,
        folder=box.folder,
        uidvalidity=connection.uidvalidity,
        began=True,
        on_server=len(uids),
        stored=stored + kept,
        missing=len(missing),
        kept=kept,
        waiting=len(uids) - stored - len(refused) - len(missing),
        refused=len(refused),
        gone=gone,
        uids=tuple((missing + refused)[:NAMED]),
    )
    _tell(ctx, done)
    return done


def mailbox_named(ctx: Context, name: str) -> MailboxSettings:
    """A configured mailbox. Raises ``NotFound``."""
    box = ctx.desk().mailbox(name)
    if box is None:
        raise NotFound(f"没有这个邮箱：{name} (no such mailbox)")
    return box


def _windows(uids: Sequence[int], first: int) -> Iterator[tuple[int, int, Sequence[int]]]:
    """(lowest, highest, UIDs of the server between them), without a gap up to the highest UID there can be."""
    low = first
    for at in range(0, max(len(uids), 1), WINDOW):
        window = uids[at : at + WINDOW]
        high = window[-1] if at + WINDOW < len(uids) else 2**32
        yield low, high, window
        low = high + 1


def _repair(
    ctx: Context, box: MailboxSettings, connection: MailboxConnection, missing: Sequence[int], start: int
) -> int:
    kept = 0
    for at in range(0, len(missing), CHUNK):
        kept += keep_uids(ctx, box, connection, missing[at : at + CHUNK], start)
        ctx.wake.ring("kept")
    return kept


def _tell(ctx: Context, done: Reconciled) -> None:
    """A gap is an alarm: it is logged and stands in the audit trail; that all is well is only logged."""
    if not done.missing:
        _log.info("Mailbox %s agrees with its server.", done.mailbox, extra={"action": "mailbox.reconciled"})
        return
    _log.error(
        "Mailbox %s: %d mail(s) of the server had no row, %d of them are kept now.",
        done.mailbox, done.missing, done.kept, extra={"action": "mailbox.reconciled"},
    )  # fmt: skip
    details = tuple((name, str(getattr(done, name))) for name in ("on_server", "missing", "kept", "uidvalidity"))
    entry = AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor="system",
        action="mailbox.reconciled",
        subject=f"mailbox:{done.mailbox}",
        details=details,
    )
    with ctx.store.write() as tx:
        tx.audit.add((entry,))
