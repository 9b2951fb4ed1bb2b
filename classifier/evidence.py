"""Decides which words explain a suggestion, and where the writer wrote them."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.suggestion import Evidence
from core.text.fold import fold_with_places, span
from core.text.tokens import PLACEHOLDERS

MOST_FOR, MOST_AGAINST = 8, 4
_LEAST = 0.02
# They weigh, but explain nothing to a reader.
_GRAMMAR = frozenset((
    *"的了是我你您他她它这那都不没也就在和有与及吗呢吧啊要会能可很把被让给到从对上下个", "我们", "你们",
    "a", "an", "and", "are", "be", "been", "but", "by", "for", "from", "has", "have", "he", "i", "if", "in", "is", "it",
    "its", "me", "my", "of", "on", "or", "our", "she", "so", "that", "the", "their", "they", "this", "to", "us", "was",
    "we", "were", "with", "you", "your",
))  # fmt: skip


class WrittenText:
    """A text as the writer wrote it, folded once for all the words that are looked for in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._folded, self._places = fold_with_places(text)
        self._found: dict[str, tuple[int, int]] = {}

    def written(self, term: str) -> str:
        """The word or pair of words in the writer's own spelling, '' when it does not stand in the text."""
        start, end = self.place(term)
        return self._text[start:end] if start >= 0 else ""

    def place(self, term: str) -> tuple[int, int]:
        """Where the word or pair of words first stands, as a slice of the text; (-1, -1) when it does not.

        Each is looked for once: the same words often explain several fields."""
        known = self._found.get(term)
        if known is None:
            known = self._found[term] = self._look(term)
        return known

    def _look(self, term: str) -> tuple[int, int]:
        for written in (term, term.replace(" ", "")) if " " in term else (term,):
            start = self._find(written)
            if start >= 0:
                return span(self._places, start, start + len(written))
        return -1, -1

    def _find(self, written: str) -> int:
        """The first place that is not in the middle of a longer word."""
        start = self._folded.find(written)
        while start >= 0 and not self._stands_free(start, start + len(written)):
            start = self._folded.find(written, start + 1)
        return start

    def _stands_free(self, start: int, end: int) -> bool:
        before, after = self._folded[start - 1 : start], self._folded[end : end + 1]
        return not _continues(before, self._folded[start]) and not _continues(self._folded[end - 1], after)


def explain(
    contributions: Iterable[tuple[str, float]], body: WrittenText, subject: WrittenText
) -> tuple[Evidence, ...]:
    """At most eight words for and four against, strongest first, in the writer's own spelling and with their places in
    the body (-1: not there).

    ``contributions`` are (word or pair of words that ``tells``, log-odds); a word may come several times.
    """
    total: dict[str, float] = {}
    for term, weight in contributions:
        total[term] = total.get(term, 0.0) + weight
    ranked = sorted(total.items(), key=lambda item: (-abs(item[1]), item[0]))
    chosen = [
        *[item for item in ranked if item[1] >= _LEAST][:MOST_FOR],
        *[item for item in ranked if item[1] <= -_LEAST][:MOST_AGAINST],
    ]
    return tuple(_evidence(term, weight, body, subject) for term, weight in chosen)


def tells(term: str) -> bool:
    """Whether a reader learns something from the term: no placeholder, no word that only grammar needs."""
    parts = term.split(" ")
    return PLACEHOLDERS.isdisjoint(parts) and not _GRAMMAR.issuperset(parts)


def _evidence(term: str, weight: float, body: WrittenText, subject: WrittenText) -> Evidence:
    start, end = body.place(term)
    own = body.written(term) if start >= 0 else subject.written(term)
    shown = own or (term if term.isascii() else term.replace(" ", ""))
    return Evidence(term=shown, weight=round(weight, 4), start=start, end=end)


def _continues(one: str, other: str) -> bool:
    """Whether two neighbouring characters belong to one English word or number."""
    return bool(one and other) and one.isascii() and other.isascii() and one.isalnum() and other.isalnum()
