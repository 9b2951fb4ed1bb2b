"""What the page of rules shows of each rule: its place, state and figures, and what about it wants a look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rules.book import RuleBook
from rules.rule import Rule, Status

SHOWS = ("local", "builtin", "trial", "look", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """``figures`` is the rule's part of a backtest of the live book, None before there was one; ``looks`` are codes
    of what wants a look: dead, disagreed, review, errors."""

    rule: Rule
    figures: Mapping[str, Any] | None
    looks: tuple[str, ...]

    @property
    def file(self) -> str:
        """The local file it stands in, '' for a built-in rule."""
        return "" if self.rule.builtin else self.rule.file


def rule_rows(book: RuleBook, figures: Mapping[str, Any] | None, show: str, today: date) -> tuple[RuleRow, ...]:
    """The rules in the book's order, or a part of them."""
    found = {one["rule"]: one for one in figures["rules"]} if figures is not None else {}
    rows = [_row(rule, found.get(rule.id), today) for rule in book.rules]
    return tuple(row for row in rows if _is_shown(row, show))


def _row(rule: Rule, figures: Mapping[str, Any] | None, today: date) -> RuleRow:
    return RuleRow(rule=rule, figures=figures, looks=tuple(_looks(rule, figures, today)))


def _looks(rule: Rule, figures: Mapping[str, Any] | None, today: date) -> Iterator[str]:
    if rule.review_by is not None and rule.review_by < today:
        yield "review"
    if figures is None or rule.status is Status.RETIRED:
        return
    if figures["errors"]:
        yield "errors"
    if not figures["hits"]:
        yield "dead"
    elif any(one["decided"] >= 3 and one["agreed"] == 0 for one in figures["fields"]):
        yield "disagreed"


def _is_shown(row: RuleRow, show: str) -> bool:
    if show == "local":
        return not row.rule.builtin
    if show == "builtin":
        return row.rule.builtin
    if show == "trial":
        return row.rule.status is Status.TRIAL
    return bool(set(row.looks) - {"dead"} or ("dead" in row.looks and not row.rule.builtin)) if show == "look" else True
