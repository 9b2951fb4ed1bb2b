"""How a due time came about, in the reader's language: which stretches of time its clock counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.calendar import Interval
from core.domain.errors import HuiyingError
from core.domain.promise import Promise
from core.domain.ticket import Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from responder.promises import PromiseDraft, on_arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """``because`` in words and the intervals from start to due, counted or passed over."""

    because: str
    intervals: tuple[Interval, ...] = ()


def arithmetic(
    context: Context, ticket: Ticket, promises: Sequence[Promise], language: str
) -> Mapping[int, Arithmetic]:
    """By promise id. The desk that made a promise counts again; only when it comes to the very instant that was
    stored are its words and intervals shown, else the words that were stored."""
    desks = {bundle: _desk(context, bundle) for bundle in {p.bundle for p in promises}}
    return {p.id: _of(ticket, p, desks[p.bundle], language) for p in promises}


def _desk(context: Context, bundle: str) -> Desk | None:
    try:
        return context.desk_of(bundle)
    except HuiyingError:
        return None


def _of(ticket: Ticket, promise: Promise, desk: Desk | None, language: str) -> Arithmetic:
    if desk is None:
        return Arithmetic(because=promise.because)
    for draft in _drafts(ticket, desk, language):
        if (draft.clock, draft.started, draft.due) == (promise.clock, promise.started, promise.due):
            return Arithmetic(because=draft.because, intervals=draft.intervals(desk.calendar, language))
    return Arithmetic(because=promise.because)


def _drafts(ticket: Ticket, desk: Desk, language: str) -> tuple[PromiseDraft, ...]:
    return on_arrival(
        desk.policy,
        desk.calendar,
        received=ticket.received,
        urgency=ticket.fields.get("urgency", ""),
        priority=ticket.fields.get("priority", ""),
        type_=ticket.fields.get("type", ""),
        language=language,
    )
