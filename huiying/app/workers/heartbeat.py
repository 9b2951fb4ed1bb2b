"""Says that this process lives, and takes over what dead ones left behind."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.domain.errors import Conflict, HuiyingError, Unavailable
from core.domain.people import Worker
from huiying.app.process import Watch, host_name, is_dead
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

BEAT_S = 5.0

_log = logging.getLogger("huiying.heartbeat")


class Buried(HuiyingError):
    """Another process found this one silent and took its work over; it must begin anew."""

    code = "buried"


def heartbeat(ctx: Context, stop: threading.Event) -> None:
    """Beats every five seconds until ``stop``, and says which data key this process knows by then. Raises
    ``Buried``: what a buried worker claims, nobody would free."""
    watch, told = Watch(), 0
    noted: frozenset[str] = frozenset()
    while not stop.wait(BEAT_S):
        try:
            known = ctx.newest_key()
            with ctx.store.write() as tx:
                alive = tx.workers.beat(ctx.worker)
                if known != told:
                    tx.workers.know(ctx.worker, known)
                noted = note_faults(tx, noted)
            told = known
            if not alive:
                raise Buried
            take_over(ctx, watch.is_dead)
        except (Unavailable, Conflict) as error:
            _log.warning("The heartbeat waits: %s", error.message)


def note_faults(tx: Transaction, noted: frozenset[str]) -> frozenset[str]:
    """Stored values that this process could not open are told to all: ``status`` and every page say so. Those that
    were noted by now."""
    met = tx.sealed.met()
    if met - noted:
        _log.error("Stored values do not open.", extra={"action": "store.unreadable", "places": sorted(met - noted)})
        tx.sealed.note_faults(met - noted)
    return met


@contextmanager
def kept_alive(ctx: Context) -> Iterator[Callable[[], None]]:
    """Beats while a command works. What it gives raises what ended the beating, ``Buried`` above all: whoever works
    long asks it now and then."""
    stop = threading.Event()
    ended: list[BaseException] = []

    def beat() -> None:
        try:
            heartbeat(ctx, stop)
        except BaseException as error:  # noqa: BLE001  it is raised where the work is done
            ended.append(error)

    def check() -> None:
        if ended:
            raise ended[0]

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield check
    finally:
        stop.set()
        thread.join()


def take_over(ctx: Context, dead_is: Callable[[Worker, str], bool] = is_dead) -> int:
    """Frees the claims of dead workers: at once on this host, after 30 s of silence elsewhere; how many."""
    host = host_name()
    with ctx.store.read() as tx:
        dead = [other for other in tx.workers.others(ctx.worker) if dead_is(other, host)]
    freed = 0
    for other in dead:
        with ctx.store.write() as tx:
            freed += tx.workers.bury(other.id)
    if dead:
        _log.info("Took over from %d dead worker(s): %d claim(s).", len(dead), freed)
        ctx.wake.ring("kept")
        ctx.wake.ring("letters")
    return freed
