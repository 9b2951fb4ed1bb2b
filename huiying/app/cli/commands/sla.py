"""Commands about promises: sla explain and sla test."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from core.domain.errors import BadConfiguration, BadInput, NotFound
from core.domain.priority import derive_priority
from core.settings.folder import read_folder
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import Call, call_of
from huiying.app.clock import now
from huiying.app.home import shipped_config
from huiying.flows.arithmetic import choice_words, explain_promises
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from responder.explain import explain as arithmetic
from responder.testing import run_examples

_ABOUT = ("sla/", "calendars/")
_DEFAULTS = {"type": "其他", "urgency": "常规", "priority": "", "level": "普通"}

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
    mailbox: str = typer.Option("", help="邮箱，choose 会用到 · the mailbox, for choose"),
    team: str = typer.Option("", help="团队，choose 会用到 · the team, for choose"),
    ticket: str = typer.Option("", help="一张工单实际的时限 · the clocks of a ticket"),
) -> int:
    """各时限的到期时间与计算过程 · Due times with their arithmetic."""
    call = call_of(ctx)
    if ticket:
        with call.app() as app:
            return _print(call, _of_ticket(app.context, ticket, call.language))
    desk = call.desk()
    if jsonl:
        lines = sys.stdin.buffer if file in ("", "-") else read_bytes(Path(file)).splitlines()
        return _lines(desk, policy, lines, call.language)
    row = {
        "received": received, "type": type_, "urgency": urgency, "priority": priority, "level": level, "tags": tag,
        "mailbox": mailbox, "team": team,
    }  # fmt: skip
    return _print(call, _explain(desk, policy, {k: v for k, v in row.items() if v}, call.language))


def _of_ticket(context: Context, number: str, language: str) -> dict[str, Any]:
    with context.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    return explain_promises(context, detail, language)


def _print(call: Call, answer: dict[str, Any]) -> int:
    if call.wants_json:
        emit(answer)
        return 0
    if answer.get("chosen"):
        write_line(answer["chosen"])
    for clock in answer["clocks"]:
        write_line(f"{clock['clock']:16} {clock['due']}  {clock['because']}")
        for note in clock.get("notes", ()):
            write_line(f"    · {note}")
        if clock["arithmetic"]:
            write_line(f"    = {clock['arithmetic']}")
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
    told = {(one.file, one.line) for one in result.failed}
    if broken := tuple(one for one in problems if one.file.startswith(_ABOUT) and (one.file, one.line) not in told):
        # A policy that cannot be read has no examples that could fail.
        raise BadConfiguration(problems=broken)
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
        except (ValueError, BadInput, RecursionError) as error:
            emit({"error": str(error), "line": place})
            code = 1
    return code


def _explain(desk: Desk, policy: str, row: dict[str, Any], language: str) -> dict[str, Any]:
    if policy and policy not in desk.policies:
        raise BadInput(f"没有时限方案 {policy} (policies: {', '.join(sorted(desk.policies))})")
    tags = row.get("tags") or ()
    if not isinstance(tags, (list, tuple)) or not all(isinstance(tag, str) for tag in tags):
        raise BadInput("tags must be a list of strings")
    try:
        facts = {field: _value(desk, field, row.get(field), default) for field, default in _DEFAULTS.items()}
        priority = facts["priority"] or derive_priority(facts["urgency"], "", facts["level"], tags)[0]
        more = {field: str(row.get(field, "")) for field in ("mailbox", "team")}
        known = {**facts, "priority": priority, **more}
        serving = desk.serving(known)
        answer = arithmetic(
            desk.policies[policy] if policy else serving.policy,
            serving.calendar,
            received=_instant(row.get("received")),
            type_=facts["type"],
            urgency=facts["urgency"],
            priority=priority,
            level=facts["level"],
            tags=tuple(tags),
            language=language,
        )
        chosen = "" if policy else choice_words(desk, known, serving.policy.name, serving.calendar.name, language)
        return {**answer, "chosen": chosen} if chosen else answer
    except (ValueError, OverflowError) as error:
        raise BadInput(str(error)) from error


_INSTANT = "received 是带时区的 ISO 8601 时间，如 (an ISO 8601 instant such as) 2026-03-05T10:00+08:00"


def _instant(word: object) -> datetime:
    if word is None or word == "":
        return now()
    if not isinstance(word, str):
        raise BadInput(f"{_INSTANT}")
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        raise BadInput(f"{_INSTANT}: {word[:40]}") from None
    if found.tzinfo is None:
        raise BadInput(f"received 没写时区 (received has no UTC offset), 2026-03-05T10:00+08:00: {word[:40]}")
    return found


def _value(desk: Desk, field: str, word: object, default: str) -> str:
    if word is None or word == "":
        return default
    found = desk.taxonomy.find(field, str(word))
    if found is None:
        raise BadInput(f"{field}: {word}? ({', '.join(value.key for value in desk.taxonomy.values(field))})")
    return found.key
