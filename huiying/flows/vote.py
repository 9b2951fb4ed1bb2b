"""The customer's vote on a result, by the signed link of its letter or entered by an agent from a call (DOMAIN 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.errors import BadInput, NotFound
from core.domain.people import User
from core.domain.ticket import State, Ticket
from core.domain.vote import MARKS, Vote
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried
from huiying.flows.second_treatment import begin_second_treatment
from huiying.flows.state import require_move, set_state
from huiying.flows.timers import result_letter
from responder.states import SYSTEM

CUSTOMER = "customer"
"""The actor in the trail when the customer voted himself."""
MOST_WORDS = 2_000
MOST_MARK = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """What was said: ``marks`` are 1 to 5 for some of ``MARKS``."""

    satisfied: bool
    marks: Mapping[str, int] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the page of a link shows. ``open`` says whether the answer still moves the ticket."""

    number: str
    subject: str
    language: str
    open: bool
    vote: Vote | None


def asked(ctx: Context, token: str) -> Asked:
    """What the link asks about. Raises ``NotFound`` for a link that is not ours."""
    ticket_id, letter_id = _read(ctx, token)
    with ctx.store.read() as tx:
        ticket = _ticket(tx, ticket_id)
        votes = tx.votes.of_ticket(ticket_id)
    vote = next((one for one in votes if one.letter_id == letter_id), None)
    is_open = ticket.state in (State.RESOLVED, State.CLOSED)
    return Asked(number=ticket.number, subject=ticket.subject, language=ticket.language, open=is_open, vote=vote)


def vote_by_link(ctx: Context, token: str, ballot: Ballot) -> Ticket:
    """The customer's own vote: satisfied closes, not satisfied begins the second treatment; a later vote on a ticket
    that went on is kept and moves nothing."""
    ticket_id, letter_id = _read(ctx, token)
    _check(ballot)

    def once() -> Ticket:
        with ctx.store.write() as tx:
            return _vote(ctx, tx, _ticket(tx, ticket_id), letter_id, ballot, CUSTOMER, SYSTEM)

    done = retried(once)
    ctx.wake.ring("changed")
    return done


def vote_by_call(ctx: Context, number: str, user: User, ballot: Ballot) -> Ticket:
    """What the customer said on the telephone, entered by ``user``."""
    _check(ballot)

    def act(tx: Transaction, ticket: Ticket) -> Ticket:
        return _vote(ctx, tx, ticket, result_letter(tx, ticket), ballot, user.name, user.role.value)

    return change(ctx, number, act)


def _vote(
    ctx: Context, tx: Transaction, ticket: Ticket, letter_id: int, ballot: Ballot, actor: str, role: str
) -> Ticket:
    now = ctx.now()
    tx.votes.save(
        Vote(
            id=ctx.ids(), ticket_id=ticket.id, letter_id=letter_id, at=now, satisfied=ballot.satisfied,
            marks=tuple(ballot.marks.items()), words=mask(ballot.words.strip()),
            by="" if actor == CUSTOMER else actor,
        )
    )  # fmt: skip
    moved = _moved(ctx, tx, ticket, ballot, role)
    details = {"satisfied": "yes" if ballot.satisfied else "no"}
    if moved.state is not ticket.state:
        details |= {"before": ticket.state.value, "state": moved.state.value}
    tx.audit.add((trace(ctx, actor, "ticket.voted", ticket.id, **details),))
    return moved


def _moved(ctx: Context, tx: Transaction, ticket: Ticket, ballot: Ballot, role: str) -> Ticket:
    if ballot.satisfied and ticket.state is State.RESOLVED:
        require_move(ctx.desk(), role, ticket.state, State.CLOSED)
        return set_state(ctx, tx, ticket, State.CLOSED, ctx.now())
    if not ballot.satisfied and ticket.state in (State.RESOLVED, State.CLOSED):
        require_move(ctx.desk(), role, ticket.state, State.SECOND_TREATMENT)
        return begin_second_treatment(ctx, tx, ticket, ctx.now())
    return ticket


def _check(ballot: Ballot) -> None:
    wrong = [name for name, mark in ballot.marks.items() if name not in MARKS or not 1 <= mark <= MOST_MARK]
    if wrong or len(ballot.words) > MOST_WORDS:
        marks = f"{'、'.join(wrong)}：应为 (expected) {' | '.join(MARKS)} = 1…{MOST_MARK}"
        raise BadInput(marks if wrong else f"评价最多 {MOST_WORDS} 个字 (at most so many characters)")


def _read(ctx: Context, token: str) -> tuple[int, int]:
    read = ctx.signer.read_vote_token(token)
    if read is None:
        raise NotFound("no such link")
    return read


def _ticket(tx: Transaction, ticket_id: int) -> Ticket:
    ticket = tx.tickets.get(ticket_id)
    if ticket is None:
        raise NotFound("no such link")
    return ticket
