"""Shows the arithmetic of the clocks: the object that ``sla explain`` prints (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from core.domain.calendar import BusinessCalendar
from core.domain.clock import stretches
from core.domain.clock_words import arithmetic_words
from core.domain.priority import derive_priority
from core.domain.taxonomy import PRIORITIES, URGENCIES
from responder.policy import Policy
from responder.promises import PromiseDraft, on_arrival


def explain(
    policy: Policy,
    calendar: BusinessCalendar,
    *,
    received: datetime,
    type_: str = "其他",
    urgency: str = "常规",
    priority: str = "",
    level: str = "普通",
    tags: Collection[str] = (),
    impact: str = "",
    departments: int = 1,
    language: str = "zh-CN",
) -> dict[str, Any]:
    """``policy``, ``calendar`` and ``clocks`` with due times in the calendar's offset. A priority that is not given is
    derived. Raises ``ValueError`` for an unknown urgency or priority, or a ``received`` without offset."""
    if received.tzinfo is None:
        raise ValueError(f"received has no UTC offset: {received.isoformat()}")
    if urgency not in URGENCIES:
        raise ValueError(f"urgency: {urgency!r} ({', '.join(URGENCIES)})")
    if priority and priority not in PRIORITIES:
        raise ValueError(f"priority: {priority!r} ({', '.join(PRIORITIES)})")
    drafts = on_arrival(
        policy,
        calendar,
        received=received,
        urgency=urgency,
        priority=priority or derive_priority(urgency, impact, level, tags)[0],
        type_=type_,
        level=level,
        tags=tags,
        departments=departments,
        language=language,
    )
    clocks = [explain_draft(draft, calendar, language) for draft in drafts]
    return {"policy": policy.name, "calendar": calendar.name, "clocks": clocks}


def explain_draft(draft: PromiseDraft, calendar: BusinessCalendar, language: str = "zh-CN") -> dict[str, Any]:
    """One clock: ``clock``, ``due``, ``because``, the ``intervals`` that were counted or passed over, and the same in
    one line of words."""
    zone = calendar.tz
    parts = stretches(calendar, draft.started, draft.due, working=draft.duration.working, language=language)
    return {
        "clock": draft.clock.value,
        "due": draft.due.astimezone(zone).isoformat(),
        "because": draft.because,
        "intervals": [
            {
                "from": interval.from_.astimezone(zone).isoformat(),
                "to": interval.to.astimezone(zone).isoformat(),
                "counts": interval.counts,
                "why": interval.why,
            }
            for interval in draft.intervals(calendar, language)
        ],
        "arithmetic": arithmetic_words(parts, zone, language),
    }
