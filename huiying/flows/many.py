"""Several tickets are handled at once: each by the same flow as alone, in a transaction of its own, and so taken
back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.errors import BadInput, HuiyingError, NotPermitted
from core.domain.people import Permission, User
from core.domain.ticket import State, Ticket
from huiying.flows.change import ticket_named
from huiying.flows.context import Context
from huiying.flows.correct import confirm, undo
from huiying.flows.hands import claim, hand_over, undo_hands
from huiying.flows.is_spam import is_spam, undo_spam
from huiying.flows.move import Move, move, undo_move
from huiying.flows.snooze import snooze, wake

MOST_AT_ONCE = 200
STATES = (State.ON_HOLD, State.WAITING_CUSTOMER, State.WAITING_INTERNAL, State.OPEN, State.WITHDRAWN)
"""Where several are moved at once; how each of them ended, only who looked at it can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is to be done with each: ``what`` is one of ``DEEDS``; whom a hand-over goes to, where a move leads;
    until when a hold or a snooze lasts, an hour or as long as may be without; one ``reason`` for all."""

    what: str
    to: str = ""
    team: str = ""
    state: State = State.ON_HOLD
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A ticket's number; ``mark`` names what was done where that is needed to take it back."""

    number: str
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Those that were changed, those that were so already, and those that were left as they are, each with why."""

    what: str
    done: tuple[Done, ...] = ()
    already: tuple[str, ...] = ()
    left_out: tuple[tuple[str, HuiyingError], ...] = ()


def do_to_many(ctx: Context, numbers: Iterable[str], user: User, deed: Deed) -> Several:
    """Raises ``NotPermitted``, and ``BadInput`` for too many, none, or a deed or state that is none of ours."""
    chosen = _chosen(user, deed.what, numbers)
    if deed.what == "move" and deed.state not in STATES:
        raise BadInput(f"{deed.state}: {', '.join(STATES)}")
    done: list[Done] = []
    already: list[str] = []
    left_out: list[tuple[str, HuiyingError]] = []
    for number in chosen:
        try:
            if _is_so(ctx, number, user, deed):
                already.append(number)
            else:
                done.append(Done(number=number, mark=DEEDS[deed.what](ctx, number, user, deed)))
        except HuiyingError as no:
            left_out.append((number, no))
    return Several(what=deed.what, done=tuple(done), already=tuple(already), left_out=tuple(left_out))


def take_many_back(ctx: Context, done: Sequence[Done], user: User, what: str) -> Several:
    """Each as far as it could be taken back alone: one on which something else happened since stays as it is. Raises as
    ``do_to_many`` does."""
    _chosen(user, what, [one.number for one in done])
    back: list[Done] = []
    left_out: list[tuple[str, HuiyingError]] = []
    for one in done:
        try:
            if _BACK[what](ctx, one, user) is None:
                left_out.append((one.number, BadInput("没有可撤销的 (nothing to take back)")))
            else:
                back.append(one)
        except HuiyingError as no:
            left_out.append((one.number, no))
    return Several(what=what, done=tuple(back), left_out=tuple(left_out))


def _chosen(user: User, what: str, numbers: Iterable[str]) -> tuple[str, ...]:
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    if what not in DEEDS:
        raise BadInput(f"{what}: {', '.join(DEEDS)}")
    chosen = tuple(dict.fromkeys(number.strip().lstrip("#＃") for number in numbers))
    if not chosen:
        raise BadInput("请先选工单 (choose tickets first)")
    if len(chosen) > MOST_AT_ONCE:
        raise BadInput(f"一次最多 {MOST_AT_ONCE} 张 (at most {MOST_AT_ONCE} at once)")
    return chosen


def _is_so(ctx: Context, number: str, user: User, deed: Deed) -> bool:
    """Whether nothing is left to do: nobody finds a second line in the trail for it."""
    with ctx.store.read() as tx:
        ticket = ticket_named(tx, number)
    match deed.what:
        case "confirm":
            return ticket.confirmed
        case "claim":
            return ticket.assignee == user.name
        case "hand-over":
            return _lies_there(ticket, deed.to.strip(), deed.team.strip())
        case "spam":
            return ticket.is_spam
        case "move":
            return ticket.state is deed.state
        case _:
            return False


def _lies_there(ticket: Ticket, to: str, team: str) -> bool:
    """Whether a hand-over would change nothing; to a team alone it takes the ticket out of a person's hands."""
    return bool(to or team) and ticket.assignee == to and team in ("", ticket.fields.get("team", ""))


def _confirm(ctx: Context, number: str, user: User, _: Deed) -> str:
    return str(confirm(ctx, number, user.name).id)


def _claim(ctx: Context, number: str, user: User, _: Deed) -> str:
    claim(ctx, number, user)
    return ""


def _hand_over(ctx: Context, number: str, user: User, deed: Deed) -> str:
    hand_over(ctx, number, user, deed.to, deed.team, deed.reason)
    return ""


def _spam(ctx: Context, number: str, user: User, _: Deed) -> str:
    is_spam(ctx, number, user)
    return ""


def _move(ctx: Context, number: str, user: User, deed: Deed) -> str:
    move(ctx, number, user, Move(to=deed.state, reason=deed.reason, until=deed.until))
    return ""


def _snooze(ctx: Context, number: str, user: User, deed: Deed) -> str:
    snooze(ctx, number, user, deed.until)
    return ""


DEEDS: dict[str, Callable[[Context, str, User, Deed], str]] = {
    "confirm": _confirm,
    "claim": _claim,
    "hand-over": _hand_over,
    "spam": _spam,
    "move": _move,
    "snooze": _snooze,
}
_BACK: dict[str, Callable[[Context, Done, User], object]] = {
    "confirm": lambda ctx, one, user: undo(ctx, one.number, user.name, only=one.mark),
    "claim": lambda ctx, one, user: undo_hands(ctx, one.number, user),
    "hand-over": lambda ctx, one, user: undo_hands(ctx, one.number, user),
    "spam": lambda ctx, one, user: undo_spam(ctx, one.number, user),
    "move": lambda ctx, one, user: undo_move(ctx, one.number, user),
    "snooze": lambda ctx, one, user: wake(ctx, one.number, user) or None,
}
