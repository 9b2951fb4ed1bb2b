"""Does what was left undone: clocks of letters that are out, and what an older schema left unsealed or unfound."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from core.domain.errors import Unavailable
from core.domain.letter import LetterIntent
from huiying.flows.context import Context
from huiying.flows.keep import all_sent
from huiying.flows.retry import retried

CLOCKS_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=8)
AT_ONCE = 20
SEALED_AT_ONCE, INDEXED_AT_ONCE = 200, 50

_log = logging.getLogger("huiying.upkeep")


def upkeep(ctx: Context) -> int:
    """One step of each; how much was done."""
    return make_up_clocks(ctx) + seal_old_letters(ctx) + key_old_phones(ctx) + index_old_messages(ctx)


def make_up_clocks(ctx: Context) -> int:
    """The server took a letter, and what it does to the clocks failed: that is tried again with growing pauses,
    counted from the instant at which it was sent. How many succeeded."""
    with ctx.store.read() as tx:
        owed = tx.outbox.clocks_owed(ctx.now(), AT_ONCE)
    return sum(_made_up(ctx, letter, at) for letter, at in owed)


def _made_up(ctx: Context, letter: LetterIntent, at: datetime) -> int:
    try:
        retried(partial(_keep, ctx, letter, at))
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  it is tried again, and shown in the log until it succeeds
        _log.exception("The clocks of a letter's ticket could not be made up.", extra={"letter": letter.id})
        now = ctx.now()
        pause = min(max(CLOCKS_PAUSE, now - at), LONGEST_PAUSE)
        with ctx.store.write() as tx:
            tx.outbox.owe_clocks(letter.id, now + pause)
        return 0
    ctx.wake.ring("changed")
    return 1


def _keep(ctx: Context, letter: LetterIntent, at: datetime) -> None:
    with ctx.store.write() as tx:
        tx.outbox.owe_clocks(letter.id, None)
        all_sent(ctx, tx, [(letter, at)])


def seal_old_letters(ctx: Context) -> int:
    """Seals some letters that an older schema filed; 0 when all are."""
    with ctx.store.read() as tx:
        if not tx.outbox.unsealed():
            return 0
    with ctx.store.write() as tx:
        return tx.outbox.seal_old(SEALED_AT_ONCE)


def key_old_phones(ctx: Context) -> int:
    """Customers whose numbers an older schema kept are found by them from then on; 0 when all are."""
    with ctx.store.read() as tx:
        if not tx.tickets.has_old_phones():
            return 0
    with ctx.store.write() as tx:
        return tx.tickets.key_phones(SEALED_AT_ONCE)


def index_old_messages(ctx: Context) -> int:
    """Messages that an older schema filed are found by their words from then on; 0 when all are."""
    with ctx.store.read() as tx:
        if not tx.words.is_behind():
            return 0
    with ctx.store.write() as tx:
        return tx.words.step(INDEXED_AT_ONCE)
