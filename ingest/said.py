"""Reads what a message says: orders, products, phones, the time asked for, goal, background, when it happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import re2

from core.domain.calendar import BusinessCalendar
from core.domain.said import LONGEST_WORDS, MOST_FOUND, Deadline, Said
from core.text.fold import fold
from core.text.sentences import sentences
from core.text.times import find_times
from core.text.width import NARROW
from ingest.gist import gist
from ingest.remark import remark_of

LOOKED_AT = 4_000
"""Characters of the customer's own words; who writes more says the facts at the beginning."""
_ORDER = re.compile(
    r"(?:订单|訂單|单号|單號|合同|合約|运单|運單|快递|\border|\bpo|\bso|\binvoice)(?:编号|編號|号码|號碼|号|號"
    r"|\s?(?:number|no\.?|id))?"
    r"\s{0,3}(?:[:：#是为為]|is)?\s{0,3}[#№]?\s?((?:[A-Za-z]{1,6}-?){0,3}[0-9][0-9A-Za-z-]{3,30})",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d*])\+?[\d][\d ()（）-]{0,12}\*{4}\d{4}(?![\d*])")
_ASKS = re.compile(
    r"请|請|希望|麻烦|麻煩|务必|務必|需要|必须|必須|要求|最好|能否|可否|能不能|尽|盡|烦请|望|帮|幫|给出|提供|给我|給我"
    r"|得在|要在|回复|回覆|答复|处理|處理|解决|解決|安排|到货|发货|交付|送到|完成"
    r"|\b(?:please|need|must|should|can you|could you|would you|require|expect|deadline|want|have to|reply"
    r"|deliver|asap)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"过去|過去|最近|上次|承诺|承諾|答应|答應|说好|說好|说过|你们说|你們說|规定|規定|原定|本来|本來|保修|质保|"
    r"\b(?:promised|said|told|last|past|previous|supposed|according to|warranty)\b",
    re.IGNORECASE,
)
_TIMELY = re.compile(r"[前内內点點时時半:：]|上午|中午|下午|下班|\b(?:by|before|within|than|until) ", re.IGNORECASE)
_LABELS = {
    "goal": re.compile(
        r"^(?:(?:诉求|訴求)?(?:目标|目標|目的)|期望(?:结果|結果)?|goals?|purpose"
        r"|expected(?: result)?)\s?[:：]\s?(.+)", re.IGNORECASE),
    "background": re.compile(
        r"^(?:(?:问题|問題|项目|專案)?背景|起因|原因|background|context)\s?[:：]\s?(.+)", re.IGNORECASE),
    "happened": re.compile(
        r"^(?:(?:问题|故障|事件|問題)?(?:发生|發生|出现|出現)?(?:时间|時間|日期)|when(?: it happened)?"
        r"|date of (?:the )?incident|happened)\s?[:：]\s?(.+)", re.IGNORECASE),
}  # fmt: skip
_SAYS = {
    "goal": re2.compile(
        r"(?i)(?:目的是|目标是|目標是|是为了|是為了|以便|我们希望|我們希望|我希望|希望能|希望可以|希望贵司"
        r"|\bso that\b|\bour goal\b|\bmy goal\b|\b(?:i|we) (?:would like|want|wish) to\b)"),
    "background": re2.compile(
        r"(?i)(?:背景是|起因是|原因是|因为|因為|由于|由於|\bbecause\b|\bdue to\b|\bthe reason is\b)"),
    "happened": re.compile(
        r"(?>(?:从|從|自)?(?:昨天|昨日|前天|今早|今天(?:早上|上午|中午|下午|凌晨)|上周[一二三四五六日天]?"
        r"|上週[一二三四五六日天]?|上个月|(?<!\d)\d{1,2}月\d{1,2}[日号號])"
        r"(?:早上|上午|中午|下午|晚上|凌晨|傍晚)?(?:\d{1,2}(?:[:：点點]\d{0,2}半?)?分?)?(?:左右|开始|開始|起"
        r"|以来|以來)?)(?!.{0,3}(?:前|之前|以前))"
        r"|\b(?:yesterday|this morning|last (?:night|week|month|monday|tuesday|wednesday|thursday|friday"
        r"|saturday|sunday)|since (?:yesterday|this morning|last \w+|monday|tuesday|wednesday|thursday"
        r"|friday))\b",
        re.IGNORECASE,
    ),
}  # fmt: skip


_HEAD = re.compile(
    r"[>\s]{0,9}(?:date|sent|发送(?:时间|日期)|發送(?:時間|日期)|传送时间|傳送時間|寄件日期|发件时间)\s{0,3}[:：]",
    re.IGNORECASE,
)


