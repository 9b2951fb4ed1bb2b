"""When rules that run at a time after a state are asked: planned as a ticket comes into it, fired when due."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import partial

from core.domain.decision import Occasion
from core.domain.ticket import State
from core.domain.timer import RuleTimer
from huiying.flows.ask_rules import ask_and_update
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.pause import after
from huiying.flows.ports import Transaction
from huiying.flows.retry import each_alone
from huiying.flows.rule_facts import Moment
from responder.states import SYSTEM
from rules.rule import Rule, Status

BACKLOG = timedelta(days=30)
"""How old a ticket may be of which a rule that goes live takes notice."""
MOST_STANDING = 500
"""Tickets of which one rule takes notice when it goes live: the newest."""
APART = timedelta(seconds=5)
"""Between two tickets whose time had passed when the rule went live."""

_log = logging.getLogger("huiying.rules")


def plan_rules(ctx: Context, tx: Transaction, ticket_id: int, state: State, at: datetime) -> None:
    """Puts the instants of the rules that run after this state in place of those of the state before."""
    desk = ctx.desk()
    if not desk.book.asks(Occasion.AFTER):
        return
    planned = [
        RuleTimer(id=ctx.ids(), ticket_id=ticket_id, rule=rule.id, at=after(desk, at, rule.after.time))
        for rule in desk.book.timed(state)
        if rule.after is not None
    ]
    tx.timers.set_rules(ticket_id, planned)


def plan_standing(ctx: Context, tx: Transaction, before: Desk, desk: Desk) -> int:
    """Plans rules that go live for the tickets that are in their state by now; how many instants. Those whose time has
    passed are asked one by one, so that nobody gets all their letters and notices at once."""
    now, late, planned = ctx.now(), 0, 0
    for rule in _gone_live(before, desk):
        known = tx.timers.standing(rule.after.state, now - BACKLOG, MOST_STANDING) if rule.after else ()
        acted = tx.timers.acted(rule.id, [ticket_id for ticket_id, _ in known])
        timers: list[RuleTimer] = []
        for ticket_id, since in known:
            if rule.after is None or ticket_id in acted:
                continue
            at = after(desk, since or now, rule.after.time)
            if at <= now:
                at, late = now + late * APART, late + 1
            timers.append(RuleTimer(id=ctx.ids(), ticket_id=ticket_id, rule=rule.id, at=at))
        tx.timers.add_rules(timers)
        planned += len(timers)
    return planned


def _gone_live(before: Desk, desk: Desk) -> tuple[Rule, ...]:
    """Rules at a time after a state that are new, act now and were on trial, or have another state or time."""
    old = {rule.id: rule for rule in before.book.rules if rule.after and rule.status is not Status.RETIRED}

    def is_new(rule: Rule) -> bool:
        was = old.get(rule.id)
        return was is None or was.after != rule.after or (rule.status is Status.ACTIVE and was.status is Status.TRIAL)

    return tuple(rule for rule in desk.book.rules if rule.after and rule.status is not Status.RETIRED and is_new(rule))


def fire_rules(ctx: Context, limit: int) -> int:
    """Asks the rules whose instant has come, earliest first; how many."""
    with ctx.store.read() as tx:
        due = tx.timers.rules_due(ctx.now(), limit)
    return each_alone(due, partial(_fire, ctx), partial(_set_aside, ctx))


def _fire(ctx: Context, one: RuleTimer) -> None:
    with ctx.store.write() as tx:
        ticket = tx.tickets.get(one.ticket_id) if tx.timers.drop_rule(one.id) else None
        if ticket is not None and any(rule.id == one.rule for rule in ctx.desk().book.timed(ticket.state)):
            ask_and_update(ctx, tx, ticket, Moment(occasion=Occasion.AFTER, at=ctx.now(), rule=one.rule))


def _set_aside(ctx: Context, one: RuleTimer) -> None:
    _log.exception("A rule's time came and it failed.", extra={"ticket": one.ticket_id, "rule": one.rule})
    with ctx.store.write() as tx:
        tx.timers.drop_rule(one.id)
        tx.audit.add((trace(ctx, SYSTEM, "rule.failed", one.ticket_id, rule=one.rule, because="timer"),))
