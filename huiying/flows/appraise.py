"""What a customer thinks of us, once a half-year or a quarter: by the signed link of a letter of care, or entered by an
agent from a call (DOMAIN 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.domain.appraisal import DIMENSIONS, MOST_MARK, Appraisal, half_year_of, is_open, quarter_of
from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.people import Permission, User
from core.domain.ticket import Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried
from huiying.flows.vote import CUSTOMER, MOST_WORDS

LETTER = "care-satisfaction"
"""The letter of care that asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What was said: ``marks`` are 1 to 5 for some of ``DIMENSIONS``, at least for one."""

    marks: Mapping[str, int] = field(default_factory=dict)
    words: str = ""
    improvement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionAsked:
    """What the page of a link shows; ``given`` is his answer so far."""

    term: str
    language: str
    is_open: bool
    given: Appraisal | None


def terms_now(ctx: Context) -> tuple[str, ...]:
    """The half-year and the quarter that run today."""
    return half_year_of(_today(ctx)), quarter_of(_today(ctx))


def term_asked(ctx: Context, term: str) -> str:
    """The term as it is stored; '' is the half-year that runs. Raises ``BadInput`` unless answers are taken for it."""
    wanted = term.strip().upper() or terms_now(ctx)[0]
    if not is_open(wanted, _today(ctx)):
        raise BadInput(f"评估周期 {wanted} 现在不能填写 (answers for {wanted} are not taken now)")
    return wanted


def opinion_asked(ctx: Context, token: str) -> OpinionAsked:
    """What the link asks about; looking at it changes nothing. Raises ``NotFound`` for a link that is not ours."""
    ticket_id, term = _read(ctx, token)
    with ctx.store.read() as tx:
        ticket = _ticket(tx, ticket_id)
        given = [one for one in tx.appraisals.of_customer(ticket.customer_id) if one.term == term]
    is_taken = is_open(term, _today(ctx))
    return OpinionAsked(term=term, language=ticket.language, is_open=is_taken, given=given[-1] if given else None)


def appraise_by_link(ctx: Context, token: str, opinion: Opinion) -> Appraisal:
    """The customer's own answer; while the term is open a later one takes its place. Raises ``NotFound`` and
    ``BadInput``."""
    ticket_id, term = _read(ctx, token)
    term_asked(ctx, term)
    _check(opinion)

    def once() -> Appraisal:
        with ctx.store.write() as tx:
            return _appraise(ctx, tx, _ticket(tx, ticket_id), term, opinion, CUSTOMER)

    done = retried(once)
    ctx.wake.ring("changed")
    return done


def appraise_by_call(ctx: Context, number: str, user: User, term: str, opinion: Opinion) -> Appraisal:
    """What the ticket's customer said on the telephone, entered by ``user``; '' is the half-year that runs. Raises
    ``NotPermitted``, ``NotFound`` and ``BadInput``."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    wanted = term_asked(ctx, term)
    _check(opinion)

    def act(tx: Transaction, ticket: Ticket) -> Appraisal:
        if not ticket.customer_id:
            raise BadInput(f"工单 {number} 没有客户 (ticket {number} has no customer)")
        return _appraise(ctx, tx, ticket, wanted, opinion, user.name)

    return change(ctx, number, act)


def _appraise(ctx: Context, tx: Transaction, ticket: Ticket, term: str, opinion: Opinion, actor: str) -> Appraisal:
    customer = tx.tickets.customer(ticket.customer_id)
    # Two answers at the same moment are one after the other.
    tx.tickets.hold_customers({ticket.customer_id})
    new = Appraisal(
        id=ctx.ids(), customer_id=(customer and customer.merged_into) or ticket.customer_id, ticket_id=ticket.id,
        term=term, at=ctx.now(),
        marks=tuple((name, opinion.marks[name]) for name in DIMENSIONS if name in opinion.marks),
        words=mask(opinion.words.strip()), improvement=mask(opinion.improvement.strip()),
        by="" if actor == CUSTOMER else actor,
    )  # fmt: skip
    tx.appraisals.save(new)
    tx.audit.add((trace(ctx, actor, "customer.appraised", ticket.id, term=term, score=f"{new.score:.1f}"),))
    return new


def _check(opinion: Opinion) -> None:
    wrong = [name for name, mark in opinion.marks.items() if name not in DIMENSIONS or not 1 <= mark <= MOST_MARK]
    if wrong or not opinion.marks:
        raise BadInput(f"至少给一项打 1–5 分 (marks are 1 to 5, at least one of them: {', '.join(DIMENSIONS)})")
    if max(len(opinion.words), len(opinion.improvement)) > MOST_WORDS:
        raise BadInput(f"太长 (longer than {MOST_WORDS} characters)")


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ctx.desk().calendar.tz).date()


def _read(ctx: Context, token: str) -> tuple[int, str]:
    read = ctx.signer.read_appraisal_token(token)
    if read is None:
        raise NotFound("no such link")
    return read


def _ticket(tx: Transaction, ticket_id: int) -> Ticket:
    ticket = tx.tickets.get(ticket_id)
    if ticket is None or not ticket.customer_id:
        raise NotFound("no such link")
    return ticket
