"""Which time limits count for a ticket: the desk's policy, or what a rule chose for it; and counts them anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.duration import parse_duration
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.ticket import Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.parts import departments
from huiying.flows.pause import around_pauses, with_pauses
from huiying.flows.ports import Transaction
from huiying.flows.promise import make_promises
from huiying.flows.serve import desk_for
from responder.promises import DraftMaker, PromiseDraft, on_arrival
from rules.orders import CLOCK_TIME

RECOMPUTED = (Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION)
_FROM_ARRIVAL = ("arrival:", "correction:", "rules:", "customer:")


def arrival_drafts(
    desk: Desk,
    fields: Mapping[str, str],
    received: datetime,
    level: str = "普通",
    tags: Sequence[str] = (),
    shared_by: int = 1,
) -> tuple[PromiseDraft, ...]:
    """The clocks of a demand with these fields, counted from its arrival; a time that a rule set for one clock takes
    the place of the policy's. ``shared_by`` is the number of departments at work."""
    drafts = on_arrival(
        desk.policy,
        desk.calendar,
        received=received,
        urgency=fields.get("urgency", ""),
        priority=fields.get("priority", ""),
        type_=fields.get("type", ""),
        level=level,
        tags=tags,
        departments=shared_by,
    )
    if not any(name.startswith(CLOCK_TIME) for name in fields):
        return drafts
    return tuple(_as_ruled(desk, draft, fields.get(f"{CLOCK_TIME}{draft.clock.value}", "")) for draft in drafts)


def _as_ruled(desk: Desk, draft: PromiseDraft, time: str) -> PromiseDraft:
    if not time:
        return draft
    maker = DraftMaker(policy=desk.policy, calendar=desk.calendar, started=draft.started, english=False)
    return maker.draft(draft.clock, parse_duration(time), "规则指定")


def recount(ctx: Context, tx: Transaction, ticket: Ticket, fields: Mapping[str, str], cause: str, at: datetime) -> None:
    """Live promises whose due time these fields change are superseded and kept; the new ones name the cause."""
    then = replace(ticket, fields=fields)
    desk = desk_for(ctx, tx, then)
    drafts = arrival_drafts(desk, fields, ticket.received, shared_by=departments(tx, then))
    due = {draft.clock: draft for draft in drafts if draft.clock in RECOMPUTED}
    live = [p for p in tx.promises.of_ticket(ticket.id) if p.state in LIVE]
    around = {p.clock: around_pauses(desk, due[p.clock], p) for p in live if p.clock in due and _from_arrival(p)}
    as_told = {p.clock: _as_told(p, around[p.clock]) for p in live if p.clock in around}
    moved = [p for p in live if p.clock in as_told and p.due != as_told[p.clock].due]
    if not moved:
        return
    wanted = [as_told[p.clock] for p in moved]
    told = {p.clock: p.told for p in moved}
    made = make_promises(ctx, desk, ticket.id, cause, wanted)
    made = with_pauses(desk, [replace(p, told=told[p.clock]) for p in made], moved)
    new = {p.clock: p for p in made}
    tx.promises.change(
        [
            replace(p, state=PromiseState.SUPERSEDED, ended=at, warn_at=None, superseded_by=new[p.clock].id)
            for p in moved
        ]
    )
    tx.promises.add(made)


def _as_told(promise: Promise, draft: PromiseDraft) -> PromiseDraft:
    """What a letter told the customer moves later only with another letter, whatever the new values would give."""
    told = promise.told
    if told is None or draft.due <= told:
        return draft
    due = promise.due if promise.cause.startswith("arrival:") else told
    return replace(draft, due=due, because=f"{draft.because}；已告知客户的时间不后移")


def _from_arrival(promise: Promise) -> bool:
    """A promise counted from the arrival; one that follows a sent update was told and stays."""
    return promise.cause.startswith(_FROM_ARRIVAL)
