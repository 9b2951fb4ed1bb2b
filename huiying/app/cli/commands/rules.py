"""Commands about rules: check, test, explain and schema; the others are in ``rule_backtest.py``,
``rule_figures.py`` and ``rule_life.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from core.domain.decision import Occasion
from core.domain.errors import WrongUsage
from core.settings.folder import scan_folder
from huiying.app.cli.commands.home import tell_problems
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.commands.rule_backtest import backtest
from huiying.app.cli.commands.rule_figures import list_rules, review
from huiying.app.cli.commands.rule_life import publish, rollback, suggest
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.one_mail import parsed_mail
from huiying.app.cli.state import call_of
from huiying.app.clock import now
from huiying.app.home import shipped_config
from huiying.app.model import LazyModel, seed_model
from huiying.flows.classify import facts_of, message_of, text_message
from huiying.flows.compile import compile_desk
from huiying.flows.difference import RULE_PLACES
from huiying.flows.explain_rules import explain_rules
from rules.schema import rule_schema
from rules.testing import ExamplesResult, test_book

app = typer.Typer(help="规则 · Rules.", no_args_is_help=True)
for _command in (backtest, publish, rollback, suggest, review):
    app.command()(_command)
app.command("list")(list_rules)


@app.command()
def check(ctx: typer.Context) -> int:
    """检查规则文件和词表 · Rule files and word lists: one problem a line, nothing when clean."""
    call = call_of(ctx)
    folder = call.find_home().config if call.has_home else shipped_config()
    files, unreadable = scan_folder(folder)
    desk, problems = compile_desk(files)
    # Without a taxonomy, say, no rule was looked at: what hinders it is told instead of "nothing to say".
    found = [one for one in (*unreadable, *problems) if desk is None or one.file.startswith(RULE_PLACES)]
    return tell_problems(call, tuple(sorted(found, key=lambda one: (one.file, one.line, one.column))))


@app.command()
def test(ctx: typer.Context) -> int:
    """运行规则里的例子 · Run the examples inside the rules, and tell what none of them reaches."""
    call = call_of(ctx)
    result = test_book(call.desk().book)
    if call.wants_json:
        emit(result.as_json())
    else:
        _print_result(result)
    return 1 if result.failed else 0


def _print_result(result: ExamplesResult) -> None:
    for failed in result.failed:
        write_line(f"{failed.file}:{failed.line}: {failed.rule}: {failed.expected} ≠ {failed.got}")
    for one in result.unreached:
        what = f"any → {one.branch}" if one.branch else "规则 rule"
        write_line(f"{one.file}:{one.line}: {one.rule}: 没有例子用到 (no example reaches) {what}")
    rules, examples = (result.builtin.rules + result.local.rules), (result.builtin.examples + result.local.examples)
    write_line(
        f"{rules} 条规则，{examples} 个例子，{len(result.failed)} 个不符，{len(result.unreached)} 处没有例子用到 "
        f"({rules} rules, {examples} examples, {len(result.failed)} failed, {len(result.unreached)} unreached)"
    )


@app.command()
def explain(
    ctx: typer.Context,
    text: str = typer.Argument("", metavar="TEXT", help="一段文字 · a text instead of a mail"),
    mail: Path | None = typer.Option(None, help="一封邮件 · a mail file"),
    subject: str = typer.Option("", help="主题 · the subject of the text"),
    run_on: Occasion = typer.Option(Occasion.ARRIVAL, help="什么时候 · on what occasion"),
) -> None:
    """每条规则是否符合、由哪个条件决定 · Every rule, hit or miss, and the condition that decided it."""
    call = call_of(ctx)
    if mail is None and not text:
        raise WrongUsage("需要 TEXT 或 --mail F (which mail?)")
    desk, at, facts = call.desk(), now(), None
    if mail is not None:
        parsed = parsed_mail(read_bytes(mail))
        message, facts = message_of(parsed, at), facts_of(desk, parsed, at)
    else:
        message = text_message(subject, text, at)
    decision, looks = explain_rules(desk, LazyModel(seed_model)(), message, run_on, facts)
    for look in looks:
        if call.wants_json:
            emit(look)
        else:
            write_line(_line(look))
    if not call.wants_json:
        for name, choice in decision.choices.items():
            write_line(f"{name:8} {choice.value}  [{choice.by}] {choice.because}")


def _line(look: dict[str, Any]) -> str:
    head = f"{'✓' if look['hit'] else '·'} {look['id']}  {look['title']}  ({look['where']}, {look['status']})"
    if look["error"]:
        return f"! {head[2:]}: {look['error']}"
    words = "、".join(
        f"“{one['text']}” {one['where']}" + (f"[{one['start']}:{one['end']}]" if one["start"] is not None else "")
        for one in look["words"]
    )
    if not look["asked"]:
        return f"{head}: 只在 {', '.join(look['run_on'])} 时运行 (runs then only)"
    if not look["hit"]:
        failed = look["failed"]
        asked = failed["condition"] + (f".{failed['operator']}" if failed["operator"] else "")
        return f"{head}: {asked} → {look['where'].rpartition(':')[0]}:{failed['line']}  {words}".rstrip()
    sets = " ".join(f"{one['what']}={one['value']}" for one in look["sets"])
    lost = f"  (被更先的规则或客服盖过 overridden: {', '.join(look['overridden'])})" if look["overridden"] else ""
    return f"{head}: {sets}  {words}{lost}"


@app.command()
def schema(ctx: typer.Context) -> None:
    """规则文件的 JSON Schema，供编辑器补全 · The JSON Schema by which editors complete rule files."""
    call = call_of(ctx)
    desk = call.desk()
    found = rule_schema(desk.taxonomy, desk.letters.for_arrivals)
    if call.wants_json:
        emit(found)
    else:
        write_line(json.dumps(found, ensure_ascii=False, indent=1))
