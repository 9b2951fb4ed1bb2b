"""How a due time came about, in the reader's language: which stretches of time its clock counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.clock import Pause, Stretch, stretches
from core.domain.errors import HuiyingError
from core.domain.promise import Promise
from core.domain.ticket import State, Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from responder.promises import PromiseDraft, on_arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """``because`` in words and the stretches from start to due: counted, paused or passed over."""

    because: str
    intervals: tuple[Stretch, ...] = ()


def arithmetic(
    context: Context, ticket: Ticket, promises: Sequence[Promise], language: str
) -> Mapping[int, Arithmetic]:
    """By promise id. The calendar that made a promise counts again, around its pauses; where a draft of that desk comes
    to the stored instant its words are shown in the reader's language, else the words that were stored."""
    desks = {bundle: _desk(context, bundle) for bundle in {p.bundle for p in promises}}
    now = context.now()
    return {p.id: _of(ticket, p, _as_counted(desks[p.bundle], p), language, now) for p in promises}


def _as_counted(desk: Desk | None, promise: Promise) -> Desk | None:
    """That desk with the policy and calendar by which the promise was made: a team or a mailbox may have its own."""
    if desk is None:
        return None
    policy = desk.policies.get(promise.policy.partition("@")[0], desk.policy)
    return replace(desk, policy=policy, calendar=desk.calendars.get(promise.calendar.partition("@")[0], desk.calendar))


def _desk(context: Context, bundle: str) -> Desk | None:
    try:
        return context.desk_of(bundle)
    except HuiyingError:
        return None


def _of(ticket: Ticket, promise: Promise, desk: Desk | None, language: str, now: datetime) -> Arithmetic:
    if desk is None:
        return Arithmetic(because=promise.because)
    because, working = promise.because, promise.working
    for draft in _drafts(ticket, desk, language):
        if (draft.clock, draft.started, draft.due) == (promise.clock, promise.started, promise.due):
            because, working = draft.because, draft.duration.working
    if promise.due < promise.started:
        return Arithmetic(because=because)
    why = desk.states[State.WAITING_CUSTOMER].words(language)
    pauses = [
        Pause(begins=begin, ends=end or max(begin, now), why=_why(desk, words, language) or why)
        for begin, end, words in promise.pauses
    ]
    parts = stretches(desk.calendar, promise.started, promise.due, pauses, working=working, language=language)
    return Arithmetic(because=because, intervals=parts)


def _why(desk: Desk, words: str, language: str) -> str:
    """The stored reason of a pause in the reader's language."""
    rule = next((rule for rule in desk.states.rules.values() if rule.because == words), None)
    return rule.words(language) if rule else words


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
