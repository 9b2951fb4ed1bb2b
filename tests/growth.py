"""How much more work a larger text is, on a machine that has other work, too."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import thread_time

ROUNDS = 12
LEAST = 0.002
"""Seconds: work shorter than this counts as this long, since a clock's tick would be its measure."""


def growth(work: Callable[[int], Callable[[], object]], small: int, large: int, *, enough: float) -> float:
    """How many times the processor time of the small work the large one takes; `work(size)` prepares a call.

    Other programs only ever add to a time, so the least of each counts, measured by turns, and a ratio over `enough` is
    measured again: one that belongs to the work stays. What the tests before left for the collector of garbage is not
    this work's, nor what other threads do.
    """
    calls = work(small), work(large)
    best = [float("inf"), float("inf")]
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for place, call in enumerate(calls):
                start = thread_time()
                call()
                best[place] = min(best[place], thread_time() - start)
            if best[1] <= enough * max(best[0], LEAST):
                break
    finally:
        gc.enable()
    return best[1] / max(best[0], LEAST)
