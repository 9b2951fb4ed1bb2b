"""需求分析: whether a demand is reasonable, what is advised, what it takes, why it came about (DOMAIN 4, 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.domain.analysis import CHECKS, RESOURCES, Advice, Analysis, Reasonable, Way
from core.domain.errors import BadInput
from core.domain.priority import QUADRANTS
from core.domain.seen import seen
from core.domain.ticket import Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction

ANALYSED = "ticket.analysed"
LONGEST = 500
LONG, LONG_WORDS = 2_000, ("wording", "fallback")
WORDS = (*RESOURCES, "aim", *LONG_WORDS, "cause_words", "improvement")
PLAN = ("aim", "way", *LONG_WORDS)
FIELDS = (
    *CHECKS, "reasonable", "advice", *RESOURCES, "quadrant", *PLAN, "cause", "cause_words", "improvement",
)  # fmt: skip
CHECK_WORDS = {"yes": "是", "no": "否"}
REASONABLE_WORDS = {Reasonable.YES: "可", Reasonable.PARTLY: "部分", Reasonable.NO: "否"}
ADVICE_WORDS = {
    Advice.AT_ONCE: "可立即满足",
    Advice.NEEDS_RESOURCES: "需资源协调",
    Advice.NEEDS_ALTERNATIVE: "暂无法满足需替代方案",
}
WAY_WORDS = {Way.PHONE: "电话", Way.ONLINE: "在线", Way.MAIL: "邮件", Way.MEETING: "会议", Way.MANAGER: "客户经理"}


def analyse(ctx: Context, number: str, actor: str, given: Mapping[str, str]) -> Analysis:
    """The ticket's analysis with the fields that are ``given``; an empty word takes one away. Raises ``BadInput`` that
    names every wrong field, ``NotFound``."""

    def act(tx: Transaction, ticket: Ticket) -> Analysis:
        stored = tx.analyses.of_ticket(ticket.id)
        before = stored or Analysis(ticket_id=ticket.id, version=0, analyst=actor, at=ctx.now())
        after = replace(before, **_values(ctx.desk(), before, given))
        if after == before:
            return before
        after = replace(after, version=before.version + 1, analyst=actor, at=ctx.now())
        tx.analyses.save(after)
        changed = [name for name in FIELDS if getattr(after, name) != getattr(before, name)]
        tx.audit.add((trace(ctx, actor, ANALYSED, ticket.id, fields=",".join(changed)),))
        return after

    return change(ctx, number, act)


def fields_of(analysis: Analysis | None) -> dict[str, str]:
    """All fields as ``analyse`` takes them: given back, they restore it."""
    return {name: _word(getattr(analysis, name)) if analysis else "" for name in FIELDS}


def analysis_json(analysis: Analysis | None) -> dict[str, Any] | None:
    """As ``show`` and the API tell it; None when nothing is said."""
    if analysis is None or not analysis.says_something:
        return None
    told = {name: getattr(analysis, name) for name in FIELDS}
    unsaid: dict[str, Any] = {
        "reasonable": analysis.judged,
        "quadrant": analysis.quadrant or None,
        "cause": analysis.cause or None,
    }
    return told | unsaid | {"analyst": analysis.analyst, "at": analysis.at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _word(value: object) -> str:
    if value is None or (value == 0 and not isinstance(value, bool)):
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


# ── Reading what was given ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Reading:
    """Reads field by field and collects what is wrong; a cause that the desk no longer lists may stay."""

    desk: Desk
    before: Analysis
    wrong: list[str] = field(default_factory=list)

    def value(self, name: str, word: str) -> object:
        if name in WORDS:
            return self._text(name, word)
        if name in CHECKS:
            return {"yes": True, "no": False, "": None}[self._one_of(name, word, CHECK_WORDS.items())]
        if name == "reasonable":
            return Reasonable(found) if (found := self._one_of(name, word, REASONABLE_WORDS.items())) else None
        if name == "advice":
            return Advice(found) if (found := self._one_of(name, word, ADVICE_WORDS.items())) else None
        if name == "way":
            return Way(found) if (found := self._one_of(name, word, WAY_WORDS.items())) else None
        if name == "quadrant":
            return int(self._one_of(name, word, ((str(one), "") for one in QUADRANTS)) or 0)
        return self._one_of(name, word, self._causes())

    def _causes(self) -> Iterator[tuple[str, str]]:
        for key, reason in self.desk.reasons.cause.items():
            yield key, reason.zh
            yield key, reason.en
        if self.before.cause:
            yield self.before.cause, ""

    def _text(self, name: str, word: str) -> str:
        text = seen(word).replace("\r\n", "\n")  # as browsers end lines
        most = LONG if name in LONG_WORDS else LONGEST
        if len(text) > most:
            self.wrong.append(f"{name}：最多 {most} 字 (at most {most} characters)")
        return mask(text)

    def _one_of(self, name: str, word: str, known: Iterable[tuple[str, str]]) -> str:
        """The key that the word names, by itself or by its label; '' for none."""
        pairs = tuple(known)
        named = {label.casefold(): key for key, label in pairs if label} | {
            str(key).casefold(): str(key) for key, _ in pairs
        }
        wanted = word.strip().casefold()
        if wanted and wanted not in named:
            expected = "、".join(dict.fromkeys(f"{key} {label}".strip() for key, label in pairs))
            self.wrong.append(f"{name}：“{word.strip()[:30]}”，应为 (expected) {expected}")
        return str(named.get(wanted, ""))


def _values(desk: Desk, before: Analysis, given: Mapping[str, str]) -> dict[str, Any]:
    reading = _Reading(desk, before)
    unknown = [name for name in given if name not in FIELDS]
    if unknown:
        reading.wrong.append(f"{', '.join(unknown)}：应为 (expected) {', '.join(FIELDS)}")
    values = {name: reading.value(name, word) for name, word in given.items() if name in FIELDS}
    if reading.wrong:
        raise BadInput("；".join(reading.wrong))
    return values
