"""Commands about rules: check and test."""

from __future__ import annotations

import typer

from core.settings.folder import scan_folder
from huiying.app.cli.commands.home import tell_problems
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.app.home import shipped_config
from huiying.flows.compile import compile_desk
from rules.testing import test_book

app = typer.Typer(help="规则 · Rules.", no_args_is_help=True)


@app.command()
def check(ctx: typer.Context) -> int:
    """检查规则文件 · One problem a line, nothing when clean."""
    call = call_of(ctx)
    folder = call.find_home().config if call.has_home else shipped_config()
    files, unreadable = scan_folder(folder)
    _, problems = compile_desk(files)
    found = [p for p in (*unreadable, *problems) if p.file.partition(":")[2].startswith("rules/") or "rules/" in p.file]
    return tell_problems(call, tuple(found))


@app.command()
def test(ctx: typer.Context) -> int:
    """运行规则里的例子 · Run the examples inside the rules."""
    call = call_of(ctx)
    result = test_book(call.desk().book)
    if call.wants_json:
        emit(result.as_json())
    else:
        for failed in result.failed:
            write_line(f"{failed.file}:{failed.line}: {failed.rule}: {failed.expected} ≠ {failed.got}")
        rules, examples = (result.builtin.rules + result.local.rules), (result.builtin.examples + result.local.examples)
        write_line(f"{rules} 条规则，{examples} 个例子，{len(result.failed)} 个不符")
    return 1 if result.failed else 0
