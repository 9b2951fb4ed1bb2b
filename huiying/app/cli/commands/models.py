"""Commands about the desk's own models: list, compare, promote, rollback, learn, weeks, telling."""

from __future__ import annotations

import getpass

import typer

from classifier.workers import fit_apart
from huiying.app.cli.console import emit, say
from huiying.app.cli.state import call_of
from huiying.flows.drift import SHOWN, recent_alarms, week_json
from huiying.flows.models import SHIPPED, difference, known_models, summary
from huiying.flows.retrain import promote as make_serve
from huiying.flows.retrain import retrain
from huiying.flows.retrain import rollback as back_to
from huiying.flows.teach import most_telling, telling_json

app = typer.Typer(help="模型 · The desk's own models.", no_args_is_help=True)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """全部版本，最新在前 · Every version with its figures, newest first; none: the shipped one serves."""
    with call_of(ctx).app() as opened, opened.store.read() as tx:
        drifts = [{"code": one.code, "week": one.week, "words": one.words("en")} for one in recent_alarms(tx)]
        records = known_models(tx)
        for record in records:
            emit({**summary(record), "drift": drifts if record.active else []})
        if not any(record.active for record in records):
            say("huiying: 随附的模型在用 (the model that ships serves)")
        for drift in drifts:
            say(f"huiying: {drift['week']} {drift['words']}")


@app.command()
def weeks(ctx: typer.Context) -> None:
    """每周的情况，最新在前 · How the suggestions did, week by week, newest first."""
    with call_of(ctx).app() as opened, opened.store.read() as tx:
        for week in tx.weeks.newest(SHOWN):
            emit(week_json(week))


@app.command()
def telling(ctx: typer.Context) -> None:
    """最值得确认的来信 · Open messages whose label teaches most, the least certain first."""
    with call_of(ctx).app() as opened:
        for row in most_telling(opened.context):
            emit(telling_json(row))


@app.command()
def compare(
    ctx: typer.Context,
    first: str = typer.Argument(..., metavar="VERSION"),
    second: str = typer.Argument(..., metavar="VERSION"),
) -> None:
    """两个版本的差别，seed 是随附的模型 · Two versions side by side; seed is the one that ships."""
    with call_of(ctx).app() as opened, opened.store.read() as tx:
        emit(difference(tx, first, second))


@app.command()
def promote(
    ctx: typer.Context,
    version: str = typer.Argument(..., metavar="VERSION", help=f"{SHIPPED}：随附的模型 · the one that ships"),
) -> None:
    """让一个版本生效 · Make a version serve, whatever the gate said; workers notice within a second."""
    with call_of(ctx).app() as opened:
        before = make_serve(opened.context, version, getpass.getuser())
    emit({"active": version, "before": before or SHIPPED})


@app.command()
def rollback(ctx: typer.Context) -> None:
    """回到之前生效的版本 · Back to what served before."""
    with call_of(ctx).app() as opened:
        emit({"active": back_to(opened.context, getpass.getuser())})


@app.command()
def learn(ctx: typer.Context) -> int:
    """现在就学习 · Fit on all labels now, without waiting for the next step; the gate decides whether it serves."""
    with call_of(ctx).app(works=True) as opened:
        record = retrain(opened.context, fit_apart)
    if record is None:
        say("huiying: 另一个进程正在学习 (another process is learning)")
        return 3
    emit(summary(record))
    return 0
