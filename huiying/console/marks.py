"""Which words of a customer's text are highlighted: those that moved the model or made a rule match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.domain.decision import Decision
from core.domain.suggestion import FieldSuggestion
from core.domain.ticket import Message

_MOST_MARKS = 60
_MOST_FOR, _MOST_AGAINST = 5, 2
_WORTH_SHOWING = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text; ``kind`` is for, against, rule or '' for plain."""

    text: str
    kind: str = ""


def marked_text(message: Message, decision: Decision | None) -> tuple[Piece, ...]:
    """The writer's own words in pieces. Rules win over evidence where both marked a place."""
    text = message.reply or message.text
    if decision is None:
        return (Piece(text=text),)
    rules = [(w.text, w.start, w.end, "rule") for hit in decision.hits for w in hit.words if w.where != "subject"]
    said = [decision.suggestion.fields[name] for name in ("type", "urgency") if name in decision.suggestion.fields]
    terms = [term for field in said for term in _telling(field)]
    return tuple(_cut(text, _spans(text, [*rules, *terms])))


def _telling(field: FieldSuggestion) -> list[tuple[str, int, int, str]]:
    """The few terms that mattered: a text in which every other word is marked tells nothing."""
    most = max((abs(e.weight) for e in field.evidence), default=0.0)
    strong = [e for e in field.evidence if abs(e.weight) >= _WORTH_SHOWING * most and len(e.term.strip()) > 1]
    strong.sort(key=lambda e: -abs(e.weight))
    kept = [*[e for e in strong if e.weight > 0][:_MOST_FOR], *[e for e in strong if e.weight < 0][:_MOST_AGAINST]]
    return [(e.term, e.start, e.end, "for" if e.weight > 0 else "against") for e in kept]


def _spans(text: str, marks: Sequence[tuple[str, int, int, str]]) -> list[tuple[int, int, str]]:
    """Places that do not overlap, in order; the earlier mark wins."""
    taken: list[tuple[int, int, str]] = []
    folded = text.casefold()
    for term, start, end, kind in marks[:_MOST_MARKS]:
        for place in _places(text, folded, term, start, end):
            if all(place[1] <= begin or place[0] >= stop for begin, stop, _ in taken):
                taken.append((*place, kind))
    return sorted(taken)


def _places(text: str, folded: str, term: str, start: int, end: int) -> Iterable[tuple[int, int]]:
    """The given place if it holds the term (masking may have moved it), else where the term first stands."""
    wanted = term.strip().casefold()
    if 0 <= start < end <= len(text) and (text[start:end].casefold() == wanted or not wanted):
        return ((start, end),)
    found = folded.find(wanted) if len(wanted) > 1 and len(folded) == len(text) else -1
    return ((found, found + len(wanted)),) if found >= 0 else ()


def _cut(text: str, spans: Sequence[tuple[int, int, str]]) -> Iterator[Piece]:
    done = 0
    for start, end, kind in spans:
        if start > done:
            yield Piece(text=text[done:start])
        yield Piece(text=text[start:end], kind=kind)
        done = end
    if done < len(text):
        yield Piece(text=text[done:])
