"""Does what care plans 联系计划 ask for: once a day, a few customers at a step, and nothing twice (DOMAIN 10)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from core.domain.care_plan import CarePlan, PlanMode, PlanProgress, PutOff, days_before, due_occasion
from core.domain.errors import Unavailable
from core.domain.task import TaskKind
from core.domain.ticket import Customer, Ticket
from core.text.mask import mask_address
from huiying.flows.account_manager import manager_of
from huiying.flows.appraise import LETTER
from huiying.flows.context import Context
from huiying.flows.key_dates import key_date_name
from huiying.flows.make_task import BY_PLAN, NewTask, make_task
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried
from huiying.flows.send_care import NO_CUSTOMERS, Cared, Round, Sending, care_for, wants_no_care
from responder.states import SYSTEM

BATCH = 50
LEASE, LEASED_S = "care", 600.0
PAUSE = timedelta(hours=1)
"""After something went wrong."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BARRED = ("open-complaint", "care-lately", "cap-hour", "cap-day")
"""Why a customer gets nothing for a while only: he is tried again each day while the term lasts."""
_FIRST = (TaskKind.KEY_DATE, TaskKind.GONE_QUIET)
"""What cannot wait for another day comes before what has a whole term's time."""

_log = logging.getLogger("huiying.care")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutcome:
    """What became of one customer of a plan's class; ``cared`` says why he gets nothing, if so."""

    plan: CarePlan
    occasion: str
    cared: Cared
    customer_id: int


@dataclass(slots=True, kw_only=True)
class PlanRun:
    """How far the plans have come, and how much they have made today; a step looks at ``most`` customers."""

    progress: dict[str, PlanProgress]
    made: int
    most: int = BATCH


Act = Callable[[Transaction, CarePlan, str, Customer], Cared]


def step(
    ctx: Context, tx: Transaction, plans: Sequence[CarePlan], run: PlanRun, act: Act
) -> tuple[CarePlan, tuple[PlanOutcome, ...]] | None:
    """The next few customers of the first plan that has something to do today; None when all is done, or as much as may
    be done in a day."""
    desk, today = ctx.desk(), today_of(ctx)
    if run.made >= desk.care.per_day:
        return None
    for plan in sorted(plans, key=lambda one: (one.kind not in _FIRST, one.name)):
        at = due_occasion(plan, run.progress.get(plan.name), today, desk.calendar)
        if at is not None:
            return plan, tuple(_look_through(ctx, tx, plan, at, run, act))
    return None


def _look_through(
    ctx: Context, tx: Transaction, plan: CarePlan, at: PlanProgress, run: PlanRun, act: Act
) -> Iterator[PlanOutcome]:
    found = list(_candidates(ctx, tx, plan, at, run.most))
    run.progress[plan.name] = replace(at, done=len(found) < run.most)
    for place, customer in found:
        if run.made >= ctx.desk().care.per_day:
            run.progress[plan.name] = replace(run.progress[plan.name], done=False)
            return
        run.progress[plan.name] = replace(run.progress[plan.name], after=place)
        if customer is None or not plan.who.has(customer.level, customer.tags):
            continue
        cared = act(tx, plan, at.occasion, customer)
        run.made += not cared.because
        yield PlanOutcome(plan=plan, occasion=at.occasion, cared=cared, customer_id=customer.id)


def _candidates(
    ctx: Context, tx: Transaction, plan: CarePlan, at: PlanProgress, most: int
) -> Iterator[tuple[int, Customer | None]]:
    """The next of those that the occasion may be about, each with the id by which it goes on after him."""
    if plan.is_periodic:
        for one in tx.tickets.customers_after(at.after, most, plan.who.levels):
            yield one.id, None if one.merged_into else one
    elif plan.kind is TaskKind.KEY_DATE:
        for id_, customer_id, key_date in tx.key_dates.on(date.fromisoformat(at.occasion), at.after, most):
            yield id_, _person(tx, customer_id) if key_date.name == plan.key_date else None
    else:
        begin, end = _day(ctx, date.fromisoformat(at.occasion))
        for message_id, _, customer_id in tx.care.contacts(begin, end, at.after, most):
            is_last = tx.care.last_contact(customer_id) == message_id
            yield message_id, _person(tx, customer_id) if is_last else None


def _person(tx: Transaction, customer_id: int) -> Customer | None:
    """Whose address that is: of several addresses of his a plan knows one."""
    found = tx.tickets.customer(customer_id)
    return tx.tickets.customer(found.merged_into) if found and found.merged_into else found


