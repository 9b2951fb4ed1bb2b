"""What a customer does without a password: look at his demand by a signed link, add to it, urge (DOMAIN 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.channel import BroughtFile, BroughtMessage, Channel
from core.domain.errors import BadInput, NotFound
from core.domain.mail import Address
from core.domain.promise import LIVE, Clock
from core.domain.ticket import OPEN_STATES, Direction, State, Ticket
from huiying.flows.change import change
from huiying.flows.context import Context
from huiying.flows.link import living
from huiying.flows.ports import Transaction
from huiying.flows.short_letter import Telling, reader_of, write_letter
from huiying.flows.take_in import TakenIn, take_in
from huiying.flows.timers import result_letter
from huiying.flows.urge import urge_ticket, urged_lately
from responder.promises import on_duty

ACTOR = "customer"
LINK = "link"
"""The letter that brings the address of a ticket's page once more."""
TOLD = (Clock.FIRST_RESPONSE, Clock.URGE, Clock.NEXT_UPDATE, Clock.RESOLUTION, Clock.AGENT_PROMISE)
LINK_AGAIN = timedelta(minutes=10)
"""So often at most the link is sent once more."""
_STEPS = {State.NEW: "waiting", State.WAITING_CUSTOMER: "your-turn", State.RESOLVED: "resolved"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a customer is told about his demand. ``step`` is waiting, working, your-turn, resolved or done; ``told`` the
    next time that a letter named; ``vote`` the token of the page that asks about the result."""

    number: str
    subject: str
    language: str
    received: datetime
    step: str
    answered: datetime | None
    told: datetime | None
    can_urge: bool
    urged: bool
    vote: str


def standing(ctx: Context, tag: str) -> Standing:
    """Of a merged ticket: how the one stands in which it goes on. Raises ``NotFound`` for a link that is not ours."""
    with ctx.store.read() as tx:
        own = _ticket(ctx, tx, tag)
        ticket = living(tx, own)
        promises = tx.promises.of_ticket(ticket.id)
        urged = urged_lately(tx, ticket, ctx.now())
        votes = ticket.state is State.RESOLVED and ticket.customer_id == own.customer_id
        letter = result_letter(tx, ticket) if votes else 0
        detail = tx.views.ticket(ticket.number)
    said = [m.at for m in (detail.messages if detail else ()) if m.direction is Direction.OUT]
    times = [p.told or p.due for p in promises if p.state in LIVE and p.clock in TOLD]
    desk = ctx.desk()
    coming = [on_duty(each, desk.calendar, desk.policy) for each in times if each > ctx.now()]
    is_open = ticket.state in OPEN_STATES
    return Standing(
        number=own.number,
        subject=own.subject,
        language=own.language,
        received=own.received,
        step=_STEPS.get(ticket.state, "working" if is_open else "done"),
        answered=max(said, default=None),
        told=min(coming, default=None) if is_open else None,
        can_urge=is_open and not urged,
        urged=urged,
        vote=ctx.signer.vote_token(ticket.id, letter) if votes else "",
    )


def urge_by_link(ctx: Context, tag: str) -> bool:
    """催一下; False when it was urged within a day already, or is over."""
    with ctx.store.read() as tx:
        number = living(tx, _ticket(ctx, tx, tag)).number

    def act(tx: Transaction, ticket: Ticket) -> bool:
        if ticket.state not in OPEN_STATES or urged_lately(tx, ticket, ctx.now()):
            return False
        tx.tickets.update(urge_ticket(ctx, tx, ticket, ctx.now(), ACTOR))
        return True

    done = change(ctx, number, act)
    ctx.wake.ring("letters")
    ctx.wake.ring("changed")
    return done


def add_by_link(ctx: Context, tag: str, text: str, files: tuple[BroughtFile, ...], key: str) -> TakenIn:
    """Something more about the same demand, on the way of every message; it joins by its number and its customer."""
    with ctx.store.read() as tx:
        ticket = _ticket(ctx, tx, tag)
        customer = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    if customer is None or customer.address is None:
        raise BadInput("没有联系地址 (there is no address)")
    message = BroughtMessage(
        key=key,
        channel=Channel.PORTAL,
        mailbox=ticket.mailbox,
        at=ctx.now(),
        subject=f"[#{ticket.number}] {ticket.subject}",
        text=text,
        name=customer.name,
        customer=Address(name=customer.name, address=customer.address.address),
        files=files,
    )
    return take_in(ctx, message, ACTOR)


def send_link(ctx: Context, number: str, address: str) -> bool:
    """Sends the ticket's link to its customer when the address is his; whether it is, is for nobody else to know."""
    with ctx.store.read() as tx:
        found = tx.tickets.by_number(number.strip())
        known = tx.tickets.customer(found.customer_id) if found and found.customer_id else None
    if found is None or known is None or known.address is None or known.address.key != address.strip().lower():
        return False

    def act(tx: Transaction, ticket: Ticket) -> bool:
        reader = reader_of(ctx, tx, ticket, LINK)
        occasion = f"link:{int(ctx.now().timestamp() // LINK_AGAIN.total_seconds())}"
        # Without an address of its own the page could not be named.
        if isinstance(reader, str) or not ctx.desk().letters.portal(ticket.mailbox, "en"):
            return False
        write_letter(ctx, tx, ticket, reader, Telling(template=LINK, occasion=occasion, at=ctx.now()))
        return True

    sent = change(ctx, found.number, act)
    ctx.wake.ring("letters")
    return sent


def _ticket(ctx: Context, tx: Transaction, tag: str) -> Ticket:
    ticket_id = ctx.signer.read_page_tag(tag)
    ticket = tx.tickets.get(ticket_id) if ticket_id is not None else None
    if ticket is None:
        raise NotFound("no such page")
    return ticket
