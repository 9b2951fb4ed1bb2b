"""领取, 转派, 退回: who handles a ticket (DOMAIN 7)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.decision import By
from core.domain.errors import BadInput, NotFound, ReasonNeeded
from core.domain.people import Permission, User
from core.domain.seen import seen
from core.domain.ticket import OPEN_STATES, State, Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.state import require_move, set_state

MOST_WORDS = 500
HANDED = ("ticket.claimed", "ticket.handed-over", "ticket.returned")
"""What changes hands, by its line in the trail."""
HANDS_UNDONE = "ticket.hands-undone"


def claim(ctx: Context, number: str, user: User) -> Ticket:
    """领取: the ticket is ``user``'s; one that nobody had looked at is open."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        return _give(ctx, tx, ticket, user, "ticket.claimed", to=user.name, team=_team(ticket), opens=True)

    return change(ctx, number, act)


def hand_over(ctx: Context, number: str, user: User, to: str = "", team: str = "", reason: str = "") -> Ticket:
    """转派: to a colleague, another team, or both. Raises ``NotFound`` for somebody who cannot work on tickets and
    ``BadInput`` when neither is named."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        person = to.strip()
        if not person and not seen(team):
            raise BadInput("转派给谁？(to whom?)")
        known = tx.people.user(person) if person else None
        if person and (known is None or not known.may(Permission.WORK_TICKETS)):
            raise NotFound(f"没有客服 {person} (no agent {person})")
        new_team = mask(seen(team)[:MOST_WORDS]) or _team(ticket)
        return _give(ctx, tx, ticket, user, "ticket.handed-over", to=person, team=new_team, reason=reason)

    return change(ctx, number, act)


def give_back(ctx: Context, number: str, user: User, reason: str) -> Ticket:
    """退回: back to where it came from by the last hand-over, else to its team's queue. Raises ``ReasonNeeded``: the
    reason is a label."""
    if not seen(reason):
        raise ReasonNeeded

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        before = _last(tx, ticket, ("ticket.handed-over",))
        to, team = before.get("before", ""), before.get("before-team", "") or _team(ticket)
        if to == user.name:
            to = ""
        return _give(ctx, tx, ticket, user, "ticket.returned", to=to, team=team, reason=reason)

    return change(ctx, number, act)


def undo_hands(ctx: Context, number: str, user: User) -> Ticket | None:
    """Takes back the user's own last claim, hand-over or return while the ticket is where it led."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket | None:
        last = _last(tx, ticket, (*HANDED, HANDS_UNDONE))
        if last.get("action") not in HANDED or last.get("actor") != user.name or last.get("to", "") != ticket.assignee:
            return None
        before = last.get("before", "")
        return _give(ctx, tx, ticket, user, HANDS_UNDONE, to=before, team=last.get("before-team", "") or _team(ticket))

    return change(ctx, number, act)


def _give(
    ctx: Context,
    tx: Transaction,
    ticket: Ticket,
    user: User,
    action: str,
    *,
    to: str,
    team: str,
    reason: str = "",
    opens: bool = False,
) -> Ticket:
    if ticket.state not in OPEN_STATES:
        raise BadInput("工单已办结 (the ticket is over)")
    fields, by = dict(ticket.fields), dict(ticket.decided_by)
    if team != _team(ticket):
        fields["team"], by["team"] = team, By.AGENT.value
    begins = opens and ticket.state is State.NEW
    if begins:
        require_move(ctx.desk(), user.role.value, ticket.state, State.OPEN)
    details = {
        "to": to, "team": team, "before": ticket.assignee, "before_team": _team(ticket),
        "reason": mask(reason.strip()[:MOST_WORDS]), "state": State.OPEN.value if begins else "",
    }  # fmt: skip
    tx.audit.add((trace(ctx, user.name, action, ticket.id, **details),))
    given = replace(ticket, assignee=to, fields=fields, decided_by=by)
    return set_state(ctx, tx, given, State.OPEN, ctx.now()) if begins else tx.tickets.update(given)


def _team(ticket: Ticket) -> str:
    return ticket.fields.get("team", "")


def _last(tx: Transaction, ticket: Ticket, actions: tuple[str, ...]) -> dict[str, str]:
    """The details of the newest such line of the trail, with who and what; empty without one."""
    for line in tx.views.audit(f"ticket:{ticket.id}", "", 50).rows:
        if line.action in actions:
            return {**dict(line.details), "actor": line.actor, "action": line.action}
    return {}
