"""Counts how rules do, a little behind what happens: every decision and every agent's word once, by day.

Nothing is written while a mail is filed: the hits of each rule, on trial too, are part of its stored decision. What
is counted is added up by day, so that a look at thirty days costs the rules, not the mails.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain

from core.domain.correction import Correction
from core.domain.decision import By, Decision
from core.domain.errors import Conflict
from core.domain.figures import FiledDecision, RuleCount, day_number
from core.domain.ids import first_id_at
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from rules.figures import Word, added_up, counts_of, counts_of_word

AT_ONCE = 100
LAG = timedelta(seconds=30)
"""Ids carry their time; a transaction that is older than this is committed or gone."""
FIRST_LOOK = timedelta(days=90)
"""How far back a database is counted that was never counted."""
KEPT_DAYS = 400
DECISIONS, CORRECTIONS = "decisions", "corrections"


def count_rules(ctx: Context) -> int:
    """Some decisions and corrections that were not counted yet; how many. Others may do so at the same time."""
    try:
        return _decisions(ctx) + _corrections(ctx)
    except Conflict:
        return 0


def _decisions(ctx: Context) -> int:
    desk, before = ctx.desk(), first_id_at(ctx.now() - LAG)
    with ctx.store.read() as tx:
        mark = tx.figures.counted(DECISIONS)
        found = tx.figures.decisions(mark or _first(ctx), before, AT_ONCE)
    if not found:
        return 0
    counts = (counts_of(desk.taxonomy, one.decision, _day(desk, one.decision)) for one in found)
    _write(ctx, DECISIONS, mark, found[-1].id, chain.from_iterable(counts))
    return len(found)


def _corrections(ctx: Context) -> int:
    desk, before = ctx.desk(), first_id_at(ctx.now() - LAG)
    with ctx.store.read() as tx:
        mark = tx.figures.counted(CORRECTIONS)
        found = tx.figures.corrections(mark or _first(ctx), before, AT_ONCE)
        counts = [count for one in found for count in _said(tx, desk, one)]
    if not found:
        return 0
    _write(ctx, CORRECTIONS, mark, found[-1].id, iter(counts))
    return len(found)


def _first(ctx: Context) -> int:
    return first_id_at(ctx.now() - FIRST_LOOK)


def _day(desk: Desk, decision: Decision) -> int:
    return day_number(decision.facts.instant.astimezone(desk.calendar.tz).date())


def _write(ctx: Context, what: str, old: int, new: int, counts: Iterator[RuleCount]) -> None:
    summed = added_up(counts)
    with ctx.store.write() as tx:
        tx.figures.advance(what, old, new)
        tx.figures.add(summed)
        tx.figures.forget(day_number(ctx.now().date()) - KEPT_DAYS)


def _said(tx: Transaction, desk: Desk, one: Correction) -> Iterator[RuleCount]:
    """What an agent's word adds to the figures of the rules that had set one of its fields, on arrival or since."""
    decisions = [filed.decision for filed in _decided_before(tx, one) if filed.decision.hits]
    if not decisions:
        return
    every = tx.corrections.of_ticket(one.ticket_id)
    ticket = tx.tickets.get(one.ticket_id)
    now_by = ticket.decided_by if ticket is not None else {}
    before, before_by = dict(one.before), dict(one.before_by)
    for field, value in one.after:
        by = _by_after(one, every, field, now_by.get(field, ""))
        was = Word(value=before.get(field, ""), agents=before_by.get(field) == By.AGENT)
        word = Word(value=value, agents=by == By.AGENT)
        for decision in decisions:
            yield from counts_of_word(desk.taxonomy, decision, _day(desk, decision), field, was, word)


def _decided_before(tx: Transaction, one: Correction) -> Iterator[FiledDecision]:
    """The rules that an agent's change asks are asked because of it: it says nothing about them."""
    arrival = tx.figures.decision_on(one.message_id)
    if arrival is not None:
        yield arrival
    yield from (later for later in tx.figures.decisions_later(one.ticket_id) if later.decision.facts.instant < one.at)


def _by_after(one: Correction, every: Sequence[Correction], field: str, now_by: str) -> str:
    """Who stood for a field after a correction: what the next one that touches it found, else what stands now."""
    later = (other for other in every if other.id > one.id)
    return next((dict(other.before_by)[field] for other in later if field in dict(other.before_by)), now_by)
