"""Finds what an agent promises in a letter: "周五下班前给您答复", "2个工作日内", "by Friday", each with its instant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from core.domain.calendar import BusinessCalendar
from core.text.times import find_times

_SENTENCE = re.compile(r"[^。！？!?；;\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """``words`` is the sentence that promises, ``due`` the instant (UTC), ``at`` where the time stands in the text."""

    words: str
    due: datetime
    at: int
    to: int


def find_commitments(text: str, calendar: BusinessCalendar, now: datetime) -> tuple[Commitment, ...]:
    """Every promised time that is still to come, in the text's order; the longest reading of each place counts."""
    return tuple(
        Commitment(words=_sentence(text, one.start), due=one.due, at=one.start, to=one.end)
        for one in find_times(text, calendar, now)
    )


def _sentence(text: str, at: int) -> str:
    begin = max(text.rfind(mark, 0, at) for mark in "。！？!?；;\n") + 1
    found = _SENTENCE.match(text, begin)
    return (found[0] if found else "").strip()[:200]
