"""When rules that run at a time after a state are asked: planned as a ticket comes into it, fired when due."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

from core.domain.decision import Occasion
from core.domain.errors import Conflict, Unavailable
from core.domain.ticket import State
from core.domain.timer import RuleTimer
from huiying.flows.ask_rules import ask_and_update
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.pause import after
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried
from huiying.flows.rule_facts import Moment
from responder.states import SYSTEM

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


def fire_rules(ctx: Context, limit: int) -> int:
    """Asks the rules whose instant has come, earliest first; how many."""
    with ctx.store.read() as tx:
        due = tx.timers.rules_due(ctx.now(), limit)
    for one in due:
        try:
            retried(partial(_fire, ctx, one))
        except (Unavailable, Conflict):
            raise
        except Exception:  # noqa: BLE001  one ticket on which our code fails must not stop the rules of all others
            _log.exception("A rule's time came and it failed.", extra={"ticket": one.ticket_id, "rule": one.rule})
            _set_aside(ctx, one)
    return len(due)


def _fire(ctx: Context, one: RuleTimer) -> None:
    with ctx.store.write() as tx:
        ticket = tx.tickets.get(one.ticket_id) if tx.timers.drop_rule(one.id) else None
        if ticket is not None:
            ask_and_update(ctx, tx, ticket, Moment(occasion=Occasion.AFTER, at=ctx.now(), rule=one.rule))


def _set_aside(ctx: Context, one: RuleTimer) -> None:
    with ctx.store.write() as tx:
        tx.timers.drop_rule(one.id)
        tx.audit.add((trace(ctx, SYSTEM, "rule.failed", one.ticket_id, rule=one.rule, because="timer"),))
