"""Commands about the letters' words: replies check and replies preview."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import typer

from core.domain.errors import BadInput, NotFound
from core.settings.folder import read_folder, scan_folder
from huiying.app.cli.commands.home import tell_problems
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of, compiled
from huiying.app.home import shipped_config
from huiying.flows.gallery import Picture, gallery
from huiying.flows.letter_check import local_findings, note_findings
from huiying.flows.preview import Preview, preview_letter
from responder.letters import compile_letters
from responder.phrases import FILE, read_phrases
from responder.wording import LANGUAGES

app = typer.Typer(help="信件 · Letters.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """信件 · Letters."""


@app.command()
def check(
    ctx: typer.Context,
    wording: bool = typer.Option(True, help="也查自己的信的措辞 · also look at the words of your own letters"),
) -> int:
    """检查信件模板和措辞表 · Check the letters: one problem a line, nothing when all is well.

    措辞提示写到 stderr，不算错 · What the wording check says goes to stderr and is no problem.
    """
    call = call_of(ctx)
    files, unreadable = scan_folder(call.find_home().config if call.has_home else shipped_config())
    _, problems = compile_letters(files.files)
    _, phrases = read_phrases(files.files.get(FILE, ""))
    broken = [one for one in unreadable if one.file.startswith("replies/") or one.file == FILE]
    told = tell_problems(call, (*broken, *problems, *phrases))
    if not told and wording:
        desk = compiled(files)
        for one in (*local_findings(desk), *note_findings(desk)):
            say(one.told)
    return told


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


@app.command("gallery")
def write_gallery(
    ctx: typer.Context,
    folder: Path = typer.Argument(..., metavar="DIR", help="写到哪个目录 · the folder to write into"),
) -> None:
    """把每封信、每种语言按样例写成 HTML、文字和 .eml · Every letter in every language as HTML, text and .eml."""
    call = call_of(ctx)
    config = call.find_home().config if call.has_home else shipped_config()
    folder.mkdir(parents=True, exist_ok=True)
    pictures = tuple(gallery(compiled(read_folder(config))))
    for one in pictures:
        (folder / f"{one.slug}.html").write_text(one.words.shown_html(), "utf-8")
        (folder / f"{one.slug}.txt").write_text(f"{one.words.subject}\n\n{one.words.text}\n", "utf-8")
        (folder / f"{one.slug}.eml").write_bytes(one.mail.data)
    (folder / "index.html").write_text(_index(pictures), "utf-8")
    if call.wants_json:
        emit({"folder": str(folder), "letters": len(pictures)})
    else:
        write_line(str(folder / "index.html"))


def _index(pictures: Sequence[Picture]) -> str:
    rows = "".join(
        f'<li><a href="{escape(one.slug)}.html">{escape(one.slug)}</a> {escape(one.words.subject)} '
        f'<a href="{escape(one.slug)}.txt">txt</a> <a href="{escape(one.slug)}.eml">eml</a></li>'
        for one in pictures
    )
    return f'<!doctype html><meta charset="utf-8"><title>Huiying 回应</title><ul>{rows}</ul>'


def _print(found: Preview) -> None:
    write_line(found.subject)
    write_line("")
    for line in found.text.splitlines():
        write_line(line)
