"""A backtest in lines: what would change, rule by rule, and which rules past mail could not try."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huiying.flows.backtest import Backtest, ChangeGroup, grouped
from huiying.flows.desk import Desk

_SHOWN = 8
"""Ticket numbers of one change that a person sees; --json lists all."""


def backtest_lines(found: Backtest, other: Desk) -> Iterator[str]:
    """Totals first, then each kind of change with some of its mails, then every rule that held."""
    total = found.as_json(other.book)
    yield f"{found.mails} 封来信，会改变 {found.changed} 封 ({found.mails} mails, {found.changed} would change)"
    if total["occasions"]:
        events = "、".join(f"{on} {count}" for on, count in total["occasions"].items())
        yield (
            f"另试以后的时刻 {events}，会改变 {found.later_changed} 次 "
            f"(later moments: {events}, {found.later_changed} would change)"
        )
    yield from (_group_line(group) for group in grouped(found.changes))
    yield from (_rule_line(line) for line in total["rules"] if line["hits"] or line["errors"])
    left_out = [f"{one['rule']} ({', '.join(one['run_on'])})" for one in total["not_tried"]]
    if left_out:
        yield f"没有试跑 (not tried): {', '.join(left_out)}"


def _group_line(group: ChangeGroup) -> str:
    agreed = (
        f"，客服已定 {group.decided} 封，同意 {group.agreed} 封 (agents agree with {group.agreed} of {group.decided})"
    )
    more = " …" if len(group.numbers) > _SHOWN else ""
    return (
        f"  {group.rule or '–'}: {group.field} {group.before or '–'} → {group.after or '–'} ×{len(group.numbers)}"
        f"{agreed if group.decided else ''}: {' '.join(group.numbers[:_SHOWN])}{more}"
    )


def _rule_line(line: dict[str, Any]) -> str:
    covered = line["coverage"] or {"share": 0.0}
    parts = [f"{line['rule']} ({line['status']}): {line['hits']} 封 mails, {covered['share']:.1%}"]
    for one in line["fields"]:
        sure = one["precision"]
        agreed = (
            f"，客服同意 agents agree {one['agreed']}/{one['decided']} = {sure['share']:.0%}"
            f" ({sure['low']:.0%}–{sure['high']:.0%})"
            if sure
            else ""
        )
        moved = f"，会改变 would change {one['changed']}" if one["changed"] else ""
        parts.append(f"{one['field']} {one['sets']}{moved}{agreed}")
    if line["errors"]:
        parts.append(f"出错 {line['errors']} errors")
    return "  ".join(parts)
