"""What the page of rules shows of each rule: its place, state and figures, and what about it wants a look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from huiying.flows.desk import Desk
from huiying.flows.review_rules import FEWEST_DECIDED, remarks
from huiying.flows.rule_figures import FiguresOf, RuleFigures, field_json
from rules.rule import Rule, Status

SHOWS = ("local", "builtin", "trial", "look", "all")
SPANS = (7, 30, 90)
"""Days of the figures in the list; the last are those by which a rule is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """``short`` and ``long`` are how it did in the last days; ``figures`` is its part of a backtest of the live book,
    None before there was one; ``looks`` are codes of what wants a look."""

    rule: Rule
    short: RuleFigures
    long: RuleFigures
    figures: Mapping[str, Any] | None
    looks: tuple[str, ...]

    @property
    def file(self) -> str:
        """The local file it stands in, '' for a built-in rule."""
        return "" if self.rule.builtin else self.rule.file

    @property
    def fields(self) -> list[dict[str, Any]]:
        """What it set in the longer time, with agents' agreement."""
        return [field_json(one) for one in self.long.fields]


def rule_rows(
    desk: Desk, live: tuple[FiguresOf, ...], figures: Mapping[str, Any] | None, show: str, today: date, before: str
) -> tuple[RuleRow, ...]:
    """The rules in the book's order, or a part of them; ``before`` as in ``remarks``."""
    short, long, judged = live
    said: dict[str, list[str]] = {}
    for one in remarks(desk, judged, today, before):
        said.setdefault(one.rule, []).append(one.code)
    found = {one["rule"]: one for one in figures["rules"]} if figures is not None else {}
    rows = []
    for rule in desk.book.rules:
        tried = found.get(rule.id)
        looks = dict.fromkeys((*said.get(rule.id, ()), *_looks(rule, tried)))
        rows.append(RuleRow(rule=rule, short=short.of(rule), long=long.of(rule), figures=tried, looks=tuple(looks)))
    return tuple(row for row in rows if _is_shown(row, show))


def _looks(rule: Rule, figures: Mapping[str, Any] | None) -> Iterator[str]:
    """What a backtest of the live book says."""
    if figures is None or rule.status is Status.RETIRED:
        return
    if figures["errors"]:
        yield "errors"
    if not figures["hits"]:
        yield "dead"
    elif any(one["decided"] >= FEWEST_DECIDED and one["agreed"] == 0 for one in figures["fields"]):
        yield "disagreed"


def _is_shown(row: RuleRow, show: str) -> bool:
    if show == "local":
        return not row.rule.builtin
    if show == "builtin":
        return row.rule.builtin
    if show == "trial":
        return row.rule.status is Status.TRIAL
    return bool(set(row.looks) - {"dead"} or ("dead" in row.looks and not row.rule.builtin)) if show == "look" else True
