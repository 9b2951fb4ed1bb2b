"""How a worker loops: work while there is any, then wait to be woken; trouble outside is waited out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from core.domain.errors import Conflict, Unavailable
from huiying.flows.ports import Wake

POLL_S = 1.0
"""The short poll: the guarantee behind every wake-up."""
LONGEST_PAUSE_S = 10.0

_log = logging.getLogger("huiying.worker")


def work_loop(
    name: str,
    work: Callable[[], int],
    wake: Wake,
    stage: str,
    stop: threading.Event,
    *,
    begin_again: Callable[[], object] = lambda: None,
    full: int = 1,
    poll: float = POLL_S,
) -> None:
    """Calls ``work`` until it does less than a ``full`` batch, then waits for ``stage``: what comes meanwhile rings,
    so nobody looks in vain while the next stage works. ``Unavailable`` means a growing pause, after which
    ``begin_again`` puts right what the interrupted work left behind."""
    pause = 0.0
    while not stop.is_set():
        try:
            if pause:
                begin_again()
            while not stop.is_set() and work() >= full:
                pause = 0.0
            pause = 0.0
        except (Unavailable, Conflict) as error:
            pause = min(max(0.2, pause * 2), LONGEST_PAUSE_S)
            _log.warning("%s waits: %s", name, error.message, extra={"action": f"{name}.waits", "code": error.code})
            stop.wait(pause)
            continue
        wake.wait(stage, poll)
