"""Finds what an agent promises in a letter, with its instant: "周五下班前给您答复", "周日给您打电话", "by Friday"."""

from __future__ import annotations

import re
from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.calendar import BusinessCalendar
from core.text.times import NamedTime, find_times

_AND = re.compile(r"[，,、]\s*(?:并且?|並且?|and\b|then\b)?|并且?|並且?|以及|\b(?:and|then)\b", re.IGNORECASE)
_END = re.compile(r"[。！？!?；;\n]|(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bNo)(?<![ap]\.m)\.(?=\s|$)")
_DAY = (
    r"(?:(?:下个?|本|这|這)?(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]|[今明][天早晚]|大?[后後]天|"
    r"(?:下一?[个個]?|次)工作日|\d{1,2}月\d{1,2}[日号號])"
)
_PART = r"(?:早上|上午|中午|下午|傍晚|晚上)?(?:\d{1,2}[点點时時:：]\d{0,2}半?)?"
_OURS = (
    r"(?:给|給)您|(?:联系|聯絡|聯繫|回复|回覆|答复|答覆|通知|告诉|告訴|告知|致电|致電|拜访|拜訪)您|"
    r"(?:为|為|与|與|跟|和)您(?:联系|聯絡|聯繫|确认|確認|沟通|溝通|办理|辦理|处理|處理)"
)
_ON_A_DAY = re.compile(
    rf"(?<![上前])(?P<time>{_DAY}{_PART})(?!\s{{0,3}}(?:之|以)?[前内內后後])"
    rf"(?P<rest>[^，,。！？!?；;\n]{{0,12}}?(?:{_OURS})[^，,。！？!?；;\n]{{0,20}})"
)
_PAST = re.compile(r"[过過了]|已")
"""What was done on that day is no promise."""
_WILL_ON = re.compile(
    r"\b(?:(?:i|we|one of us|someone|somebody|colleagues?)\s+will|(?:i|we)['’]ll)\b"
    r"[^.!?;\n]{0,30}\byou\b[^.!?;\n]{0,40}?\s"
    r"(?P<time>(?:on\s+)?(?P<day>(?:next )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow))\b"
    r"(?:\s(?:at|around|about)\s(?P<hour>noon|\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\b)?))?",
    re.IGNORECASE,
)


_CLAUSES = "，,。！？!?；;\n"
_CLAUSE = re.compile(r"[^，,。！？!?；;\n]{0,60}")
_ASKS = re.compile(r"请|請|麻烦您|麻煩您|烦请|煩請|劳烦|勞煩|\bplease\b|\b(?:could|can|would) you\b", re.IGNORECASE)
_OUR_DEED = re.compile(rf"{_OURS}|(?<![给給诉訴复覆送寄交知])我[们們]|\bwe\b|\bour\b|\bI(?:['’]ll| will)\b")
"""``请您放心等到周五前我们的答复`` is ours, ``请您周五前补充资料`` is his."""


_ANSWER = re.compile(
    r"[答回][复覆]|回[电電信话話音访訪]|[联聯][系絡繫络](?![^，,。]{0,6}[仓厂廠倉部组組])|通知|告[知诉訴]|致[电電]|"
    r"打(?:[个個通])?[电電][话話]|(?:[与與跟和同]|给|給|向)[您你][^，,。]{0,6}(?:[沟溝]通|反[馈饋]|说明|說明)|"
    r"\b(?:answer|reply|respond|call|write|hear)\b|\b(?:tele)?phone you\b|\b(?:contact|update|inform|tell) you\b|"
    r"\b(?:get|come) back to\b|\blet you know\b|\bin touch\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """``words`` is the sentence that promises, or its part where it promises several times; ``due`` the instant (UTC),
    ``at`` where the time stands in the text."""

    words: str
    due: datetime
    at: int
    to: int


def find_commitments(text: str, calendar: BusinessCalendar, now: datetime) -> tuple[Commitment, ...]:
    """Every promised time that is still to come, in the text's order; the longest reading of each place counts. A day
    alone is a promise where we say that we do something for the customer on it: until the end of its work."""
    ends = [one for one in find_times(text, calendar, now) if not _is_asked(text, one)]
    days = [one for one in _days(text, calendar, now) if _is_free(one, ends)]
    times = sorted((*ends, *days), key=lambda one: one.start)
    return tuple(
        Commitment(words=words, due=one.due, at=one.start, to=one.end)
        for one, words in zip(times, _words(text, times), strict=True)
    )


def _is_free(one: NamedTime, taken: Sequence[NamedTime]) -> bool:
    """Whether it overlaps none of those, which come in the text's order and do not overlap."""
    place = bisect(taken, one.start, key=lambda other: other.start)
    before, after = taken[max(place - 1, 0) : place], taken[place : place + 1]
    return all(other.end <= one.start for other in before) and all(one.end <= other.start for other in after)


def speaks_of_answer(words: str) -> bool:
    """Whether what was promised is an answer, a call or a word to the customer: then an answer keeps it."""
    return _ANSWER.search(words) is not None


def _is_asked(text: str, time: NamedTime) -> bool:
    """Whether it is the customer who is to do something by then."""
    begin = max(text.rfind(mark, 0, time.start) for mark in _CLAUSES) + 1
    found = _CLAUSE.match(text, time.end)
    before, after = text[begin : time.start][-40:], found[0] if found else ""
    return _ASKS.search(before) is not None and _OUR_DEED.search(before + after) is None


def _days(text: str, calendar: BusinessCalendar, now: datetime) -> Iterator[NamedTime]:
    for match in _ON_A_DAY.finditer(text):
        if not _PAST.search(match["rest"]):
            yield from _at(match, f"{match['time']}前", calendar, now)
    for match in _WILL_ON.finditer(text):
        yield from _at(match, " ".join(("by", *filter(None, (match["hour"], match["day"])))), calendar, now)


def _at(match: re.Match[str], words: str, calendar: BusinessCalendar, now: datetime) -> Iterator[NamedTime]:
    """The end of the time that the match names, in its place in the text."""
    for one in find_times(words, calendar, now)[:1]:
        yield NamedTime(due=one.due, start=match.start("time"), end=match.end("time"))


def _words(text: str, times: Sequence[NamedTime]) -> Iterator[str]:
    """The sentence of each time; one that names several is parted between them."""
    marks = list(_END.finditer(text))
    starts, ends = [*(mark.start() for mark in marks), len(text)], [0, *(mark.end() for mark in marks)]
    for place, one in enumerate(times):
        begin, end = ends[bisect(ends, one.start) - 1], starts[bisect_left(starts, one.end)]
        if place and begin <= times[place - 1].start:
            begin = _parting(text, times[place - 1], one)[1]
        if place + 1 < len(times) and times[place + 1].start < end:
            end = _parting(text, one, times[place + 1])[0]
        yield text[begin:end].strip()[:200]


def _parting(text: str, one: NamedTime, other: NamedTime) -> tuple[int, int]:
    """Where the words of the first end and those of the second begin: at the last comma or "and" between the times."""
    between = list(_AND.finditer(text, one.end, other.start))
    return between[-1].span() if between else (other.start, other.start)
