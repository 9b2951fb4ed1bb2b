"""Finds all words of all rules in a text at one go, each at its border, with its place in the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ahocorasick

from core.domain.decision import Words
from core.text.fold import fold, fold_with_places, span

MOST_SCANNED = 100_000
"""Characters of a field that rules look at."""

_SAME = str.maketrans(
    {"\n": " ", "\r": " ", "\t": " ", "\u2028": " ", "\u2029": " ", "‘": "'", "’": "'", "“": '"', "”": '"'}
)
_ANY_ENDING = "*"


def fold_for_matching(text: str) -> str:
    """The form of texts and of words in which they are compared; as long as ``fold(text)``."""
    return fold(text).translate(_SAME)


def joins_words(char: str) -> bool:
    """Whether a word goes on with this character: a letter or digit of a script that sets words apart."""
    return char.isalnum() and (char < "\u0e00" or "\u10a0" <= char < "\u2e80")


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one folded word means: its ids (-1: none) when it stands alone and when any ending may follow."""

    length: int
    left: bool
    right: bool
    exact: int = -1
    prefix: int = -1


@dataclass(slots=True)
class LexiconBuilder:
    """Gives each word of the rules a number; ``exact`` and ``prefix`` words of one spelling are two."""

    entries: dict[str, _Entry] = field(default_factory=dict)
    words: int = 0
    placed: set[int] = field(default_factory=set)

    def intern(self, word: str, *, all_places: bool = False) -> int:
        """The number of a word; raises ``ValueError`` when nothing of it is left after folding."""
        prefix = word.endswith(_ANY_ENDING)
        folded = fold_for_matching(word.removesuffix(_ANY_ENDING) if prefix else word).strip()
        if not folded:
            raise ValueError(word)
        entry = self.entries.get(folded)
        if entry is None:
            entry = _Entry(len(folded), joins_words(folded[0]), joins_words(folded[-1]))
        number = entry.prefix if prefix else entry.exact
        if number < 0:
            number, self.words = self.words, self.words + 1
        exact, ending = (entry.exact, number) if prefix else (number, entry.prefix)
        self.entries[folded] = _Entry(entry.length, entry.left, entry.right, exact, ending)
        if all_places:
            self.placed.add(number)
        return number

    def build(self) -> Lexicon:
        automaton = None
        if self.entries:
            automaton = ahocorasick.Automaton()
            for folded, entry in self.entries.items():
                automaton.add_word(folded, entry)
            automaton.make_automaton()
        return Lexicon(automaton=automaton, placed=frozenset(self.placed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """All words, ready to be looked for. ``placed`` are those of which every place matters."""

    automaton: ahocorasick.Automaton | None
    placed: frozenset[int]

    def scan(self, name: str, original: str) -> Field:
        """What one field of a mail says; ``name`` is the attribute of ``Message`` that it came from."""
        original = original[:MOST_SCANNED]
        folded = fold_for_matching(original)
        first: dict[int, tuple[int, int]] = {}
        places: dict[int, list[tuple[int, int]]] = {}
        if self.automaton is not None and folded:
            self._search(folded, first, places)
        return Field(name=name, original=original, folded=folded, first=first, places=places, words=frozenset(first))

    def _search(self, folded: str, first: dict[int, tuple[int, int]], places: dict[int, list[tuple[int, int]]]) -> None:
        assert self.automaton is not None
        length, placed = len(folded), self.placed
        for last, entry in self.automaton.iter(folded):
            start, end = last - entry.length + 1, last + 1
            if entry.left and start and joins_words(folded[start - 1]):
                continue
            alone = not (entry.right and end < length and joins_words(folded[end]))
            for number in (entry.exact, entry.prefix) if alone else (entry.prefix,):
                if number < 0:
                    continue
                first.setdefault(number, (start, end))
                if number in placed:
                    places.setdefault(number, []).append((start, end))


@dataclass(slots=True, kw_only=True)
class Field:
    """One field of a mail, folded and searched. ``words`` are those that were found, ``first`` is where each stands
    first, ``places`` every place of the words that need it; both in the folded text. The way back to the original is
    worked out once, when the first hit is quoted."""

    name: str
    original: str
    folded: str
    first: dict[int, tuple[int, int]]
    places: dict[int, list[tuple[int, int]]]
    words: frozenset[int]
    _origins: Sequence[int] | None = None

    def quote(self, places: Sequence[tuple[int, int]]) -> tuple[Words, ...]:
        """Places of the folded text as slices of the original."""
        if not places:
            return ()
        if self._origins is None:
            _, self._origins = fold_with_places(self.original)
        origins = self._origins
        slices = (span(origins, start, end) for start, end in places)
        return tuple(
            Words(where=self.name, text=self.original[start:end], start=start, end=end) for start, end in slices
        )
