"""Commands about the configuration as bundles: status, history, diff, publish, rollback, pull and push."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import typer

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.errors import BadInput, FolderEdited, NotFound
from core.settings.folder import read_folder, scan_folder, write_folder
from huiying.app.bootstrap import App
from huiying.app.cli.console import emit, write_line
from huiying.app.cli.state import call_of
from huiying.flows.difference import FileDifference, differences
from huiying.flows.ports import Store
from huiying.flows.publish import find_bundle
from huiying.flows.publish import publish as make_active
from huiying.flows.publish import rollback as back_to

BASE = ".base"
"""In a pulled folder: the bundle that its edit began from. Hidden files are no part of a bundle."""

FORCE = typer.Option(False, "--force", help="放弃文件夹里未发布的改动 · give up the folder's unpublished edits")
app = typer.Typer(help="配置版本 · The configuration as bundles.", no_args_is_help=True)


@app.command()
def status(ctx: typer.Context) -> None:
    """生效的版本与文件夹是否一致 · The active bundle, and whether the folder is the same."""
    with call_of(ctx).app() as opened:
        with opened.store.read() as tx:
            active = tx.bundles.active()
        folder = read_folder(opened.home.config)
        record = record_json(active) if active else None
        emit({"active": record, "folder": folder.id, "same": bool(active and active.id == folder.id)})


@app.command()
def history(ctx: typer.Context, limit: int = typer.Option(20, min=1, max=1000, help="最多几条 · at most")) -> None:
    """发布历史，最新的在前 · Every publication, newest first."""
    call = call_of(ctx)
    with call.app() as opened, opened.store.read() as tx:
        records = tx.bundles.history(limit)
    for record in records:
        if call.wants_json:
            emit({**record_json(record), "active": record.active})
        else:
            mark = "*" if record.active else " "
            write_line(
                f"{mark} {record.serial:4} {record.id} {record.at:%Y-%m-%d %H:%M}Z {record.author}: {record.reason}"
            )


@app.command()
def diff(
    ctx: typer.Context,
    before: str = typer.Argument("", metavar="BUNDLE", help="默认生效的版本 · default: the active one"),
    after: str = typer.Argument("", metavar="BUNDLE", help="默认配置文件夹 · default: the folder"),
) -> int:
    """两个版本的差别；有差别时退出码为 1 · What differs; exit 1 when something does."""
    call = call_of(ctx)
    with call.app() as opened:
        old = find_bundle(opened.context, before) if before else active_files(opened)
        new = find_bundle(opened.context, after) if after else read_folder(opened.home.config)
    found = differences(old, new)
    for one in found:
        if call.wants_json:
            emit(one.as_json())
        else:
            print_difference(one)
    return 1 if found else 0


@app.command()
def publish(ctx: typer.Context, reason: str = typer.Option("", help="原因 · why")) -> None:
    """检查并发布配置文件夹 · Check the folder as a whole and make it active."""
    with call_of(ctx).app() as opened:
        files = read_folder(opened.home.config)
        record, _ = make_active(opened.context, files, author=getpass.getuser(), reason=reason)
    emit(record_json(record))


@app.command()
def rollback(
    ctx: typer.Context,
    bundle: str = typer.Argument("", metavar="BUNDLE", help="默认上一个版本 · default: the one before"),
    reason: str = typer.Option("rollback", help="原因 · why"),
    force: bool = FORCE,
) -> None:
    """回到以前的版本，文件夹也随之恢复 · Go back; the folder's files follow."""
    with call_of(ctx).app() as opened:
        spare_draft(opened, force=force)
        target = bundle or _before(opened.store)
        record = back_to(opened.context, target, author=getpass.getuser(), reason=reason)
        write_folder(opened.home.config, find_bundle(opened.context, record.id))
    emit(record_json(record))


@app.command()
def pull(
    ctx: typer.Context,
    folder: Path = typer.Argument(..., metavar="DIR", help="空目录或以前 pull 的目录 · empty, or pulled before"),
) -> None:
    """把生效的配置写到另一个目录去修改 · Write the active configuration to a folder of your own."""
    with call_of(ctx).app() as opened:
        files = active_files(opened)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / BASE).is_file():
        raise BadInput(f"{folder} 不是空目录，也不是 pull 过的目录 (neither empty nor pulled before)")
    folder.mkdir(parents=True, exist_ok=True)
    changed = write_folder(folder, files)
    (folder / BASE).write_text(files.id + "\n", encoding="utf-8")
    emit({"bundle": files.id, "changed": list(changed)})


@app.command()
def push(
    ctx: typer.Context,
    folder: Path = typer.Argument(..., metavar="DIR", help="pull 过的目录 · a pulled folder"),
    reason: str = typer.Option("", help="原因 · why"),
    force: bool = FORCE,
) -> None:
    """检查并发布修改过的目录；期间别人发布过则拒绝 · Publish it, unless somebody else published meanwhile."""
    if not (folder / BASE).is_file():
        raise BadInput(f"{folder} 不是 pull 过的目录 (not a pulled folder)", hint="huiying config pull DIR")
    base = (folder / BASE).read_text(encoding="utf-8").strip()
    with call_of(ctx).app() as opened:
        files = read_folder(folder)
        spare_draft(opened, files, force=force)
        record, _ = make_active(opened.context, files, author=getpass.getuser(), reason=reason, base=base)
        write_folder(opened.home.config, files)
    (folder / BASE).write_text(record.id + "\n", encoding="utf-8")
    emit(record_json(record))


def spare_draft(opened: App, *wanted: BundleFiles, force: bool) -> None:
    """Raises ``FolderEdited`` when the home's folder holds what was never published and is not ``wanted`` either: it
    would be overwritten and could not be got back."""
    if force:
        return
    files, unreadable = scan_folder(opened.home.config)
    with opened.store.read() as tx:
        known = tx.bundles.files(files.id) is not None
    if unreadable or not (known or files.id in {one.id for one in wanted}):
        raise FolderEdited(
            "配置文件夹里有未发布的改动，会被覆盖；确定不要可加 --force "
            "(the folder has unpublished edits that would be lost; --force gives them up)"
        )


def active_files(opened: App) -> BundleFiles:
    """The files in force. Raises ``NotFound`` before the first publication."""
    with opened.store.read() as tx:
        active = tx.bundles.active()
        files = tx.bundles.files(active.id) if active else None
    if files is None:
        raise NotFound("还没有发布过配置 (nothing was published yet)", hint="huiying config publish")
    return files


def print_difference(one: FileDifference) -> None:
    """As version control shows it."""
    write_line(f"{one.path} ({one.kind}, +{one.added} -{one.removed})")
    for line in one.lines:
        write_line(f"  {line}")


def _before(store: Store) -> str:
    with store.read() as tx:
        active = tx.bundles.active()
    return active.parent if active else ""


def record_json(record: BundleRecord) -> dict[str, Any]:
    """A publication as plain values."""
    return {
        "bundle": record.id,
        "serial": record.serial,
        "parent": record.parent or None,
        "author": record.author,
        "reason": record.reason,
        "at": record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "check": record.check,
    }
