"""Commands about the configuration as bundles: status, publish, rollback."""

from __future__ import annotations

import getpass
from typing import Any

import typer

from core.domain.bundle import BundleRecord
from core.settings.folder import read_folder, write_folder
from huiying.app.cli.console import emit
from huiying.app.cli.state import call_of
from huiying.flows.ports import Store
from huiying.flows.publish import publish as make_active
from huiying.flows.publish import rollback as back_to

app = typer.Typer(help="配置版本 · The configuration as bundles.", no_args_is_help=True)


@app.command()
def status(ctx: typer.Context) -> None:
    """生效的版本与文件夹是否一致 · The active bundle, and whether the folder is the same."""
    with call_of(ctx).app() as opened:
        with opened.store.read() as tx:
            active = tx.bundles.active()
        folder = read_folder(opened.home.config)
        record = _json(active) if active else None
        emit({"active": record, "folder": folder.id, "same": bool(active and active.id == folder.id)})


@app.command()
def publish(ctx: typer.Context, reason: str = typer.Option("", help="原因 · why")) -> None:
    """检查并发布配置文件夹 · Check the folder as a whole and make it active."""
    with call_of(ctx).app() as opened:
        files = read_folder(opened.home.config)
        record, _ = make_active(opened.context, files, author=getpass.getuser(), reason=reason)
    emit(_json(record))


@app.command()
def rollback(
    ctx: typer.Context,
    bundle: str = typer.Argument("", metavar="BUNDLE", help="默认上一个版本 · default: the one before"),
    reason: str = typer.Option("rollback", help="原因 · why"),
) -> None:
    """回到以前的版本，文件夹也随之恢复 · Go back; the folder's files follow."""
    with call_of(ctx).app() as opened:
        target = bundle or _before(opened.store)
        record = back_to(opened.context, target, author=getpass.getuser(), reason=reason)
        with opened.store.read() as tx:
            files = tx.bundles.files(record.id)
        if files is not None:
            write_folder(opened.home.config, files)
    emit(_json(record))


def _before(store: Store) -> str:
    with store.read() as tx:
        active = tx.bundles.active()
    return active.parent if active else ""


def _json(record: BundleRecord) -> dict[str, Any]:
    return {
        "bundle": record.id,
        "serial": record.serial,
        "parent": record.parent or None,
        "author": record.author,
        "reason": record.reason,
        "at": record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
