"""Several tickets become one outage: chosen in the queue, or those of a surge. Each is linked to the main one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.errors import BadInput, HuiyingError, NotPermitted
from core.domain.people import Permission, User
from core.domain.views import MOST_ROWS
from huiying.flows.change import ticket_named
from huiying.flows.context import Context
from huiying.flows.link import NOTHING, head_of, link
from huiying.flows.surge import WINDOW, find_surges


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The main ticket's number, those that follow it now, and those that were left as they are."""

    main: str
    done: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def link_many(ctx: Context, numbers: Sequence[str], main: str, user: User) -> Linked:
    """Links them to ``main``; without one the earliest of them is the main ticket. Left out is what follows another one
    already, or cannot be linked. Raises ``NotFound``, ``NotPermitted``, and ``BadInput`` when there are too few."""
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
    done, left_out = [], []
    for one in others:
        try:
            if one.follows:
                left_out.append(one.number)
            else:
                link(ctx, one.number, leader.number, user)
                done.append(one.number)
        except HuiyingError:
            left_out.append(one.number)
    return Linked(main=leader.number, done=tuple(done), left_out=tuple(left_out))


def unlink_many(ctx: Context, numbers: Sequence[str], main: str, user: User) -> Linked:
    """Takes ``link_many`` back: what still follows that main ticket follows none."""
    done = []
    with ctx.store.read() as tx:
        leader = ticket_named(tx, main)
        following = [one.number for n in numbers[:MOST_ROWS] if (one := ticket_named(tx, n)).linked_to == leader.id]
    for number in following:
        link(ctx, number, NOTHING, user)
        done.append(number)
    return Linked(main=main, done=tuple(done))


def make_outage(ctx: Context, type_: str, user: User) -> Linked:
    """The open tickets of a surge of that type, linked to the earliest. Raises ``BadInput`` when the surge is over."""
    now = ctx.now()
    with ctx.store.read() as tx:
        surging = type_ in {one.type for one in find_surges(tx, now)}
        numbers = tx.views.filed_numbers(type_, now - WINDOW, now, MOST_ROWS) if surging else ()
    if not numbers:
        raise BadInput("这一阵来信已经过去 (this surge is over)")
    return link_many(ctx, numbers, "", user)