class Pattern(Protocol):
    """A compiled pattern of the desk's own, whose search is linear."""

    def finditer(self, text: str, /) -> Iterator[re.Match[str]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What ``understanding.yaml`` says: how this company's order numbers look, and what its products are called; each
    product with the folded names that it goes by."""

    orders: tuple[Pattern, ...] = ()
    products: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_words(subject: str, reply: str, *, with_files: bool = False) -> Said:
    """What the masked texts say, whatever desk reads them: the parser's part, which hands over nothing but what UTF-8
    can write. Linear in their length, of which the first ``LOOKED_AT`` characters count."""
    text = reply[:LOOKED_AT]
    both = _both(subject, text)
    return Said(
        gist=gist(subject, text),
        remark=remark_of(text, with_files=with_files),
        orders=_as_orders(match[1].rstrip("-") for match in _ORDER.finditer(both.translate(NARROW))),
        phones=tuple(dict.fromkeys(one.strip() for one in _PHONE.findall(both)))[:MOST_FOUND] if "****" in both else (),
        goal=_told("goal", text),
        background=_told("background", text),
        happened=_when(text),
    )


def read_for_desk(
    words: Said,
    subject: str,
    reply: str,
    received: datetime,
    calendar: BusinessCalendar,
    understanding: Understanding,
    asking: Sequence[tuple[int, int]] | None = None,
) -> Said:
    """Adds what depends on the desk: its own order numbers and products, and times by its calendar. ``asking`` is what
    ``asking_sentences`` finds in ``reply``, where it was looked for before."""
    text = reply[:LOOKED_AT]
    folded = fold(_both(subject, text)) if understanding.orders or understanding.products else ""
    return replace(
        words,
        orders=_as_orders((*words.orders, *_own_orders(folded, understanding.orders))),
        products=_products(folded, understanding.products),
        deadline=asked_deadline(text, received, calendar, asking),
    )


def _both(subject: str, text: str) -> str:
    return f"{subject[:500]}\n{text}"


def asking_sentences(reply: str) -> tuple[tuple[int, int], ...]:
    """(start, end) of each sentence that may ask for a time; one that is told of the past does not."""
    return tuple(
        (place, place + len(sentence))
        for place, sentence in sentences(reply[:LOOKED_AT])
        if _TIMELY.search(sentence) and _ASKS.search(sentence) and not _PAST.search(sentence)
    )


def asked_deadline(
    text: str, received: datetime, calendar: BusinessCalendar, asking: Sequence[tuple[int, int]] | None = None
) -> Deadline | None:
    """The earliest time to come by which something is asked for."""
    asked: list[Deadline] = []
    for place, end in asking_sentences(text) if asking is None else asking:
        sentence = text[place:end]
        for one in find_times(sentence, calendar, received, points=True):
            words = sentence[one.start : one.end]
            asked.append(Deadline(at=one.due, words=words, start=place + one.start, end=place + one.end))
    return min(asked, key=lambda one: one.at, default=None)


def _own_orders(folded: str, patterns: Sequence[Pattern]) -> Iterator[str]:
    return (match[0] for pattern in patterns for match in _some(pattern.finditer(folded)))


def _as_orders(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.upper()[:40] for one in found if "*" not in one))[:MOST_FOUND]


def _some(matches: Iterator[re.Match[str]]) -> Iterable[re.Match[str]]:
    return (match for _, match in zip(range(MOST_FOUND), matches, strict=False))


def _products(folded: str, products: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    return tuple(name for name, called in products if any(one in folded for one in called))[:MOST_FOUND]


def _told(what: str, text: str) -> str:
    """What stands behind a label, else the sentence that says it."""
    labelled = _labelled(what, text)
    if labelled or not _SAYS[what].search(text):
        return labelled
    return next((sentence[:LONGEST_WORDS] for _, sentence in sentences(text, 60) if _SAYS[what].search(sentence)), "")


def _when(text: str) -> str:
    found = next((one for one in _SAYS["happened"].finditer(text) if not _in_head(text, one.start())), None)
    return _labelled("happened", text) or (found[0][:LONGEST_WORDS] if found else "")


def _in_head(text: str, place: int) -> bool:
    """Whether it is the date of a mail that was passed on, not of what happened."""
    return _HEAD.match(text, text.rfind("\n", 0, place) + 1, place) is not None


def _labelled(what: str, text: str) -> str:
    lines = (_LABELS[what].match(line.strip()[:300]) for line in text.split("\n")[:100])
    return next((found[1].strip()[:LONGEST_WORDS] for found in lines if found), "")