def care_by_plan(
    ctx: Context, tx: Transaction, plan: CarePlan, occasion: str, customer: Customer, *, making: bool
) -> Cared:
    """The letter or the task for that customer and occasion; without ``making`` it is only looked whether he would get
    it."""
    ticket = tx.tickets.newest_ticket(customer.id)
    because = _unfit(ctx, tx, plan, occasion, customer)
    if not because:
        because = _no_letter(ctx, tx, plan, customer) if plan.letter else _no_task(tx, ticket, customer)
    address = customer.address.address if customer.address else ""
    shown = Cared(who=customer.name or mask_address(address), number=ticket.number if ticket else "", because=because)
    if because:
        return shown
    key = _key(plan, occasion, customer.id)
    if plan.letter:
        care = Round(letter=plan.letter, who=(), note=plan.note, term=_term(plan, occasion))
        hold = plan.mode is PlanMode.HOLD
        name = _signer(tx, customer)
        sending = Sending(by=f"plan:{plan.name}", occasion=key, agent=name, hold=hold) if making else None
        return replace(care_for(ctx, tx, customer, care, sending), who=shown.who)
    if making:
        made = make_task(ctx, tx, SYSTEM, _task(ctx, tx, plan, occasion, customer, ticket, key))
        return shown if made else replace(shown, because="made-before")
    return shown


def _key(plan: CarePlan, occasion: str, customer_id: int) -> str:
    """By which it is known: the same is never made twice."""
    return f"plan:{plan.name}:{occasion}:{customer_id}"


def _unfit(ctx: Context, tx: Transaction, plan: CarePlan, occasion: str, customer: Customer) -> str:
    """Why the plan has nothing for him; that he may get no letter is said by ``care_for``."""
    every = (customer.id, *tx.tickets.merged_customers(customer.id))
    if tx.care.was_made(customer.id, [_key(plan, occasion, one) for one in every]):
        return "made-before"
    if plan.kind is TaskKind.CONTENT and not "" < customer.consent <= today_of(ctx).isoformat():
        return "no-consent"
    if plan.kind is TaskKind.SATISFACTION_ROUND:
        said = tx.appraisals.of_customer(customer.id)
        return "already-appraised" if any(one.term == occasion for one in said) else ""
    return ""


def _no_letter(ctx: Context, tx: Transaction, plan: CarePlan, customer: Customer) -> str:
    """Why none goes by itself: an admin has switched it off, or the newest of his open tickets is a complaint or
    grave."""
    if ctx.desk().letters.is_off(plan.letter):
        return "letter-off"
    ticket = tx.tickets.get(tx.tickets.newest_open(customer.id, 0))
    fields, means = ticket.fields if ticket else {}, ctx.desk().taxonomy.means
    complains = means("type", fields.get("type", ""), "投诉") or means("gravity", fields.get("gravity", ""), "重大")
    return "open-complaint" if complains else ""


def _no_task(tx: Transaction, ticket: Ticket | None, customer: Customer) -> str:
    """Why nobody is to call him: he wants no care, he is a machine, or only spam came from him. Whoever a sheet brought
    in, and who never wrote, is a customer."""
    if wants_no_care(tx, customer):
        return "opted-out"
    if ticket is None:
        return "no-ticket" if tx.tickets.count_since(customer.id, EPOCH) else ""
    first = tx.tickets.first_message(ticket.id)
    return first.silent_because if first and first.silent_because.startswith(NO_CUSTOMERS) else ""


def _signer(tx: Transaction, customer: Customer) -> str:
    """His account manager signs, else the team."""
    manager = tx.people.user(manager_of(tx, customer.manager)) if customer.manager else None
    return manager.display if manager else ""


def _term(plan: CarePlan, occasion: str) -> str:
    """Of which term a letter asks."""
    return occasion if plan.is_periodic and plan.letter == LETTER else ""


def _task(
    ctx: Context, tx: Transaction, plan: CarePlan, occasion: str, customer: Customer, ticket: Ticket | None, key: str
) -> NewTask:
    day = f"{key_date_name(plan.key_date, 'zh-CN')} {occasion}" if plan.kind is TaskKind.KEY_DATE else occasion
    return NewTask(
        kind=plan.kind,
        customer_id=customer.id,
        ticket_id=ticket.id if ticket else 0,
        owner="" if plan.team else manager_of(tx, customer.manager),
        team=plan.team,
        due=_by(ctx, date.fromisoformat(occasion)) if plan.kind is TaskKind.KEY_DATE else None,
        words=" · ".join(part for part in (plan.words, day) if part),
        because=f"{BY_PLAN}{plan.name}",
        occasion=key,
    )


def _by(ctx: Context, day: date) -> datetime | None:
    """The end of that day's work, or of the last working day before it; None when that is over."""
    calendar = ctx.desk().calendar
    last = days_before(day, 0, calendar)
    windows = calendar.windows_of(last)
    if not windows:
        return None
    ends = datetime.combine(last, time(), calendar.tz) + timedelta(minutes=windows[-1].end)
    return ends if ends > ctx.now() else None


def today_of(ctx: Context) -> date:
    return ctx.now().astimezone(ctx.desk().calendar.tz).date()


def _day(ctx: Context, day: date) -> tuple[datetime, datetime]:
    zone = ctx.desk().calendar.tz
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def active_plans(ctx: Context) -> tuple[CarePlan, ...]:
    return tuple(plan for plan in ctx.desk().care.plans if plan.mode is not PlanMode.OFF)


