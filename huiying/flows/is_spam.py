"""是垃圾: a person says that a ticket is spam. Nothing more is owed, no letter leaves, and all of it can be undone."""

from __future__ import annotations

from datetime import datetime

from core.domain.errors import NotPermitted
from core.domain.letter import LetterState
from core.domain.people import Permission, User
from core.domain.ticket import SPAM_TAG, Direction, State, Ticket
from core.domain.timer import TimerKind
from core.domain.views import AuditRow, TicketDetail
from huiying.flows.change import change, last_line, trace
from huiying.flows.context import Context
from huiying.flows.hear import WOKEN
from huiying.flows.pause import reopen
from huiying.flows.ports import Transaction
from huiying.flows.serve import desk_for
from huiying.flows.state import cap_of, require_move, set_state, timer
from ingest.free_mail import company_domain

IS_SPAM, UNDONE = "ticket.spam", "ticket.spam-undone"
_PENDING = (LetterState.QUEUED, LetterState.HELD, LetterState.DEFERRED)


def is_spam(ctx: Context, number: str, user: User) -> Ticket:
    """The ticket is 无效: its clocks end, letters that have not left never do. Raises ``NotFound``, ``NotPermitted``,
    and ``MoveNotAllowed`` unless the table of states lets the user's role make it invalid."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        if ticket.is_spam:
            return ticket
        require_move(desk_for(ctx, tx, ticket), user.role.value, ticket.state, State.INVALID)
        return _mark(ctx, tx, ticket, user)

    return change(ctx, number, act)


def undo_spam(ctx: Context, number: str, user: User) -> Ticket | None:
    """The ticket as it was before somebody's word, its letters in the outbox again and what the customer has written
    since heard; None when that word is not the last that happened to its state. Raises ``NotFound``, ``NotPermitted``,
    and ``MoveNotAllowed`` unless it was the user's own word or the table of states lets his role bring it back."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Ticket | None:
        said = last_line(tx, ticket, detail="state") if ticket.state is State.INVALID else None
        if said is None or said.action != IS_SPAM:
            return None
        if said.actor != user.name:
            require_move(desk_for(ctx, tx, ticket), user.role.value, State.INVALID, State.OPEN)
        return _unmark(ctx, tx, ticket, user, said)

    return change(ctx, number, act)


def spam_domain(detail: TicketDetail) -> str:
    """The company's domain from which a ticket called spam came, for a rule that holds all its mail for spam; '' where
    everybody has addresses, and while nobody calls it so."""
    address = detail.customer.address if detail.customer else None
    return company_domain(address) if address and detail.ticket.is_spam else ""


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


def _unmark(ctx: Context, tx: Transaction, ticket: Ticket, user: User, word: AuditRow) -> Ticket:
    now, said = ctx.now(), dict(word.details)
    state = _state_before(tx, ticket, State(said["before"]), word.at)
    cap = cap_of(desk_for(ctx, tx, ticket), state, now)
    timers = (timer(ctx, ticket.id, TimerKind.RESUME, cap),) if cap is not None else ()
    tags = tuple(tag for tag in ticket.tags if tag != SPAM_TAG)
    back = set_state(ctx, tx, ticket, state, now, timers, tags=tags)
    reopen(ctx, tx, ticket, f"not-spam:{ctx.ids()}", now, update=False)
    for stopped in said.get("letters", "").split():
        letter, _, before = stopped.partition(":")
        held = LetterState.HELD if before == LetterState.HELD else LetterState.QUEUED
        tx.outbox.revive(int(letter), held, now)
    tx.audit.add((trace(ctx, user.name, UNDONE, ticket.id, state=state.value),))
    ctx.wake.ring("letters")
    return back


def _state_before(tx: Transaction, ticket: Ticket, before: State, since: datetime) -> State:
    """The state that the ticket goes back to: who waited for the customer has his word by now."""
    detail = tx.views.ticket(ticket.number)
    heard = any(
        message.direction is Direction.IN and message.automatic is None and message.at >= since
        for message in (detail.messages if detail else ())
    )
    return State.OPEN if heard and before in WOKEN else before
