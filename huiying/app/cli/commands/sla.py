"""Commands about promises: sla explain and sla test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from core.domain.errors import BadConfiguration, BadInput
from core.settings.folder import read_folder
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.app.clock import now
from huiying.app.home import shipped_config
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from responder.explain import explain as arithmetic
from responder.testing import run_examples

app = typer.Typer(help="时限 · Due times.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """时限 · Due times."""


@app.command()
def explain(
    ctx: typer.Context,
    file: str = typer.Argument("", metavar="[FILE]", help="--jsonl 的文件 · for --jsonl"),
    jsonl: bool = typer.Option(False, "--jsonl", help="每行一个对象 · an object a line"),
    policy: str = typer.Option("", help="standard, rapid-7x24 …"),
    received: str = typer.Option("", help="ISO 8601，默认现在 · default: now"),
    type_: str = typer.Option("", "--type", help="需求类型 · type"),
    urgency: str = typer.Option("", help="紧急程度 · urgency"),
    priority: str = typer.Option("", help="优先级 · priority"),
    level: str = typer.Option("", help="客户等级 · level"),
    tag: list[str] = typer.Option([], "--tag", help="客户标签 · tags"),
) -> int:
    """各时限的到期时间与计算过程 · Due times with their arithmetic."""
    call = call_of(ctx)
    desk = call.desk()
    chosen = policy or "standard"
    if jsonl:
        lines = sys.stdin.buffer if file in ("", "-") else read_bytes(Path(file)).splitlines()
        return _lines(desk, chosen, lines, call.language)
    row = {"received": received, "type": type_, "urgency": urgency, "priority": priority, "level": level, "tags": tag}
    answer = _explain(desk, chosen, {k: v for k, v in row.items() if v}, call.language)
    if call.wants_json:
        emit(answer)
    else:
        for clock in answer["clocks"]:
            write_line(f"{clock['clock']:16} {clock['due']}  {clock['because']}")
            for part in clock["intervals"]:
                write_line(f"    {'+' if part['counts'] else ' '} {part['from']} – {part['to']}  {part['why']}")
    return 0


@app.command()
def test(ctx: typer.Context) -> int:
    """运行时限方案里的例子 · Run the examples inside the policies."""
    call = call_of(ctx)
    desk, problems = compile_desk(read_folder(call.find_home().config if call.has_home else shipped_config()))
    if desk is None:
        raise BadConfiguration(problems=problems)
    result = run_examples(desk.policies, desk.calendars, desk.states)
    if call.wants_json:
        emit(result.as_json())
    else:
        for failed in result.failed:
            write_line(f"{failed.file}:{failed.line}: {failed.clock}: {failed.expected} ≠ {failed.got}")
        write_line(f"{result.policies} 套时限方案，{result.examples} 个例子，{len(result.failed)} 处不符")
    return 1 if result.failed else 0


def _lines(desk: Desk, policy: str, lines: Iterable[bytes], language: str) -> int:
    code = 0
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise BadInput("a line must be an object")
            emit(_explain(desk, policy, row, language))
        except (ValueError, BadInput) as error:
            emit({"error": str(error), "line": place})
            code = 1
    return code


def _explain(desk: Desk, policy: str, row: dict[str, Any], language: str) -> dict[str, Any]:
    if policy not in desk.policies:
        raise BadInput(f"没有时限方案 {policy} (policies: {', '.join(sorted(desk.policies))})")
    tags = row.get("tags") or ()
    if not isinstance(tags, (list, tuple)) or not all(isinstance(tag, str) for tag in tags):
        raise BadInput("tags must be a list of strings")
    try:
        return arithmetic(
            desk.policies[policy],
            desk.calendar,
            received=_instant(row.get("received")),
            type_=_value(desk, "type", row.get("type"), "其他"),
            urgency=_value(desk, "urgency", row.get("urgency"), "常规"),
            priority=_value(desk, "priority", row.get("priority"), ""),
            level=_value(desk, "level", row.get("level"), "普通"),
            tags=tuple(tags),
            language=language,
        )
    except ValueError as error:
        raise BadInput(str(error)) from error


def _instant(word: object) -> datetime:
    if word is None or word == "":
        return now()
    if not isinstance(word, str):
        raise BadInput("received must be an ISO 8601 instant")
    return datetime.fromisoformat(word)


def _value(desk: Desk, field: str, word: object, default: str) -> str:
    if word is None or word == "":
        return default
    found = desk.taxonomy.find(field, str(word))
    if found is None:
        raise BadInput(f"{field}: {word}? ({', '.join(value.key for value in desk.taxonomy.values(field))})")
    return found.key
