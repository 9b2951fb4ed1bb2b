"""Several tickets become one outage: chosen in the queue, or those of a surge. Each is linked to the main one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from core.domain.errors import BadInput, HuiyingError, NotPermitted
from core.domain.people import Permission, User
from core.domain.ticket import Ticket
from core.domain.views import MOST_ROWS
from huiying.flows.change import ticket_named
from huiying.flows.context import Context
from huiying.flows.link import head_of, link, undo_link
from huiying.flows.surge import WINDOW, find_surges


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The main ticket's number, those that follow it from now on, those that did already, and those that were left as
    they are."""

    main: str
    done: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def link_many(ctx: Context, numbers: Sequence[str], main: str, user: User) -> Linked:
    """Links them to ``main``; without one the earliest of them is the main ticket. Said twice it changes nothing more.
    Left out is what follows another one, or cannot be linked. Raises ``NotFound``, ``NotPermitted``, and ``BadInput``
    when there are too few."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    chosen = tuple(dict.fromkeys(numbers))[:MOST_ROWS]
    with ctx.store.read() as tx:
        tickets = sorted((ticket_named(tx, number) for number in chosen), key=lambda ticket: ticket.id)
        leader = (
            head_of(tx, ticket_named(tx, main)) if main else next((one for one in tickets if not one.follows), None)
        )
    others = [one for one in tickets if leader is None or one.id != leader.id]
    if leader is None or not others:
        raise BadInput("请至少选两张工单，或写明主单 (choose two tickets at least, or name the main one)")
    follows = _following(ctx, others, leader)
    done = []
    for one in others:
        if not one.follows and one.number not in follows:
            with suppress(HuiyingError):
                link(ctx, one.number, leader.number, user)
                done.append(one.number)
    # Whatever followed one of them went along with it.
    now = _following(ctx, others, leader)
    return Linked(
        main=leader.number,
        done=tuple(done),
        already=tuple(number for number in now if number not in done),
        left_out=tuple(one.number for one in others if one.number not in now),
    )


def unlink_many(ctx: Context, numbers: Sequence[str], main: str, user: User) -> Linked:
    """Takes ``link_many`` back: each is linked as it was before, and so is what went along with it. Left out is what
    does not follow that main ticket by a person's last word. Raises ``NotFound``, ``NotPermitted``."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    chosen = tuple(dict.fromkeys(numbers))[:MOST_ROWS]
    with ctx.store.read() as tx:
        leader = head_of(tx, ticket_named(tx, main))
        for number in chosen:
            ticket_named(tx, number)
    done = tuple(number for number in chosen if undo_link(ctx, number, user, leader.number) is not None)
    left_out = tuple(number for number in chosen if number not in done)
    return Linked(main=leader.number, done=done, left_out=left_out)


def _following(ctx: Context, tickets: Sequence[Ticket], leader: Ticket) -> tuple[str, ...]:
    """Those that follow the main ticket now."""
    with ctx.store.read() as tx:
        found = [tx.tickets.get(one.id) for one in tickets]
    return tuple(one.number for one in found if one and one.follows and one.linked_to == leader.id)


def make_outage(ctx: Context, type_: str, user: User) -> Linked:
    """The open tickets of a surge of that type, linked to the earliest. Raises ``BadInput`` when the surge is over."""
    now = ctx.now()
    with ctx.store.read() as tx:
        surging = type_ in {one.type for one in find_surges(tx, now)}
        numbers = tx.views.filed_numbers(type_, now - WINDOW, now, MOST_ROWS) if surging else ()
    if not numbers:
        raise BadInput("这一阵来信已经过去 (this surge is over)")
    return link_many(ctx, numbers, "", user)
