"""Finds a desk's phrases in a text, whichever script it is written in, and rewrites the sentence where it can."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.text.fold import fold_with_places, span
from responder.phrases import TIME, Phrase

_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_MOST = 200
"""Places of one phrase in one letter that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A phrase at ``text[at:to]``; ``sentence`` is what could stand there instead, '' when nobody knows."""

    phrase: Phrase
    at: int
    to: int
    sentence: str = ""


def find_phrases(text: str, phrases: Iterable[Phrase], told: str = "") -> Iterator[Found]:
    """Every phrase at every place, the longest of its words where several begin; ``told`` is the time that the letter
    could name."""
    folded, places = fold_with_places(text)
    for phrase in phrases:
        for number, match in enumerate(phrase.pattern.finditer(folded)):
            if number == _MOST:
                break
            at, to = span(places, match.start(), match.end())
            yield Found(phrase=phrase, at=at, to=to, sentence=_rewritten(text, phrase, match[0], at, to, told))


def _rewritten(text: str, phrase: Phrase, word: str, at: int, to: int, told: str) -> str:
    """The sentence with something better in that place."""
    instead = phrase.instead.get(word, "")
    if not instead or (TIME in instead and not told):
        return ""
    begin = max((found.end() for found in _END.finditer(text, 0, at)), default=0)
    end = _END.search(text, to)
    better = f"{text[begin:at]}{instead.replace(TIME, told)}{text[to : end.end() if end else len(text)]}"
    return better.strip()[:300]
