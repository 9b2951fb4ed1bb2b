"""What a viewer may do with a ticket, for its page: moves, hands, parts, its analysis, extensions, the vote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.domain.analysis import Way, usual_way
from core.domain.extension import Extension, ExtensionState
from core.domain.part import PartState
from core.domain.people import Permission, User
from core.domain.promise import LIVE, Promise
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import OPEN_STATES, State
from core.domain.timer import Timer, TimerKind
from core.domain.views import TicketDetail
from huiying.flows.analyse import fields_of
from huiying.flows.breach import is_late
from huiying.flows.context import Context
from huiying.flows.extend import DECIDING, EXTENDABLE
from huiying.flows.extension_words import look_at
from huiying.flows.move import targets
from huiying.flows.own_promise import OWING
from huiying.flows.result import needs_check
from huiying.flows.state import cap_of
from responder.reasons import Reason
from responder.wording_check import Finding

AT_ONCE = (State.OPEN, State.WAITING_CUSTOMER, State.WAITING_INTERNAL)
"""Moves that need no words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """``quick`` are moves by one key, ``ends`` those that want a reason; ``timers`` what happens by itself."""

    quick: tuple[State, ...]
    may_hold: bool
    hold_until: datetime | None
    ends: tuple[State, ...]
    may_merge: bool
    may_owe: bool
    is_open: bool
    mine: bool
    people: tuple[User, ...]
    teams: tuple[str, ...]
    needs_check: bool
    may_vote: bool
    timers: Mapping[TimerKind, Timer]
    hold_reasons: tuple[Reason, ...]
    breach_reasons: Mapping[str, Reason]
    causes: Mapping[str, Reason]
    analysis: Mapping[str, str]
    way: Way
    extendable: frozenset[int]
    late: frozenset[int]
    extensions: Mapping[int, tuple[Extension, ...]]
    extension_words: Mapping[int, tuple[Finding, ...]]
    decides: bool


def handling(ctx: Context, detail: TicketDetail, user: User) -> Handling:
    desk, ticket = ctx.desk(), detail.ticket
    allowed = targets(desk, user, ticket) if user.may(Permission.WORK_TICKETS) else ()
    with ctx.store.read() as tx:
        people = tuple(one for one in tx.people.users() if one.may(Permission.WORK_TICKETS) and one.name != user.name)
    by_promise: dict[int, tuple[Extension, ...]] = {}
    for one in detail.extensions:
        by_promise[one.promise_id] = (*by_promise.get(one.promise_id, ()), one)
    return Handling(
        quick=tuple(state for state in allowed if state in AT_ONCE),
        may_hold=State.ON_HOLD in allowed,
        hold_until=cap_of(desk, State.ON_HOLD, ctx.now()),
        ends=tuple(state for state in allowed if state not in AT_ONCE and state is not State.ON_HOLD),
        may_merge=bool(allowed) and desk.states.may_move(user.role.value, ticket.state, State.MERGED),
        may_owe=ticket.state in OWING,
        is_open=ticket.state in OPEN_STATES,
        mine=ticket.assignee == user.name,
        people=people,
        teams=tuple(dict.fromkeys(value.team for value in desk.taxonomy.values("type") if value.team)),
        needs_check=ticket.state in OPEN_STATES and needs_check(desk, ticket),
        may_vote=ticket.state is State.RESOLVED,
        timers={timer.kind: timer for timer in detail.timers},
        hold_reasons=tuple(desk.reasons.hold.values()),
        breach_reasons=desk.reasons.breach,
        causes=desk.reasons.cause,
        analysis=fields_of(detail.analysis),
        way=_usual_way(desk.taxonomy, detail),
        extendable=frozenset(p.id for p in detail.promises if _is_extendable(p)),
        late=frozenset(p.id for p in detail.promises if is_late(p, ctx)),
        extensions=by_promise,
        extension_words={
            one.id: look_at(desk, ticket.number, one.reason, one.wanted)
            for one in detail.extensions
            if one.state is ExtensionState.ASKED
        },
        decides=user.role in DECIDING,
    )


def _usual_way(taxonomy: Taxonomy, detail: TicketDetail) -> Way:
    fields = detail.ticket.fields
    complains = taxonomy.means("type", fields.get("type", ""), "投诉")
    return usual_way(
        level=detail.customer.level if detail.customer else "",
        priority=fields.get("priority", ""),
        is_complex=complains or any(one.state is PartState.ASKED for one in detail.parts),
    )


def _is_extendable(promise: Promise) -> bool:
    return promise.clock in EXTENDABLE and promise.state in LIVE
