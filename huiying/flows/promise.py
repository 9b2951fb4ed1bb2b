"""Turns due times into promises that are kept with their versions, and looks after their warnings (DESIGN 3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version

from core.domain.clock import Pause, counted_time, due_time
from core.domain.errors import BadInput
from core.domain.promise import Clock, Promise, PromiseState
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from responder.promises import PromiseDraft, Timed, warn_at

WARNED = (
    Clock.FIRST_RESPONSE,
    Clock.RESOLUTION,
    Clock.URGE,
    Clock.SECOND_TREATMENT,
    Clock.AGENT_PROMISE,
    Clock.PART,
)
"""Clocks whose owner is warned before they run out; the others act by themselves when due."""


LONGEST = timedelta(days=3_660)


def make_promises(
    ctx: Context,
    desk: Desk,
    ticket_id: int,
    cause: str,
    drafts: Sequence[PromiseDraft],
    told: datetime | None = None,
) -> tuple[Promise, ...]:
    """Promises of a ticket for one cause, each with its first instant at which ``tick`` must look at it. ``told`` is
    when somebody answers, as the acknowledgement says: from now on that moves later only with another letter."""
    return tuple(
        Promise(
            id=ctx.ids(),
            ticket_id=ticket_id,
            clock=draft.clock,
            cause=cause,
            started=draft.started,
            due=draft.due,
            because=draft.because,
            policy=draft.policy,
            calendar=draft.calendar,
            tzdata=tzdata_version(),
            bundle=desk.bundle,
            working=draft.duration.working,
            warn_at=_first_look(desk, draft),
            told=told if draft.clock is Clock.FIRST_RESPONSE else None,
        )
        for draft in drafts
    )


def require_near(due: datetime, now: datetime) -> None:
    """Raises ``BadInput`` for a time so far away that somebody has mistyped its year: working time is counted to it."""
    if due - now > LONGEST:
        raise BadInput(f"时间太远，最多 {LONGEST.days} 天 (too far away: at most {LONGEST.days} days)")


def promise_until(
    ctx: Context, desk: Desk, ticket_id: int, clock: Clock, cause: str, because: str, started: datetime, due: datetime
) -> Promise:
    """A promise that somebody gave as an instant: an agent's own word, a co-handler's part."""
    made = Promise(
        id=ctx.ids(),
        ticket_id=ticket_id,
        clock=clock,
        cause=cause,
        started=started,
        due=due,
        because=because,
        policy=desk.policy.name,
        calendar=f"{desk.calendar.name}@{desk.calendar.version}",
        tzdata=tzdata_version(),
        bundle=desk.bundle,
        working=False,
    )
    return replace(made, warn_at=next_look(desk, made))


def ended_promise(promise: Promise, at: datetime) -> Promise:
    """A live promise whose event has come: kept or missed by what is owed, its pauses closed."""
    pauses = tuple((begin, end or max(begin, at), why) for begin, end, why in promise.pauses)
    # What was overdue already is not mended by a pause.
    counted_to = promise.pauses[-1][0] if promise.state is PromiseState.PAUSED else at
    in_time = at <= promise.owed or counted_to <= promise.owed
    state = PromiseState.KEPT if in_time else PromiseState.MISSED
    return replace(promise, state=state, ended=at, warn_at=None, pauses=pauses)


def _first_look(desk: Desk, promise: Timed) -> datetime | None:
    if promise.clock not in WARNED:
        return promise.due
    return warn_at(promise, desk.calendar, desk.policy.warn[0]) if desk.policy.warn else None


def next_look(desk: Desk, promise: Promise) -> datetime | None:
    """When ``tick`` must look at a running promise again; None when it has said all there is to say."""
    if not promise.warned and not promise.pauses:
        return _first_look(desk, promise)
    if promise.clock not in WARNED:
        return None if promise.warned else promise.due
    shares = desk.policy.warn
    if promise.warned >= len(shares):
        return None
    share = shares[promise.warned]
    if not promise.pauses or share == 1.0:
        return warn_at(promise, desk.calendar, share)
    # Of a clock that was paused only the time that it counted has passed.
    pauses = [Pause(begins=begin, ends=end or begin, why=why) for begin, end, why in promise.pauses]
    amount = counted_time(desk.calendar, promise.started, promise.due, pauses, working=promise.working)
    return due_time(desk.calendar, promise.started, amount * share, pauses, working=promise.working)


@cache
def tzdata_version() -> str:
    """The version of the time-zone data that due times were computed with."""
    return version("tzdata")
