"""Tells open pages who has a ticket open, and whether he writes an answer (碰撞提醒)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from core.domain.presence import Presence

Seen = Mapping[int, tuple[tuple[str, str, datetime | None], ...]]
"""By ticket: name, what he is called, and since when he writes; who writes comes first."""


def seen(pages: Sequence[Presence]) -> Seen:
    """Who is seen on which ticket: a person with several pages of it once."""
    found: dict[int, dict[str, Presence]] = {}
    for page in sorted(pages, key=lambda each: (each.since, each.page)):
        here = found.setdefault(page.ticket_id, {})
        known = here.get(page.person)
        if known is None or (page.writing and not known.writing):
            here[page.person] = page
    return {
        ticket: tuple(
            (page.person, page.display or page.person, page.writing)
            for page in sorted(here.values(), key=lambda each: each.writing is None)
        )
        for ticket, here in found.items()
    }


def news(before: Seen | None, after: Seen, now: datetime) -> bytes:
    """The event that leads from one to the other, empty when nothing differs: all who are on each ticket on which
    something changed, with the seconds since each began to write, -1 for who only looks. A page that knows nothing yet
    is told of ``everybody``."""
    if before is None:
        return _event("everybody", after, after, now)
    changed = [ticket for ticket in {**before, **after} if before.get(ticket) != after.get(ticket)]
    return _event("present", changed, after, now) if changed else b""


def _event(name: str, tickets: Iterable[int], seen_on: Seen, now: datetime) -> bytes:
    told = {
        str(ticket): [
            {"name": name, "who": who, "writing": int((now - begun).total_seconds()) if begun else -1}
            for name, who, begun in seen_on.get(ticket, ())
        ]
        for ticket in tickets
    }
    return f"event: {name}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()
