"""Brings in old mail as history: kept and filed in small batches, in a number series of its own, with no letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from core.domain.mail import RawMail
from huiying.flows.context import Context
from huiying.flows.receive import keep_files
from huiying.flows.triage import triage

BATCH = 20
BATCH_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtIn:
    """``known`` were here already: an import may be repeated, or begun again after a break."""

    read: int = 0
    kept: int = 0
    known: int = 0


def bring_in(ctx: Context, mails: Iterable[RawMail], progress: Callable[[BroughtIn], None]) -> BroughtIn:
    """Each batch is filed before the next is read: a mail that a customer sends meanwhile waits behind one batch, not
    behind the whole archive, and the memory is that of one batch."""
    done = BroughtIn()
    for batch in _batches(mails):
        kept = len(keep_files(ctx, batch))
        while triage(ctx):
            pass
        done = BroughtIn(read=done.read + len(batch), kept=done.kept + kept, known=done.known + len(batch) - kept)
        progress(done)
    return done


def _batches(mails: Iterable[RawMail]) -> Iterator[list[RawMail]]:
    batch: list[RawMail] = []
    size = 0
    for mail in mails:
        batch.append(mail)
        size += len(mail.data)
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
