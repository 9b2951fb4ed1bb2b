"""Who is on which ticket, as open pages are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from core.domain.presence import Presence
from huiying.console.present import news, seen

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


def a_page(person: str, page: int, ticket: int = 7, writing: int | None = None) -> Presence:
    """``writing`` seconds ago it was begun to write."""
    since = NOW - timedelta(minutes=9 - page)
    begun = None if writing is None else NOW - timedelta(seconds=writing)
    return Presence(
        person=person, page=page, ticket_id=ticket, since=since, until=NOW, writing=begun, display=person.upper()
    )


def told(message: bytes) -> tuple[str, dict[str, list[tuple[str, str, int]]]]:
    name, data = message.decode().strip().split("\n")
    found = json.loads(data.removeprefix("data: "))
    return name, {ticket: [(one["name"], one["who"], one["writing"]) for one in each] for ticket, each in found.items()}


def test_who_writes_comes_first_and_several_pages_of_one_person_are_one():
    """A page on which he writes counts more than one on which he looks."""
    pages = [a_page("amy", 1), a_page("li", 2), a_page("li", 3, writing=125), a_page("zhou", 4, ticket=8)]
    everybody = {"7": [("li", "LI", 125), ("amy", "AMY", -1)], "8": [("zhou", "ZHOU", -1)]}
    assert told(news(None, seen(pages), NOW)) == ("event: everybody", everybody)


def test_only_tickets_on_which_something_changed_are_told():
    """Nothing when all is as before; a ticket that nobody has open any more is told as empty."""
    before = seen([a_page("amy", 1), a_page("li", 2, ticket=8)])
    assert news(before, seen([a_page("amy", 1), a_page("li", 2, ticket=8)]), NOW) == b""
    after = seen([a_page("li", 2, ticket=8, writing=0)])
    assert told(news(before, after, NOW)) == ("event: present", {"7": [], "8": [("li", "LI", 0)]})
