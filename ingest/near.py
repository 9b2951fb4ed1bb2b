"""Decides whether a demand is nearly one that came minutes before: same order number, or nearly the same words."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence

from core.domain.filing import Near, NearTicket
from core.domain.mail import Address
from core.text.fold import fold
from ingest.free_mail import company_domain, company_of

PIECES = 24
"""So many of the smallest hashes stand for a text (bottom-k MinHash)."""
_PIECE = 4
_LOOKED_AT = 1_200
_ALIKE = 0.7
_SPOKEN = re.compile(r"[^\w\u3400-\u9fff]+")


def near_of(
    sender: Address | None, text: Sequence[int], orders: Sequence[str], domains: Sequence[str] = ()
) -> Near | None:
    """By what this demand is found again, ``text`` being the ``pieces`` of its words; None without a sender.
    ``domains`` are those of his other addresses: who writes from a free mailbox is one of the company, too, where his
    desk address is known."""
    if sender is None:
        return None
    company = company_domain(sender) or next(filter(None, map(company_of, domains)), "")
    return Near(scope=company or sender.key, text=tuple(text), orders=tuple(orders))


def pieces(text: str) -> tuple[int, ...]:
    """The smallest hashes of the runs of four letters; width, case, script and punctuation do not count."""
    spoken = _SPOKEN.sub("", fold(text[:_LOOKED_AT]))
    fours = zip(*(spoken[at:] for at in range(_PIECE)), strict=False)
    runs = set(map("".join, fours)) or {spoken} - {""}
    return tuple(sorted(set(map(zlib.crc32, map(str.encode, runs))))[:PIECES])


def alike(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of runs that two texts have in common, estimated from their smallest hashes."""
    if not one or not other:
        return 0.0
    smallest = sorted({*one, *other})[:PIECES]
    both = set(one) & set(other)
    return sum(piece in both for piece in smallest) / len(smallest)


def nearest_copy(near: Near, customer_id: int, recent: Iterable[NearTicket]) -> tuple[NearTicket | None, str]:
    """The recent ticket with the same demand and why it is taken for that; (None, '') when there is none. Of
    colleagues only the order number counts."""
    for ticket in recent:
        same = next((order for order in near.orders if order in ticket.orders), "")
        if same:
            return ticket, f"same-order: {same}"
        if ticket.customer_id != customer_id:
            # In an outage all of a company write alike: each of them is a demand of his own.
            continue
        share = alike(near.text, ticket.text)
        if share >= _ALIKE:
            return ticket, f"same-text: {round(share * 100)} %"
    return None, ""
