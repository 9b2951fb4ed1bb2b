"""是垃圾: a person says that a ticket is spam. Nothing more is owed, no letter leaves, and all of it can be undone."""

from __future__ import annotations

from datetime import datetime

from core.domain.errors import NotPermitted
from core.domain.letter import LetterState
from core.domain.people import Permission, User
from core.domain.ticket import State, Ticket
from core.domain.timer import TimerKind
from core.domain.views import SPAM_TAG, TicketDetail
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.pause import reopen
from huiying.flows.ports import Transaction
from huiying.flows.serve import desk_for
from huiying.flows.state import cap_of, require_move, set_state, timer

IS_SPAM, UNDONE = "ticket.spam", "ticket.spam-undone"
_PENDING = (LetterState.QUEUED, LetterState.HELD, LetterState.DEFERRED)


def is_spam(ctx: Context, number: str, user: User) -> Ticket:
    """The ticket is 无效: its clocks end, letters that have not left never do. Raises ``NotFound``, ``NotPermitted``,
    and ``MoveNotAllowed`` unless the table of states lets the user's role make it invalid."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        if ticket.state is State.INVALID and SPAM_TAG in ticket.tags:
            return ticket
        require_move(desk_for(ctx, tx, ticket), user.role.value, ticket.state, State.INVALID)
        return _mark(ctx, tx, ticket, user)

    return change(ctx, number, act)


def undo_spam(ctx: Context, number: str, user: User) -> Ticket | None:
    """The ticket as it was before the user's own word, its letters in the outbox again; None when that is not the last
    that happened to its state."""

    def act(tx: Transaction, ticket: Ticket) -> Ticket | None:
        said = _said(tx, ticket, user)
        return None if said is None else _unmark(ctx, tx, ticket, user, said)

    return change(ctx, number, act)


def _mark(ctx: Context, tx: Transaction, ticket: Ticket, user: User) -> Ticket:
    now = ctx.now()
    stopped = _stop_letters(tx, tx.views.ticket(ticket.number), now)
    tags = tuple(dict.fromkeys((*ticket.tags, SPAM_TAG)))
    marked = set_state(ctx, tx, ticket, State.INVALID, now, tags=tags)
    details = {"before": ticket.state.value, "state": State.INVALID.value, "reason": "spam", "letters": stopped}
    tx.audit.add((trace(ctx, user.name, IS_SPAM, ticket.id, **details),))
    return marked


def _stop_letters(tx: Transaction, detail: TicketDetail | None, now: datetime) -> str:
    """The letters that were stopped and the state of each before, as the trail keeps them."""
    stopped = [
        f"{letter.id}:{letter.state}"
        for letter in (detail.letters if detail else ())
        if letter.state in _PENDING and tx.outbox.set_state(letter.id, LetterState.CANCELLED, now)
    ]
    return " ".join(stopped)


def _said(tx: Transaction, ticket: Ticket, user: User) -> dict[str, str] | None:
    for line in tx.views.audit(f"ticket:{ticket.id}", "", 20).rows:
        details = dict(line.details)
        if "state" in details and line.action.startswith("ticket."):
            mine = line.action == IS_SPAM and line.actor == user.name and ticket.state is State.INVALID
            return details if mine else None
    return None


def _unmark(ctx: Context, tx: Transaction, ticket: Ticket, user: User, said: dict[str, str]) -> Ticket:
    now, state = ctx.now(), State(said["before"])
    cap = cap_of(desk_for(ctx, tx, ticket), state, now)
    timers = (timer(ctx, ticket.id, TimerKind.RESUME, cap),) if cap is not None else ()
    tags = tuple(tag for tag in ticket.tags if tag != SPAM_TAG)
    back = set_state(ctx, tx, ticket, state, now, timers, tags=tags)
    reopen(ctx, tx, ticket, f"not-spam:{ctx.ids()}", now, update=False)
    for word in said.get("letters", "").split():
        letter, _, before = word.partition(":")
        held = LetterState.HELD if before == LetterState.HELD else LetterState.QUEUED
        tx.outbox.revive(int(letter), held, now)
    tx.audit.add((trace(ctx, user.name, UNDONE, ticket.id, state=state.value),))
    ctx.wake.ring("letters")
    return back
