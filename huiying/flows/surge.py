"""Says when far more demands of one type come in ten minutes than usual: an outage is often seen here first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.notice import NoticeEvent
from core.domain.taxonomy import Taxonomy
from core.domain.views import FiledTypes
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.tell import key_of, tell

WINDOW = timedelta(minutes=10)
BEFORE = timedelta(days=7)
"""What is usual is learned from so long before, or from the newest tickets of it when there are very many."""
FEWEST = 20
"""Fewer alike are no surge; a desk with fewer tickets before knows nothing usual."""
TIMES = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """``count`` demands of that type in the last ten minutes, where ``usual`` is the mean."""

    type: str
    count: int
    usual: float

    @property
    def subject(self) -> str:
        """What a notice of it is about."""
        return f"surge:{self.type}"

    def item(self, taxonomy: Taxonomy) -> tuple[str, str]:
        """What is said of it, in Chinese and in English."""
        zh, en = (taxonomy.label("type", self.type, language) for language in ("zh-CN", "en"))
        return (
            f"十分钟内来了 {self.count} 张“{zh}”工单，平时约 {self.usual:.1f} 张。请查看是否出了同一个故障",
            f"Tickets of the type {en} in ten minutes: {self.count}, usually {self.usual:.1f}; "
            "see whether one fault is behind them",
        )


def find_surges(tx: Transaction, now: datetime) -> tuple[Surge, ...]:
    """Two looks by id, each at a bounded number of tickets."""
    begin = now - WINDOW
    new = tx.views.filed_types(begin, now)
    if sum(count for _, count in new.counts) < FEWEST:
        return ()
    return judge_surges(new, tx.views.filed_types(begin - BEFORE, begin), begin)


def tell_surges(ctx: Context) -> int:
    """Tells the leads of each surge, once a day for each type; how many are new. It writes nothing else."""
    now = ctx.now()
    with ctx.store.read() as tx:
        found = find_surges(tx, now)
        day = now.astimezone(ctx.desk().calendar.tz).date().isoformat() if found else ""
        fresh = [one for one in found if not tx.notices.known(key_of(NoticeEvent.SURGE, one.subject, day))]
    if fresh:
        with ctx.store.write() as tx:
            for one in fresh:
                tell(
                    ctx, tx, NoticeEvent.SURGE, one.subject, once=day, details=(("says", f"{one.type} × {one.count}"),)
                )
        ctx.wake.ring("notices")
    return len(fresh)


def judge_surges(new: FiledTypes, before: FiledTypes, begin: datetime) -> tuple[Surge, ...]:
    """The largest first. ``begin`` is where ``new`` begins and ``before`` ends."""
    if before.oldest is None or sum(count for _, count in before.counts) < FEWEST:
        return ()
    windows, usual = max((begin - before.oldest) / WINDOW, 1.0), dict(before.counts)
    found = [Surge(type=one, count=count, usual=usual.get(one, 0) / windows) for one, count in new.counts]
    return _largest([one for one in found if one.type and one.count >= max(FEWEST, TIMES * one.usual)])


def _largest(found: Sequence[Surge]) -> tuple[Surge, ...]:
    return tuple(sorted(found, key=lambda one: -one.count))
