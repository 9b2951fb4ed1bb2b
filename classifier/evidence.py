"""Decides which words explain a suggestion, and where the writer wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.domain.suggestion import Evidence
from core.text.fold import fold_with_places, span
from core.text.tokens import PLACEHOLDERS

MOST_FOR, MOST_AGAINST = 8, 4
_LEAST = 0.02


def explain(contributions: Iterable[tuple[str, float]], body: str) -> tuple[Evidence, ...]:
    """At most eight words for and four against, strongest first; places are in ``body``, -1 where not found there.

    ``contributions`` are (word or pair of words, log-odds), a word may come several times.
    """
    total: dict[str, float] = {}
    for term, weight in contributions:
        if _tells(term):
            total[term] = total.get(term, 0.0) + weight
    ranked = sorted(total.items(), key=lambda item: (-abs(item[1]), item[0]))
    chosen = [
        *[item for item in ranked if item[1] >= _LEAST][:MOST_FOR],
        *[item for item in ranked if item[1] <= -_LEAST][:MOST_AGAINST],
    ]
    if not chosen:
        return ()
    folded, places = fold_with_places(body)
    return tuple(_evidence(term, weight, folded, places) for term, weight in chosen)


def _tells(term: str) -> bool:
    """Whether a reader learns something from the term: no placeholder, no single letter."""
    parts = term.split(" ")
    return PLACEHOLDERS.isdisjoint(parts) and (len(term) > 1 or not term.isascii())


def _evidence(term: str, weight: float, folded: str, places: Sequence[int]) -> Evidence:
    shown = " ".join(term.split(" ")) if term.isascii() else term.replace(" ", "")
    start, end = _place(term, folded)
    if start >= 0:
        start, end = span(places, start, end)
    return Evidence(term=shown, weight=round(weight, 4), start=start, end=end)


def _place(term: str, folded: str) -> tuple[int, int]:
    pattern = r"\s*".join(re.escape(word) for word in term.split(" "))
    if term[0].isascii():
        pattern = rf"(?<![a-z0-9]){pattern}"
    if term[-1].isascii():
        pattern = rf"{pattern}(?![a-z0-9])"
    found = re.search(pattern, folded)
    return found.span() if found else (-1, -1)
