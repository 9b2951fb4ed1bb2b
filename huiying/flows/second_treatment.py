"""二次处理: the customer said no to the result, and another group owes the final plan (DOMAIN 8)."""

from __future__ import annotations

from datetime import datetime

from core.domain.decision import By
from core.domain.notice import NoticeEvent
from core.domain.promise import Clock
from core.domain.ticket import State, Ticket
from huiying.flows.context import Context
from huiying.flows.pause import reopen
from huiying.flows.ports import Transaction
from huiying.flows.promise import make_promises
from huiying.flows.serve import desk_for
from huiying.flows.state import set_state
from huiying.flows.tell import tell
from responder.promises import DraftMaker

TEAM = "二次处理组"


def begin_second_treatment(ctx: Context, tx: Transaction, ticket: Ticket, at: datetime) -> Ticket:
    """The resolution clock runs on from where the result stopped it; the second treatment's own clock begins. The
    ticket waits for somebody of the second group."""
    desk = desk_for(ctx, tx, ticket)
    fields = dict(ticket.fields) | {"team": TEAM}
    by = dict(ticket.decided_by) | {"team": By.DERIVED.value}
    moved = set_state(ctx, tx, ticket, State.SECOND_TREATMENT, at, fields=fields, decided_by=by, assignee="")
    cause = f"not-satisfied:{ctx.ids()}"
    reopen(ctx, tx, ticket, cause, at)
    maker = DraftMaker(policy=desk.policy, calendar=desk.calendar, started=at, english=False)
    plan = maker.draft(Clock.SECOND_TREATMENT, desk.policy.second_treatment, "客户不满意")
    tx.promises.add(make_promises(ctx, desk, ticket.id, cause, (plan,)))
    tell(ctx, tx, NoticeEvent.SECOND, f"ticket:{ticket.id}", once=cause, ticket_id=ticket.id)
    return moved
