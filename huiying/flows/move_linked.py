"""An outage is over: what follows a main ticket is ended with it, each under its own rights, and taken back with it
(DOMAIN 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.errors import BadInput, HuiyingError
from core.domain.people import User
from core.domain.ticket import FINAL_STATES, OPEN_STATES, Ticket
from huiying.flows.change import ticket_named, trace
from huiying.flows.context import Context
from huiying.flows.move import Move, last_move, move, undo_move
from huiying.flows.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The main ticket, the numbers of those that were ended with it, and why the others were not: (number, reason)."""

    ticket: Ticket
    others: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def not_over(tx: Transaction, ticket_id: int) -> tuple[Ticket, ...]:
    """The tickets that follow this one and have not ended yet."""
    return tuple(one for one in tx.tickets.followers(ticket_id) if one.state not in FINAL_STATES)


def move_all(ctx: Context, number: str, user: User, wanted: Move) -> Ended:
    """Moves the ticket as ``move`` does, and raises as it; then each that follows it. One that may not be moved so, or
    for which somebody else still owes a part, stays as it is and is named. Raises ``BadInput`` for a state of work:
    each is worked on by itself."""
    if wanted.to in OPEN_STATES:
        raise BadInput(
            "关联工单只能一起办结，不能一起改为处理中的状态 (linked tickets are ended together, nothing else)"
        )
    wanted = replace(wanted, together=str(ctx.ids()))
    with ctx.store.read() as tx:
        main = ticket_named(tx, number)
        others = [one for one in not_over(tx, main.id) if one.state is not wanted.to]
    done = move(ctx, number, user, wanted)
    moved: list[str] = []
    left_out: list[tuple[str, str]] = []
    for one in others:
        try:
            move(ctx, one.number, user, wanted)
            moved.append(one.number)
        except HuiyingError as no:
            left_out.append((one.number, no.code))
    ended = Ended(ticket=done, others=tuple(moved), left_out=tuple(left_out))
    if others:
        _record(ctx, user, ended)
    return ended


def undo_moves(ctx: Context, number: str, user: User) -> Ticket | None:
    """Takes back the user's own last move of the ticket, and of those that were moved with it and stand as it left
    them; None when there is none."""
    with ctx.store.read() as tx:
        ticket = ticket_named(tx, number)
        others = _moved_with(tx, ticket, user)
    back = undo_move(ctx, number, user)
    if back is not None:
        for other in others:
            undo_move(ctx, other, user)
    return back


def _moved_with(tx: Transaction, ticket: Ticket, user: User) -> list[str]:
    together = (last_move(tx, ticket, user) or {}).get("together")
    if not together:
        return []
    found = tx.tickets.followers(ticket.id)
    return [one.number for one in found if (last_move(tx, one, user) or {}).get("together") == together]


def _record(ctx: Context, user: User, ended: Ended) -> None:
    """The main ticket's trail says how many went with it, and which did not, and why."""
    left = " ".join(f"{number}:{reason}" for number, reason in ended.left_out)
    entry = trace(
        ctx, user.name, "ticket.linked-moved", ended.ticket.id, moved=str(len(ended.others)), left_out=left
    )  # fmt: skip
    with ctx.store.write() as tx:
        tx.audit.add((entry,))
