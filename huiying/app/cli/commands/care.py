"""Commands about care plans: what they would do."""

from __future__ import annotations

import typer

from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.state import call_of
from huiying.flows.care_words import planned_json
from huiying.flows.letter_check import note_findings
from huiying.flows.preview_care import MOST_DAYS, preview_care

app = typer.Typer(help="联系计划 · Care plans.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """联系计划（care.yaml） · Care plans."""


@app.command()
def preview(
    ctx: typer.Context,
    plan: list[str] = typer.Argument(None, metavar="[PLAN…]", help="只看这些计划 · these plans alone"),
    days: int = typer.Option(30, min=0, max=MOST_DAYS, help="看多少天 · how many days"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """如果现在启用，谁哪天会收到什么，谁不会、为什么 · Who would get what and when, if all were switched on."""
    call = call_of(ctx)
    with call.app() as opened:
        found = preview_care(opened.context, user_of(opened, agent, password_env), days, plan or ())
        notes = note_findings(opened.context.desk())
    for one in found.planned:
        told = planned_json(one, call.language)
        if call.wants_json:
            emit(told)
        else:
            gets = told["gets"] or f"– {told['words']}"
            write_line("  ".join((told["day"], told["plan"], told["who"], told["ticket"], gets)))
    for note in notes:
        say(f"huiying: {note.told}")
    if not found.whole:
        say("huiying: … 只列出前面这些 (only the first of them)")
    if not found.planned:
        say("huiying: 没有联系计划会做什么，见 config/care.yaml (no care plan would do anything)")
        raise typer.Exit(1)
