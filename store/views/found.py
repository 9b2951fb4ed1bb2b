"""Which tickets a search finds, and where in their messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, union

from core.domain.ticket import Customer
from core.domain.views import Excerpt
from core.text.search import excerpt, search_phrases
from store.customers import customer_by_key, customers_by_phone
from store.search import MOST_MATCHES, matches
from store.tables import message, ticket
from store.unit import Unit

_NUMBERED, _SHORTEST_NUMBER = 5_000, 3
"""A part of a number, of so many characters, is looked for in the newest so many tickets."""
_MOST_READ = 500
"""Messages that are read for one page's excerpts."""


def saying(unit: Unit, words: str) -> Any:  # noqa: ANN401  a selection of ids
    """Tickets of that number, with these words in a message, or of the customer of that address or phone."""
    c, number = ticket.c, words.lstrip("#＃")
    ways: list[Any] = [select(c.id).where(c.number == number)]
    if len(number) >= _SHORTEST_NUMBER and any(map(str.isdigit, number)):
        newest = select(c.id).order_by(c.id.desc()).limit(_NUMBERED)
        ways.append(select(c.id).where(c.id.in_(newest), c.number.contains(number, autoescape=True)))
    if phrases := search_phrases(words):
        ways.append(select(matches(unit, phrases).subquery().c.ticket_id))
    if keys := _customers(unit, words):
        ways.append(select(c.id).where(c.customer_id.in_(keys)).order_by(c.id.desc()).limit(MOST_MATCHES))
    return union(*(select(way.subquery().c[0]) for way in ways))


def excerpts(unit: Unit, ticket_ids: Sequence[int], words: str) -> dict[int, Excerpt]:
    """Where one of the words stands in the newest message of each of these tickets that has one."""
    said = select(message.c.ticket_id, message.c.text).where(message.c.ticket_id.in_(ticket_ids))
    found: dict[int, Excerpt] = {}
    for row in unit.rows(said.order_by(message.c.id.desc()).limit(_MOST_READ)) if ticket_ids else ():
        if row.ticket_id not in found and (cut := excerpt(row.text, words)):
            found[row.ticket_id] = cut
    return found


def _customers(unit: Unit, words: str) -> list[int]:
    if "@" in words:
        known: tuple[Customer | None, ...] = (customer_by_key(unit, unit.seal.address_key(words.strip().lower())),)
    else:
        known = customers_by_phone(unit, words)
    return [one.id for one in known if one is not None]
