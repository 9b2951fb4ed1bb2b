"""Commands about the letters' words: replies check and replies preview."""

from __future__ import annotations

import typer

from core.domain.errors import BadInput, NotFound
from core.settings.folder import scan_folder
from huiying.app.cli.commands.home import tell_problems
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.app.home import shipped_config
from huiying.flows.preview import Preview, preview_letter
from responder.letters import compile_letters
from responder.phrases import FILE, read_phrases
from responder.wording import LANGUAGES

app = typer.Typer(help="信件 · Letters.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """信件 · Letters."""


@app.command()
def check(ctx: typer.Context) -> int:
    """检查信件模板和措辞表 · Check the letters: one problem a line, nothing when all is well."""
    call = call_of(ctx)
    files, unreadable = scan_folder(call.find_home().config if call.has_home else shipped_config())
    _, problems = compile_letters(files.files)
    _, phrases = read_phrases(files.files.get(FILE, ""))
    broken = [one for one in unreadable if one.file.startswith("replies/") or one.file == FILE]
    return tell_problems(call, (*broken, *problems, *phrases))


@app.command()
def preview(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME", help="信件名，如 acknowledgement · a letter's name"),
    ticket: str = typer.Option(..., help="工单号 · for this ticket"),
    language: str = typer.Option("", help="zh-CN | zh-TW | en，默认客户的语言 · default: the customer's"),
    html: bool = typer.Option(False, "--html", help="打印 HTML 部分 · print the HTML part"),
) -> None:
    """照某张工单写出一封信，不发送 · A letter as this ticket's customer would get it; nothing is sent."""
    call = call_of(ctx)
    if language and language not in LANGUAGES:
        raise BadInput(f"{language}? ({', '.join(LANGUAGES)})")
    with call.app() as opened:
        opened.desks.refresh()
        found = preview_letter(opened.context, ticket, name, language)
    if found is None:
        raise NotFound(f"没有信件 {name} (no such letter)")
    if html:
        write_line(found.html)
    elif call.wants_json:
        emit({"name": name, "language": found.language, "subject": found.subject, "text": found.text})
    else:
        _print(found)


def _print(found: Preview) -> None:
    write_line(found.subject)
    write_line("")
    for line in found.text.splitlines():
        write_line(line)
