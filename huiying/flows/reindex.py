"""Makes the index of words anew while everything goes on: what was found before is found all the while."""

from __future__ import annotations

from collections.abc import Callable

from huiying.flows.context import Context
from huiying.flows.retry import retried

AT_ONCE = 200


def reindex(ctx: Context, told: Callable[[int], None] = lambda done: None) -> int:
    """All messages, newest first; how many. ``told`` hears how many so far. Whoever stops it leaves the rest to
    upkeep."""
    with ctx.store.write() as tx:
        tx.words.begin_again()
    done = 0
    while step := retried(lambda: _step(ctx)):
        done += step
        told(done)
    return done


def _step(ctx: Context) -> int:
    with ctx.store.write() as tx:
        return tx.words.step(AT_ONCE)
