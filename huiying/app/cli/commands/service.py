"""Commands that run: serve, work, web."""

from __future__ import annotations

import typer

from core.domain.errors import BadInput, WrongUsage
from core.settings.machine import read_machine
from huiying.app.bootstrap import App
from huiying.app.cli.console import emit, say
from huiying.app.cli.state import call_of
from huiying.app.cli.values import LAST_PORT
from huiying.app.drain import drain
from huiying.app.home import Home
from huiying.app.logs import set_up_logs
from huiying.app.supervisor import STAGES, Supervisor
from huiying.app.workers.heartbeat import take_over
from huiying.app.workers.mirror import Mirror
from huiying.flows.health import health, with_refused
from store.version import CODE_VERSION

READY_S = 30.0


def serve(
    ctx: typer.Context,
    host: str = typer.Option("", help="监听地址 · default: machine.yaml"),
    port: int = typer.Option(-1, min=-1, max=LAST_PORT, help="端口，0 为任意空闲端口 · 0: any free port"),
) -> int:
    """运行全部服务 · Poller, workers and console in one process."""
    set_up_logs()
    call = call_of(ctx)
    _migrate_sqlite(call.find_home())
    with call.app(works=True) as app:
        _require_user(app)
        supervisor = Supervisor(app)
        _with_console(app, supervisor, host, port)
        return supervisor.run()


def web(
    ctx: typer.Context,
    host: str = typer.Option("", help="监听地址 · default: machine.yaml"),
    port: int = typer.Option(-1, min=-1, max=LAST_PORT, help="端口 · port"),
) -> int:
    """只运行控制台 · The console alone; work runs elsewhere."""
    set_up_logs()
    with call_of(ctx).app(works=True) as app:
        _require_user(app)
        supervisor = Supervisor(app, stages=("config",))
        _with_console(app, supervisor, host, port)
        return supervisor.run()


def work(
    ctx: typer.Context,
    only: str = typer.Option("", help="只运行这些阶段，逗号分隔 · stages: " + ", ".join(STAGES)),
    once: bool = typer.Option(False, "--once", help="做完就退出 · until nothing is left to do"),
) -> int:
    """只运行后台工作 · The workers without the console."""
    set_up_logs()
    stages = _stages(only)
    with call_of(ctx).app(works=True) as app:
        if once:
            mirror = Mirror(app.context, app.desks, app.home.config, lambda: None, app.home.folder_mark)
            mirror.start(publishes="config" in stages)
            take_over(app.context)
            emit(drain(app, stages))
            return 0
        supervisor = Supervisor(app, stages=stages)
        supervisor.start()
        supervisor.spawn("working", lambda: say("huiying: working") if supervisor.hears.wait(READY_S) else None)
        return supervisor.run()


def _stages(only: str) -> tuple[str, ...]:
    chosen = tuple(word.strip() for word in only.split(",") if word.strip()) or STAGES
    unknown = [stage for stage in chosen if stage not in STAGES]
    if unknown:
        raise WrongUsage(f"没有这个阶段：{', '.join(unknown)} (stages: {', '.join(STAGES)})")
    return chosen


def _require_user(app: App) -> None:
    with app.store.read() as tx:
        if not tx.people.users():
            raise BadInput(
                "还没有任何用户，控制台没有人能登录 (there is no user yet)",
                hint=f"huiying --home {app.home.path} user add NAME --role admin",
            )


def _with_console(app: App, supervisor: Supervisor, host: str, port: int) -> None:
    from huiying.app.web import Web  # FastAPI: only a process that serves pages needs it

    listen_host, _, listen_port = app.machine.listen.rpartition(":")
    page = Web(
        app,
        host or listen_host,
        int(listen_port) if port < 0 else port,
        supervisor.stop,
        check=lambda: with_refused(health(app.context), supervisor.mirror.problems),
    )
    supervisor.start()
    supervisor.spawn("console", page.run)
    page.ready(READY_S)
    say(f"huiying: {page.address}")
    supervisor.spawn("ready", lambda: say("huiying: ready") if _is_ready(supervisor) else None)


def _is_ready(supervisor: Supervisor) -> bool:
    return supervisor.hears.wait(READY_S) and supervisor.ready(READY_S)


def _migrate_sqlite(home: Home) -> None:
    """SQLite is brought up to date by the service itself; PostgreSQL is altered by ``migrate`` only (DESIGN 5)."""
    database = read_machine(home.path).database
    if database.startswith("sqlite"):
        from store.migrate import migrate, schema_version

        if schema_version(database) != CODE_VERSION:
            migrate(database)


COMMANDS = (serve, work, web)
