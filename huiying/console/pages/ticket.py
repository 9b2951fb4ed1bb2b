"""One ticket: the conversation, what was decided and why, the due times, and the trail of its mails."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.address_mark import Mark
from core.domain.article import Article
from core.domain.decision import Occasion
from core.domain.errors import NotFound
from core.domain.promise import Promise, PromiseState
from core.domain.said import Remark
from core.domain.ticket import OPEN_STATES, Direction
from core.domain.views import LedgerRow, LetterRow, TicketDetail
from huiying.console.access import SIGNED_IN, Looking, RowId
from huiying.console.contact import contact_choices
from huiying.console.handling_view import handling
from huiying.console.headers import MAIL_POLICY
from huiying.console.marks import Piece, marked_text
from huiying.console.pages.actions import REASONS
from huiying.console.reasons import reasons, terms
from huiying.console.site import Site, Viewer, site_of
from huiying.console.task_view import tasks_of
from huiying.flows.answer_linked import followers, merged_readers
from huiying.flows.arithmetic import arithmetic
from huiying.flows.explain_rules import explain_decided
from huiying.flows.fitting_articles import fitting, phrasings
from huiying.flows.greeting import greeting
from huiying.flows.is_spam import spam_domain
from huiying.flows.move_linked import not_over
from huiying.flows.own_promise import owed_of
from huiying.flows.precedents import nearest
from huiying.flows.preview import agent_letters
from huiying.flows.quadrant import quadrant_of
from huiying.flows.snooze import snoozed_until
from huiying.flows.split import can_be_split

MOST_OCCASIONS = 10
"""Later occasions whose rules are told one by one."""
router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")

_HTML_PAGE = '<!doctype html><meta charset="utf-8"><style>body{{font:15px/1.6 sans-serif;margin:12px}}</style>{body}'


@router.get("")
def ticket_page(request: Request, viewer: Looking, number: str, task: str = "") -> HTMLResponse:
    """``task`` is the one that a call would tick off."""
    _told(site_of(request), viewer, number)
    return _page(request, viewer, number, "ticket.html", task)


@router.get("/body")
def ticket_body(request: Request, viewer: Looking, number: str) -> HTMLResponse:
    """Everything below the header, for a page that is open while the ticket changes."""
    return _page(request, viewer, number, "parts/ticket_body.html")


@router.get("/rules")
def ticket_rules(request: Request, viewer: Looking, number: str) -> HTMLResponse:
    """Every rule as it was asked about the mail, and later about the ticket, the latest first: hit or miss, the
    condition that decided, the words at their place."""
    site = site_of(request)
    detail = _detail(site, number)
    messages = {message.id: message for message in detail.conversation}
    rows = [row for row in detail.decisions if row.current or row.decision.occasion is not Occasion.ARRIVAL]
    asked = [
        (row.decision.facts, explain_decided(site.context, row, messages[row.message_id]))
        for row in reversed(rows[:1] + rows[1:][-MOST_OCCASIONS:])
        if row.message_id in messages
    ]
    heard = [m for m in reversed(detail.conversation) if m.said.remark is not Remark.NONE or m.said.remark_by]
    return site.page(request, "parts/ticket_rules.html", viewer, asked=asked, heard=heard[:MOST_OCCASIONS])


@router.get("/messages/{message_id}/html", dependencies=[SIGNED_IN])
def message_html(request: Request, number: str, message_id: RowId) -> Response:
    """A mail's sanitised HTML for its sandboxed frame; its own policy keeps remote images and scripts out."""
    detail = _detail(site_of(request), number)
    message = next((m for m in detail.conversation if m.id == message_id and m.html), None)
    if message is None:
        raise NotFound
    return HTMLResponse(
        _HTML_PAGE.format(body=message.html),
        headers={"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def _told(site: Site, viewer: Viewer, number: str) -> None:
    """Whoever looks at a ticket knows what the bell had to say about it."""
    if site.unseen(viewer):
        with site.context.store.write() as transaction:
            ticket = transaction.tickets.by_number(number)
            if ticket is not None:
                transaction.notices.see_ticket(viewer.user.name, ticket.id, site.context.now())


def _detail(site: Site, number: str) -> TicketDetail:
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    if detail is None:
        raise NotFound
    return detail


def _page(request: Request, viewer: Viewer, number: str, template: str, task: str = "") -> HTMLResponse:
    site = site_of(request)
    detail = _detail(site, number)
    current = detail.decided
    taxonomy = site.context.desk().taxonomy
    return site.page(
        request,
        template,
        viewer,
        detail=detail,
        followed=letters_of_mails(detail),
        ticket=detail.ticket,
        decision=current.decision if current else None,
        reasons=reasons(detail, current.decision if current else None),
        terms=terms,
        alike=nearest(site.context, detail),
        fits=() if detail.is_erased else fitting(site.context, detail),
        phrasings=phrasings(site.context, detail),
        kept_as=_kept_as(site, detail),
        marked=_marked(detail),
        gone=frozenset(row.id for row in detail.ledger if row.original_gone),
        ours={row.message_id: row for row in detail.correspondence},
        greeting=greeting(detail),
        followers=_followers(site, detail),
        not_over=_not_over(site, detail),
        templates=agent_letters(site.context.desk(), viewer.language),
        can_be_split=can_be_split,
        snoozed=_snoozed(site, viewer, detail),
        split_off={value for row in detail.audit if row.action == "ticket.split" for _, value in row.details},
        came_from={one.id: one.number for one in detail.merged},
        promises=_in_order(detail.promises),
        owed=owed_of(detail.promises),
        sums=arithmetic(site.context, detail, viewer.language),
        quadrant=quadrant_of(taxonomy, detail),
        types=taxonomy.values("type"),
        urgencies=taxonomy.values("urgency"),
        spam_domain=spam_domain(detail),
        handling=handling(site.context, detail, viewer.user),
        reveal_reasons=REASONS,
        **contact_choices(site),
        **tasks_of(site.context, detail.ticket, viewer.user),
        ticked=task,
        revealed=False,
        first=first.said if (first := next((m for m in detail.messages if m.direction == "in"), None)) else None,
        solved=_is_solved(detail),
        copy_number=_number_of(site, detail.ticket.maybe_copy_of),
        bounced=bounced_address(site, detail),
    )


def letters_of_mails(detail: TicketDetail) -> list[tuple[LedgerRow, list[LetterRow], bool]]:
    """Each mail with the letters that left from it until the next came, and whether filing it brought one at once."""
    letters = sorted(detail.letters, key=lambda letter: letter.created)
    begins = [row.arrived for row in detail.ledger]
    told = []
    for place, row in enumerate(detail.ledger):
        after, before = row.arrived if place else None, min(begins[place + 1 :], default=None)
        own = [one for one in letters if (not after or one.created >= after) and (not before or one.created < before)]
        told.append((row, own, any(row.filed_at and one.created <= row.filed_at for one in own)))
    return told


def bounced_address(site: Site, detail: TicketDetail) -> tuple[str, str] | None:
    """The digest of the customer's address and why it bounced, if it did."""
    address = detail.customer.address if detail.customer else None
    if address is None:
        return None
    with site.context.store.read() as transaction:
        why = transaction.addresses.why(address.key, Mark.BOUNCED)
        return None if why is None else (transaction.addresses.key_of(address.key).hex(), why)


def _is_solved(detail: TicketDetail) -> bool:
    """Whether the customer's last word is that nothing is needed any more, and somebody should withdraw it."""
    last = next((m for m in reversed(detail.conversation) if m.direction is Direction.IN), None)
    return last is not None and last.said.remark is Remark.SOLVED and detail.ticket.state in OPEN_STATES


def _followers(site: Site, detail: TicketDetail) -> int:
    """How many others an answer to all is written to: of open tickets that follow this one, and of merged ones."""
    if not (detail.linked or detail.merged):
        return 0
    with site.context.store.read() as transaction:
        return len(followers(transaction, detail)) + len(merged_readers(transaction, detail))


def _not_over(site: Site, detail: TicketDetail) -> int:
    """How many tickets that follow this one have not ended."""
    if not detail.linked:
        return 0
    with site.context.store.read() as transaction:
        return len(not_over(transaction, detail.ticket.id))


def _snoozed(site: Site, viewer: Viewer, detail: TicketDetail) -> datetime | None:
    """Until when the viewer has put it off."""
    with site.context.store.read() as transaction:
        return snoozed_until(transaction, detail.ticket, viewer.user, site.context.now())


def _kept_as(site: Site, detail: TicketDetail) -> tuple[Article, ...]:
    """The articles that were drawn from the ticket."""
    with site.context.store.read() as transaction:
        return transaction.articles.of_ticket(detail.ticket.id)


def _number_of(site: Site, ticket_id: int) -> str:
    with site.context.store.read() as transaction:
        ticket = transaction.tickets.get(ticket_id) if ticket_id else None
    return ticket.number if ticket else ""


def _marked(detail: TicketDetail) -> dict[int, tuple[Piece, ...]]:
    """The text of each incoming message in pieces, with what moved its own decision highlighted."""
    decisions = {row.message_id: row.decision for row in detail.decisions}
    return {m.id: marked_text(m, decisions.get(m.id)) for m in detail.conversation}


def _in_order(promises: tuple[Promise, ...]) -> list[Promise]:
    """Running ones first by due time, then the ended ones, newest first."""
    running = sorted((p for p in promises if p.state is PromiseState.RUNNING), key=lambda p: p.due)
    ended = sorted((p for p in promises if p.state is not PromiseState.RUNNING), key=lambda p: p.due, reverse=True)
    return [*running, *ended]
