"""Commands that look at how rules do: list and review."""

from __future__ import annotations

from typing import Any

import typer

from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.flows.count_rules import count_rules
from huiying.flows.review_rules import DAYS, review_rules
from huiying.flows.rule_figures import FiguresOf, rule_figures
from rules.rule import Rule

SPANS = (7, 30)


def list_rules(
    ctx: typer.Context,
    all_: bool = typer.Option(False, "--all", help="连同内置规则 · the shipped ones too"),
) -> None:
    """每条规则最近 7 天和 30 天的情况 · Every rule with its hits, what others won, and agents' agreement."""
    call = call_of(ctx)
    with call.app() as opened:
        while count_rules(opened.context):
            pass
        desk = opened.desks.active()
        figures = rule_figures(opened.context, desk, *SPANS)
    for rule in desk.book.rules:
        if rule.builtin and not all_:
            continue
        if call.wants_json:
            emit(_json(rule, figures))
        else:
            write_line(_line(rule, figures))


def review(
    ctx: typer.Context,
    days: int = typer.Option(DAYS, min=1, max=400, help="最近多少天 · of so many days"),
) -> int:
    """每周看一次：没用上的、客服不同意的、过了复核日期的、互相矛盾的规则 · What of the rule book wants a look."""
    call = call_of(ctx)
    with call.app() as opened:
        while count_rules(opened.context):
            pass
        found = review_rules(opened.context, opened.desks.active(), days)
    for one in found:
        if call.wants_json:
            emit(one.as_json())
        else:
            write_line(f"{one.file}:{one.line}: {one.rule}: {one.zh} ({one.en})")
            write_line(f"    → {one.do_zh} ({one.do_en})")
    if not call.wants_json:
        write_line(f"{len(found)} 处值得看一看 ({len(found)} to look at)")
    return 0


def _json(rule: Rule, figures: tuple[FiguresOf, ...]) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "title": rule.title,
        "status": str(rule.status),
        "where": rule.where,
        "builtin": rule.builtin,
        "owner": rule.owner,
        "review_by": rule.review_by.isoformat() if rule.review_by else None,
        "figures": [{"days": one.days, **one.of(rule).as_json()} for one in figures],
    }


def _line(rule: Rule, figures: tuple[FiguresOf, ...]) -> str:
    short, long = (one.of(rule) for one in figures)
    parts = [f"{rule.id} ({rule.status}): {short.hits}/{long.hits} 封 mails in {SPANS[0]}/{SPANS[1]} d"]
    if long.overridden:
        parts.append(f"被盖过 overridden {long.overridden}")
    if long.errors:
        parts.append(f"出错 errors {long.errors}")
    parts.extend(_field(one, rule.status == "trial") for one in figures[1].as_json_of(rule))
    if long.whole is not None and long.hits:
        parts.append(f"最近 last {long.whole.last:%Y-%m-%d}")
    return "  ".join(parts)


def _field(one: dict[str, Any], trial: bool) -> str:
    """For a trial: what it would have changed, and how many of those agents later agreed with."""
    names = ("changed_agreed", "changed_decided", "changed_precision") if trial else ("agreed", "decided", "precision")
    agreed, decided, sure = (one[name] for name in names)
    said = f"{one['field']}"
    if trial:
        said += f" 会改变 would have changed {one['changed']}"
    if sure:
        said += f"，客服同意 agents agree {agreed}/{decided} ({sure['low']:.0%}–{sure['high']:.0%})"
    return said
