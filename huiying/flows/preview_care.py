"""What care plans 联系计划 would do in the coming days, if nothing else happened; nothing is made (DOMAIN 10)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial

from core.domain.care_plan import CarePlan
from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Permission, User
from core.domain.ticket import Customer
from huiying.flows.care_plans import PlanOutcome, PlanRun, care_by_plan, step, today_of
from huiying.flows.context import Context
from huiying.flows.ports import Now, Transaction
from huiying.flows.send_care import AGAIN, Cared

MOST_DAYS = 190
MOST_SHOWN, MOST_STEPS = 1_000, 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCare:
    """What one customer would get on which day, or why not."""

    day: date
    outcome: PlanOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CarePreview:
    """In the order of the days; ``whole`` says no where more would happen than was looked at."""

    planned: tuple[PlannedCare, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """What would have been made by then: for which plan, occasion and customer, and when he would have a letter."""

    made: set[tuple[str, str, int]] = field(default_factory=set)
    written: dict[int, date] = field(default_factory=dict)


def preview_care(ctx: Context, user: User, days: int, names: Collection[str] = ()) -> CarePreview:
    """As if all plans, or those with the ``names``, were switched on now. Raises ``NotPermitted``, and ``BadInput`` for
    a name that no plan has."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    known = {plan.name: plan for plan in ctx.desk().care.plans}
    if unknown := [name for name in names if name not in known]:
        raise BadInput(f"没有计划 {unknown[0][:40]} (no such plan: {', '.join(known) or '-'})")
    if not 0 <= days <= MOST_DAYS:
        raise BadInput(f"0 – {MOST_DAYS} 天 (days)")
    plans = [plan for name, plan in known.items() if not names or name in names]
    found: list[PlannedCare] = []
    with ctx.store.read() as tx:
        steps = _days(ctx, tx, plans, days)
        for place, planned in enumerate(steps):
            found += planned
            if place >= MOST_STEPS or len(found) > MOST_SHOWN:
                return CarePreview(planned=tuple(found[:MOST_SHOWN]), whole=False)
    return CarePreview(planned=tuple(found), whole=True)


def _days(ctx: Context, tx: Transaction, plans: list[CarePlan], days: int) -> Iterator[list[PlannedCare]]:
    """Step by step, as the service would do it, at this hour of each day."""
    now, today = ctx.now(), today_of(ctx)
    run = PlanRun(progress=dict(tx.care.progress([plan.name for plan in plans])), made=tx.care.made_on(today))
    seen = _Seen()
    for ahead in range(days + 1):
        day = today + timedelta(days=ahead)
        then = replace(ctx, now=_clock_at(now + timedelta(days=ahead)))
        run.made = run.made if not ahead else 0
        while (done := step(then, tx, plans, run, partial(_see, then, seen, day))) is not None:
            yield [PlannedCare(day=day, outcome=one) for one in done[1]]


def _clock_at(instant: datetime) -> Now:
    return lambda: instant


def _see(ctx: Context, seen: _Seen, day: date, tx: Transaction, plan: CarePlan, occasion: str, one: Customer) -> Cared:
    """Whether he would get it, unless by then he would have had it, or another plan would have written to him."""
    found = care_by_plan(ctx, tx, plan, occasion, one, making=False)
    if found.because:
        return found
    if (plan.name, occasion, one.id) in seen.made:
        return replace(found, because="made-before")
    if plan.letter and one.id in seen.written and day - seen.written[one.id] < AGAIN:
        return replace(found, because="care-lately")
    seen.made.add((plan.name, occasion, one.id))
    if plan.letter:
        seen.written[one.id] = day
    return found
