"""The weekly look at the rule book: what nobody meets, what agents never agree with, what is past its review, what
fails, and pairs that contradict each other; each with its place and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.domain.figures import RuleCount
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.publish import HISTORY
from huiying.flows.rule_figures import FiguresOf, RuleFigures, rule_figures
from rules.contradictions import Contradiction, find_contradictions
from rules.evidence import wilson
from rules.rule import Rule, Status
from rules.shipped import FOLDER

DAYS = 90
"""A rule that met no mail for so long is dead; figures are of these days."""
FEWEST_DECIDED = FEWEST_LOST = 3
"""Agents' words below which nothing is said about agreement."""
TRIAL_ENOUGH = 20
"""Agents' words from which on a trial can be judged."""
GOOD = 0.9
"""The lower bound of agreement from which on a trial may go into force."""
CODES = ("errors", "contradiction", "disagreed", "overridden", "review", "dead", "ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """``code`` is one of ``CODES``; ``other`` names the other rule of a pair with its place."""

    code: str
    rule: str
    title: str
    file: str
    line: int
    zh: str
    en: str
    do_zh: str
    do_en: str
    builtin: bool = False
    other: str = ""

    def words(self, language: str) -> tuple[str, str]:
        """What is so, and what to do."""
        return (self.zh, self.do_zh) if language.startswith("zh") else (self.en, self.do_en)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "rule": self.rule,
            "title": self.title,
            "file": self.file,
            "line": self.line,
            "other": self.other or None,
            "message": f"{self.zh} ({self.en})",
            "hint": f"{self.do_zh} ({self.do_en})",
        }


def review_rules(ctx: Context, desk: Desk, days: int = DAYS) -> tuple[Remark, ...]:
    """The gravest first. That a shipped rule meets no mail is no reason to look at it."""
    (figures,) = rule_figures(ctx, desk, days)
    today = ctx.now().astimezone(desk.calendar.tz).date()
    found = [
        *remarks(desk, figures, today, known_before(ctx, days)),
        *(_contradiction(one) for one in find_contradictions(desk.book)),
    ]
    return tuple(sorted(found, key=lambda one: (CODES.index(one.code), one.builtin)))


def known_before(ctx: Context, days: int) -> str:
    """The rule files as they were live before that time; '' when the desk is younger."""
    since = ctx.now() - timedelta(days=days)
    with ctx.store.read() as tx:
        record = next((one for one in tx.bundles.history(HISTORY) if one.at <= since), None)
        files = tx.bundles.files(record.id) if record is not None else None
    return "\n".join(text for path, text in files.files.items() if path.startswith(FOLDER)) if files else ""


def remarks(desk: Desk, figures: FiguresOf, today: date, before: str) -> Iterator[Remark]:
    """What figures and dates say about each rule alone, in the book's order. A rule that does not stand in ``before``,
    the rule files of that time, is too young to be dead."""
    for rule in desk.book.rules:
        if rule.status is Status.RETIRED:
            continue
        found = figures.of(rule)
        if found.errors:
            yield _errors(rule, found, figures.days)
        if rule.review_by is not None and rule.review_by < today:
            yield _review(rule, rule.review_by)
        if not found.hits:
            if not rule.builtin and not found.errors and re.search(rf"\bid: *['\"]?{re.escape(rule.id)}\b", before):
                yield _dead(rule, figures.days)
            continue
        yield from _judged(rule, found)


def _judged(rule: Rule, found: RuleFigures) -> Iterator[Remark]:
    never = [one for one in found.fields if one.decided >= FEWEST_DECIDED and one.agreed <= 0]
    if never:
        yield _disagreed(rule, never[0])
    if rule.status is Status.ACTIVE and not rule.builtin and _always_loses(found):
        yield _overridden(rule, found)
    if rule.status is Status.TRIAL and _is_ready(found):
        yield _ready(rule, found)


def _always_loses(found: RuleFigures) -> bool:
    """Often enough to be no chance. A shipped rule loses to the desk's own as it should, and stands where it stands."""
    return found.hits >= FEWEST_LOST and found.overridden >= found.hits and not any(one.sets for one in found.fields)


def _is_ready(found: RuleFigures) -> bool:
    judged = [one for one in found.fields if one.changed_decided >= TRIAL_ENOUGH]
    return bool(judged) and all(_lower(one) >= GOOD for one in judged)


def _lower(one: RuleCount) -> float:
    low, _ = wilson(one.changed_agreed, one.changed_decided)
    return low


def _remark(code: str, rule: Rule, zh: str, en: str, do_zh: str, do_en: str, other: str = "") -> Remark:
    return Remark(
        code=code,
        rule=rule.id,
        title=rule.title,
        file=rule.file,
        line=rule.line,
        builtin=rule.builtin,
        zh=zh,
        en=en,
        do_zh=do_zh,
        do_en=do_en,
        other=other,
    )


def _errors(rule: Rule, found: RuleFigures, days: int) -> Remark:
    return _remark(
        "errors",
        rule,
        f"{days} 天里在 {found.errors} 封来信上出错",
        f"failed on {found.errors} mails in {days} days",
        f"用 huiying rules explain --mail F 看是哪个条件；先停用：status: retired（id: {rule.id}）",
        f"huiying rules explain --mail F shows the condition; retire it meanwhile (id: {rule.id})",
    )


def _review(rule: Rule, day: date) -> Remark:
    owner = f"，由{rule.owner}决定" if rule.owner else ""
    return _remark(
        "review",
        rule,
        f"复核日期 {day} 已过{owner}",
        f"was to be reviewed by {day}" + (f", by {rule.owner}" if rule.owner else ""),
        "看历史试跑，再改 review_by 或停用",
        "look at its backtest, then set another review_by or retire it",
    )


def _dead(rule: Rule, days: int) -> Remark:
    return _remark(
        "dead",
        rule,
        f"{days} 天里没有来信符合",
        f"met no mail in {days} days",
        "放宽条件，或改成 status: retired",
        "widen its condition, or write status: retired",
    )


def _disagreed(rule: Rule, one: RuleCount) -> Remark:
    return _remark(
        "disagreed",
        rule,
        f"{one.field}：客服定过 {one.decided} 封，没有一封同意",
        f"{one.field}: agents decided {one.decided} mails and agreed in none",
        "改正 then 或收紧条件；改之前先设为 trial",
        "mend its 'then' or narrow its condition; put it on trial first",
    )


def _overridden(rule: Rule, found: RuleFigures) -> Remark:
    return _remark(
        "overridden",
        rule,
        f"符合 {found.hits} 封，每次都被更先的规则盖过",
        f"held for {found.hits} mails and lost each time to an earlier rule",
        "移到前面，或停用",
        "move it before that one, or retire it",
    )


def _ready(rule: Rule, found: RuleFigures) -> Remark:
    best = max(found.fields, key=lambda one: one.changed_decided)
    return _remark(
        "ready",
        rule,
        f"试运行会改变 {best.changed} 封，客服后来同意 {best.changed_agreed}/{best.changed_decided}",
        f"on trial it would have changed {best.changed}; agents later agreed with "
        f"{best.changed_agreed} of {best.changed_decided}",
        "可以改成 status: active",
        "it may go into force: status: active",
    )


def _contradiction(one: Contradiction) -> Remark:
    first, later = one.first, one.later
    return _remark(
        "contradiction",
        later,
        f"与 {first.id}（{first.where}）矛盾：例子 {later.file}:{one.example} 两条都符合，"
        f"{one.field} 一条定 {one.first_value}、一条定 {one.later_value}，先的 {first.id} 说了算",
        f"contradicts {first.id} ({first.where}): the example at {later.file}:{one.example} meets both, which set "
        f"{one.field} to {one.first_value} and to {one.later_value}; the earlier one, {first.id}, wins",
        f"给其中一条加上排除对方的条件，或把 {later.id} 移到前面",
        f"let one of them exclude the other, or move {later.id} before it",
        f"{first.id} {first.where}",
    )
