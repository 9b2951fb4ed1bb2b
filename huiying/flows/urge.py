"""催单: the customer asks where the answer is (DOMAIN 6): priority up one, a clock of its own, one short line back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.decision import By
from core.domain.errors import BadInput
from core.domain.letter import LetterState
from core.domain.notice import NoticeEvent
from core.domain.people import User
from core.domain.priority import raise_priority
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.taxonomy import PRIORITIES
from core.domain.ticket import OPEN_STATES, Ticket
from huiying.flows.caps import over_customer_cap
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.pause import obey_state
from huiying.flows.ports import Transaction
from huiying.flows.promise import make_promises, next_look
from huiying.flows.serve import desk_for
from huiying.flows.short_letter import Telling, reader_of, write_letter
from huiying.flows.tell import tell
from responder.clock_events import URGED_AGAIN
from responder.promises import DraftMaker, on_duty

UNDO = timedelta(seconds=15)
"""How long the line waits that an agent's press of a key causes."""
NEVER_LATER = (Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION, Clock.SECOND_TREATMENT)
"""The answer to urging is due no later than the first of these that runs."""


def urge(ctx: Context, number: str, user: User) -> Ticket:
    """The customer urged by telephone. Raises ``BadInput`` when the ticket is over, or was urged within 24 hours."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        if ticket.state not in OPEN_STATES:
            raise BadInput("工单已办结 (the ticket is over)")
        if urged_lately(tx, ticket, ctx.now()):
            raise BadInput("24 小时内已催过一次 (it was urged within 24 hours already)")
        return tx.tickets.update(urge_ticket(ctx, tx, ticket, ctx.now(), user.name, leaves=ctx.now() + UNDO))

    return change(ctx, number, act)


def urged_lately(tx: Transaction, ticket: Ticket, at: datetime) -> bool:
    clocks = (p for p in tx.promises.of_ticket(ticket.id) if p.clock is Clock.URGE)
    return any(p.state is not PromiseState.CANCELLED and at - p.started < URGED_AGAIN for p in clocks)


def urge_ticket(
    ctx: Context, tx: Transaction, ticket: Ticket, at: datetime, actor: str, leaves: datetime | None = None
) -> Ticket:
    """The ticket after the customer urged ``at`` that instant; its clock, letter and trail are written, itself it is
    not yet. Within 24 hours of the last time, or when it is over, only the trail says so."""
    known = ticket.fields.get("priority", "")
    if ticket.state not in OPEN_STATES or urged_lately(tx, ticket, at):
        tx.audit.add((trace(ctx, actor, "ticket.urged", ticket.id, again="yes"),))
        return ticket
    raised = raise_priority(known if known in PRIORITIES else PRIORITIES[-1])
    promise = _clock(ctx, tx, desk_for(ctx, tx, ticket), ticket, raised, at)
    letter = _line(ctx, tx, ticket, promise, leaves or at)
    obey_state(ctx, tx, ticket.id, ticket.state, at)
    by = ticket.decided_by.get("priority", "")
    details = {"promise": str(promise.id), "letter": letter, "before_priority": known, "before_by": by}
    tx.audit.add((trace(ctx, actor, "ticket.urged", ticket.id, priority=raised, **details),))
    tell(ctx, tx, NoticeEvent.URGED, f"ticket:{ticket.id}", once=str(promise.id), ticket_id=ticket.id)
    # Set as if by a rule: a later correction of the urgency does not take it back.
    fields, decided_by = {**ticket.fields, "priority": raised}, {**ticket.decided_by, "priority": By.RULE.value}
    return replace(ticket, fields=fields, decided_by=decided_by)


def undo_urge(ctx: Context, number: str, user: User) -> Ticket | None:
    """Takes back the user's own press of the key: the clock and the line that has not left; None when there is none."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket | None:
        lines = (line for line in tx.views.audit(f"ticket:{ticket.id}", "", 20).rows if line.action == "ticket.urged")
        last = next(lines, None)
        if last is None or last.actor != user.name:
            return None
        details = dict(last.details)
        clock = next((p for p in tx.promises.of_ticket(ticket.id) if str(p.id) == details.get("promise")), None)
        if clock is None or clock.state not in LIVE:
            return None
        tx.promises.change((replace(clock, state=PromiseState.CANCELLED, ended=ctx.now(), warn_at=None),))
        if letter := int(details.get("letter", "0")):
            tx.outbox.set_state(letter, LetterState.CANCELLED, ctx.now())
        tx.audit.add((trace(ctx, user.name, "ticket.urge-undone", ticket.id),))
        fields = {**ticket.fields, "priority": details.get("before-priority", "")}
        by = {**ticket.decided_by, "priority": details.get("before-by", "")}
        return tx.tickets.update(replace(ticket, fields=_known(fields), decided_by=_known(by)))

    return change(ctx, number, act)


def _known(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _clock(ctx: Context, tx: Transaction, desk: Desk, ticket: Ticket, raised: str, at: datetime) -> Promise:
    """By the raised priority, never later than what runs already."""
    _, duration = desk.policy.urge.pick(priority=raised, urgency=ticket.fields.get("urgency", ""))
    maker = DraftMaker(policy=desk.policy, calendar=desk.calendar, started=at, english=False)
    draft = maker.draft(Clock.URGE, duration, f"催单，优先级 {raised}")
    running = [p.due for p in tx.promises.of_ticket(ticket.id) if p.clock in NEVER_LATER and p.state in LIVE]
    earliest = min((due for due in running if due >= at), default=None)
    if earliest is not None and earliest < draft.due:
        draft = replace(draft, due=earliest, because=f"{draft.because}；不晚于已有的时限")
    (promise,) = make_promises(ctx, desk, ticket.id, f"urge:{ctx.ids()}", (draft,))
    promise = replace(promise, told=on_duty(promise.due, desk.calendar, desk.policy))
    tx.promises.add((replace(promise, warn_at=next_look(desk, promise)),))
    return promise


def _line(ctx: Context, tx: Transaction, ticket: Ticket, promise: Promise, leaves: datetime) -> str:
    """The one short line with the next time; the letter's id, empty when none may go."""
    reader = reader_of(ctx, tx, ticket, "urge")
    if isinstance(reader, str) or over_customer_cap(ctx, tx, ticket.customer_id, reader.address):
        return ""
    telling = Telling(template="urge", occasion=promise.cause, at=leaves, told=promise.told)
    return str(write_letter(ctx, tx, ticket, reader, telling).id)