class DailyCare:
    """Once a day, at its first hour, a step at each look; among several processes one does it. After a step that failed
    they are taken one customer at a time, so that the one on whom our code fails is passed over and stops no other."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._one_by_one = False
        self._done: tuple[date, str] | None = None
        self._not_before: datetime | None = None

    def look(self) -> int:
        """Takes a step if something is left to do today: 1, else 0."""
        now = today_of(self._ctx), self._ctx.desk().bundle
        if now == self._done or (self._not_before and self._ctx.now() < self._not_before):
            return 0
        try:
            most = 1 if self._one_by_one else BATCH
            went_on = retried(partial(take_step, self._ctx, most)) if active_plans(self._ctx) else False
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001  a bug that one customer brings out must not stop the care for all others
            _log.exception("A step of the care plans failed.", extra={"action": "care.failed"})
            return self._after_failure()
        if went_on is None:
            self._not_before = self._ctx.now() + timedelta(seconds=LEASED_S)
        elif not went_on:
            self._done, self._one_by_one = now, False
        return int(bool(went_on))

    def _after_failure(self) -> int:
        """The next step is one customer's; was it that already, he is left out, and the rest comes after a pause: what
        is wrong with all of them costs no more than one each time."""
        if not self._one_by_one:
            self._one_by_one = True
            return 1
        self._one_by_one, self._not_before = False, self._ctx.now() + PAUSE
        with suppress(Exception):  # the next look finds it again
            retried(partial(take_step, self._ctx, 1, _leave_out))
        return 0


def _leave_out(_tx: Transaction, plan: CarePlan, occasion: str, customer: Customer) -> Cared:
    told = {"action": "care.left-out", "plan": plan.name, "occasion": occasion, "customer": customer.id}
    _log.error("A care plan passes over a customer on whom it failed.", extra=told)
    return Cared(who=customer.name, because="failed")


def take_step(ctx: Context, most: int = BATCH, act: Act | None = None) -> bool | None:
    """One step for all active plans, in one transaction; False when nothing is left for today, None when another
    process does it."""
    plans, today = active_plans(ctx), today_of(ctx)
    with ctx.store.write() as tx:
        if not tx.workers.lease(LEASE, ctx.worker, LEASED_S):
            return None
        progress = dict(tx.care.progress([one.name for one in plans]))
        run = PlanRun(progress=progress, made=tx.care.made_on(today), most=most)
        before = run.made
        doing = act or partial(care_by_plan, ctx, making=True)
        done = step(ctx, tx, plans, run, doing)
        if done is not None:
            tx.care.save(done[0].name, run.progress[done[0].name])
            outcomes = done[1]
        else:
            outcomes = _step_again(ctx, tx, plans, run, doing)
        for one in outcomes:
            _put_off(ctx, tx, one)
        if run.made > before:
            tx.care.note_made(today, run.made)
    if run.made > before:
        told = {"action": "care.made", "plans": sorted({one.plan.name for one in outcomes}), "made": run.made - before}
        _log.info("A care plan made letters or tasks.", extra=told)
        ctx.wake.ring("letters")
        ctx.wake.ring("changed")
    return done is not None or bool(outcomes)


def _put_off(ctx: Context, tx: Transaction, one: PlanOutcome) -> None:
    if one.plan.is_periodic and one.cared.because.partition(":")[0] in BARRED:
        off = PutOff(plan=one.plan.name, occasion=one.occasion, customer_id=one.customer_id)
        tx.care.put_off(off, _day(ctx, today_of(ctx))[1])


def _step_again(
    ctx: Context, tx: Transaction, plans: Sequence[CarePlan], run: PlanRun, act: Act
) -> tuple[PlanOutcome, ...]:
    """The next few of those who were put off, once all that is new today is done."""
    known, today = {plan.name: plan for plan in plans}, today_of(ctx)
    outcomes: list[PlanOutcome] = []
    while run.made < ctx.desk().care.per_day and not outcomes:
        due = tx.care.put_off_until(ctx.now(), run.most)
        for off in due:
            if run.made >= ctx.desk().care.per_day:
                break
            tx.care.take_up(off)
            plan, customer = known.get(off.plan), _person(tx, off.customer_id)
            if plan is None or customer is None or not _still_wants(plan, off, customer, today):
                continue
            cared = act(tx, plan, off.occasion, customer)
            run.made += not cared.because
            outcomes.append(PlanOutcome(plan=plan, occasion=off.occasion, cared=cared, customer_id=customer.id))
        if len(due) < run.most:
            break
    return tuple(outcomes)


def _still_wants(plan: CarePlan, off: PutOff, customer: Customer, today: date) -> bool:
    """The term lasts, and he is of the plan's class."""
    lasts = plan.is_periodic and plan.every.term(today) == off.occasion
    return lasts and plan.who.has(customer.level, customer.tags)
