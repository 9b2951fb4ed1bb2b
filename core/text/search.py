"""Decides which words of a text a search finds: pairs of Chinese characters, so that any two beside each other do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.text.fold import fold, fold_with_places, span

MOST_CHARACTERS, MOST_WORDS = 50_000, 16_000
"""So much of a message is found by its words; PostgreSQL counts places up to 16,383."""
MOST_TERMS, LONGEST_WORD, LONGEST_PHRASE = 10, 64, 64
_SECOND, _ALIKE = "二次处理", re.compile("二次(?:沟通|跟进)")
"""Three names of one thing, as long as each other (DOMAIN 14)."""
BEFORE, BEHIND = 12, 68
"""An excerpt shows so many characters around what was looked for."""
_SPACE = re.compile(r"\s+")
_PREFIX = 3
"""A word of so many letters or digits finds longer ones that begin with it."""

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(f"[{_WIDE}]+|[0-9]+|[^\\W\\d_{_WIDE}]+")
_NO_LETTER_BEFORE = f"(?<![^\\W\\d_{_WIDE}])"
_FIRST_WIDE = "\u3040"
_TERMS = re.compile('"([^"]*)"|“([^”]*)”|「([^」]*)」|([^\\s"“「]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words beside each other in this order; ``open_end`` when the last one may go on."""

    words: tuple[str, ...]
    open_end: bool


def index_words(texts: Iterable[str]) -> list[str]:
    """What is written into the index of a message's texts, in order. Letters and digits part; a run of Chinese,
    Japanese or Korean characters becomes its pairs and its last character: 无法登录 is 无法, 法登, 登录, 录."""
    return list(_words(_ALIKE.sub(_SECOND, fold("\n".join(texts)[:MOST_CHARACTERS]))))[:MOST_WORDS]


def search_phrases(query: str) -> tuple[Phrase, ...]:
    """What must all stand in a message for ``query``: each word, and what is between quotation marks as it is."""
    found = []
    for term in _TERMS.finditer(query):
        quoted = term[4] is None
        phrase = _phrase(_folded(term), quoted=quoted)
        if phrase.words:
            found.append(phrase)
    return tuple(dict.fromkeys(found))[:MOST_TERMS]


def excerpt(text: str, query: str) -> tuple[tuple[str, bool], ...]:
    """One line around the first place in ``text`` where a word or phrase of ``query`` stands: pieces in order, and
    whether each is what was looked for; empty where none stands there."""
    text = text[:MOST_CHARACTERS]
    folded, places = fold_with_places(text)
    folded = _ALIKE.sub(_SECOND, folded)
    terms = [_sought(runs) for term in _terms(query) if (runs := _RUNS.findall(term))]
    sought = re.compile("|".join(terms)) if terms else None
    first = sought.search(folded) if sought else None
    if sought is None or first is None:
        return ()
    start, end = max(0, first.start() - BEFORE), first.end() + BEHIND
    pieces, at = [], start
    for hit in sought.finditer(folded[:end], first.start()):
        pieces += [(at, hit.start(), False), (hit.start(), hit.end(), True)]
        at = hit.end()
    pieces.append((at, min(end, len(folded)), False))
    lines = [(_SPACE.sub(" ", text[slice(*span(places, low, high))]), is_hit) for low, high, is_hit in pieces]
    lines[0] = (lines[0][0].lstrip(), False)
    return tuple(line for line in lines if line[0])


def _sought(runs: Sequence[str]) -> str:
    """A pattern of those letters and digits beside each other, from where a word begins."""
    begins = "" if runs[0][0] >= _FIRST_WIDE else r"(?<!\d)" if runs[0][0].isdigit() else _NO_LETTER_BEFORE
    return begins + r"[\W_]*".join(map(re.escape, runs))


def _terms(query: str) -> list[str]:
    return [_folded(term) for term in _TERMS.finditer(query)][:MOST_TERMS]


def _folded(term: re.Match[str]) -> str:
    return _ALIKE.sub(_SECOND, fold(next(filter(None, term.groups()), "")))


def _phrase(folded: str, *, quoted: bool) -> Phrase:
    words = list(_words(folded))[:LONGEST_PHRASE]
    last = words[-1] if words else ""
    if last >= _FIRST_WIDE:
        # Within a text the last character has another one behind it: its pair says so already, or begins with it.
        inside = len(words) > 1 and words[-2][0] >= _FIRST_WIDE and words[-2][-1] == last and len(words[-2]) > 1
        return Phrase(words=tuple(words[:-1] if inside else words), open_end=not inside)
    return Phrase(words=tuple(words), open_end=not quoted and len(last) >= _PREFIX)


def _words(folded: str) -> Iterator[str]:
    for run in _RUNS.findall(folded):
        if run[0] >= _FIRST_WIDE:
            yield from (run[at : at + 2] for at in range(len(run)))
        else:
            yield run[:LONGEST_WORD]
