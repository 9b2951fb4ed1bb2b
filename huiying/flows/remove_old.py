"""Removes originals and log lines that were kept long enough: by command, or by itself at night, a bite at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from core.domain.filing import AuditEntry
from core.domain.retention import Removal, RemovalStep, months_before
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried

REMOVED = "retention.removed"
NIGHT = range(1, 5)
"""The hours in which it is done by itself, by the desk's clock."""
MISSED = timedelta(days=7)
"""What is due for longer shows that the machine does not run at night: then it is done by day."""
GRACE = timedelta(days=7)
"""Nothing goes by itself before: whoever upgraded may want other terms."""
LEASE, LEASED_S = "retention", 600.0
_KINDS = ("mails", "letters", "files", "log")


def limits(ctx: Context) -> dict[str, datetime]:
    """What came here earlier than that goes, by kind."""
    kept, now = ctx.desk().retention, ctx.now()
    mail, log = months_before(now, kept.mail_months), months_before(now, kept.log_months)
    return dict.fromkeys(_KINDS, mail) | {"log": log}


def what_is_due(ctx: Context) -> Removal:
    """What ``remove_old`` would take now."""
    return _counted(_steps(ctx, remove=False))


def remove_old(ctx: Context, by: str, told: Callable[[int], None] = lambda done: None) -> Removal:
    """Takes it away, and notes how much, also when it is broken off: the rest is taken the next time."""
    done: Counter[str] = Counter()
    try:
        for kind, removed in _steps(ctx, remove=True):
            done[kind] += removed
            told(done.total())
    finally:
        _note(ctx, by, Removal(**done))
    return Removal(**done)


def _steps(ctx: Context, *, remove: bool, late: timedelta = timedelta(0)) -> Iterator[tuple[str, int]]:
    """One transaction each; with ``late`` only what has been due for so long."""
    for kind, limit in limits(ctx).items():
        before = limit - late
        after: int | None = 0
        while after is not None:
            step = retried(partial(_step, ctx, kind, before, after, remove))
            yield kind, step.removed
            after = step.after


def _step(ctx: Context, kind: str, before: datetime, after: int, remove: bool) -> RemovalStep:
    if not remove:
        with ctx.store.read() as tx:
            return _act(tx, kind)(before, after, None)
    with ctx.store.write() as tx:
        return _act(tx, kind)(before, after, ctx.now())


def _act(tx: Transaction, kind: str) -> Callable[[datetime, int, datetime | None], RemovalStep]:
    kept = tx.retention
    return {"mails": kept.mails, "letters": kept.letters, "files": kept.files, "log": kept.log}[kind]


def _counted(steps: Iterator[tuple[str, int]]) -> Removal:
    done: Counter[str] = Counter()
    for kind, removed in steps:
        done[kind] += removed
    return Removal(**done)


def _note(ctx: Context, by: str, done: Removal) -> None:
    if not done.total:
        return
    details = tuple((kind, str(getattr(done, kind))) for kind in _KINDS)
    entry = AuditEntry(id=ctx.ids(), at=ctx.now(), actor=by, action=REMOVED, subject="retention", details=details)
    with ctx.store.write() as tx:
        tx.audit.add([entry])


class NightlyRemoval:
    """Once a night, one step at each look, so that nobody waits for it; among several processes one does it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._begun: tuple[date, bool] | None = None
        self._steps: Iterator[tuple[str, int]] | None = None
        self._done: Counter[str] = Counter()

    def look(self) -> None:
        """Takes a step if it is time and something is left."""
        here = self._ctx.now().astimezone(self._ctx.desk().calendar.tz)
        now = here.date(), here.hour in NIGHT
        if now != self._begun:
            self._end()
            self._begun = now
            if not self._is_new() and (now[1] or self._nights_are_missed()):
                self._steps = _steps(self._ctx, remove=True)
        if self._steps is None:
            return
        step = next(self._steps, None) if self._is_mine() else None
        if step is None:
            self._end()
        else:
            self._done[step[0]] += step[1]

    def _is_new(self) -> bool:
        with self._ctx.store.write() as tx:
            return self._ctx.now() - tx.retention.since(self._ctx.now()) < GRACE

    def _nights_are_missed(self) -> bool:
        return any(removed for _, removed in _steps(self._ctx, remove=False, late=MISSED))

    def _is_mine(self) -> bool:
        with self._ctx.store.write() as tx:
            return tx.workers.lease(LEASE, self._ctx.worker, LEASED_S)

    def _end(self) -> None:
        done, self._steps, self._done = Removal(**self._done), None, Counter()
        _note(self._ctx, "system", done)
