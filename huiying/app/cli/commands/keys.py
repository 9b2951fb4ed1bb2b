"""Commands about the key ring: key list, add, rotate, remove."""

from __future__ import annotations

import os
import time
from pathlib import Path

import typer

from core.domain.errors import Unavailable
from core.domain.people import Worker
from core.settings.keyring import add_data_key, add_signing_key, load_key_ring, remove_data_key
from huiying.app.bootstrap import App
from huiying.app.cli.commands.users import operator
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.progress import Progress
from huiying.app.cli.state import call_of
from huiying.app.process import host_name, is_dead
from huiying.app.workers.heartbeat import BEAT_S
from huiying.flows import rotate as flow
from store.sealed import COPY_THE_RING

app = typer.Typer(help="钥匙 · The keys of the key ring.", no_args_is_help=True)


@app.command("list")
def list_(ctx: typer.Context) -> None:
    """全部钥匙，以及每个数据钥匙加密着多少行 · All keys, and how many rows each data key seals; never a key itself."""
    call = call_of(ctx)
    with call.app() as opened:
        ring = load_key_ring(Path(opened.machine.key_ring))
        sealed = flow.sealed_by(opened.context)
    for number in sorted({*ring.data, *sealed}):
        rows = dict(sealed.get(number, {}))
        facts = {"current": number == ring.writes_with, "missing": number not in ring.data}
        _show(call.wants_json, {"key": str(number), "kind": "data", **facts, "rows": rows})
    _show(call.wants_json, {"key": "index", "kind": "index", "current": True, "missing": False, "rows": {}})
    for name in ring.signing:
        facts = {"current": name == ring.signs_with, "missing": False}
        _show(call.wants_json, {"key": name, "kind": "signing", **facts, "rows": {}})


_KINDS = {"data": "数据 data", "index": "索引 index", "signing": "签名 signing"}


def _show(json: bool, key: dict[str, object]) -> None:
    if json:
        emit(key)
        return
    rows = key["rows"] if isinstance(key["rows"], dict) else {}
    words = [_KINDS[str(key["kind"])]]
    words += [str(key["key"])] if key["key"] != key["kind"] else []
    words += ["使用中 in use"] if key["current"] else []
    words += ["钥匙环里没有 not in the key ring"] if key["missing"] else []
    words += [f"{sum(rows.values())} 行 rows"] if key["kind"] == "data" else []
    words += [", ".join(f"{table} {count}" for table, count in rows.items())] if rows else []
    write_line("  ".join(words))


@app.command()
def add(
    ctx: typer.Context,
    signing: bool = typer.Option(False, "--signing", help="签名钥匙 · a key that signs; default: one that seals data"),
) -> None:
    """新增钥匙，从此由它加密（或签名），旧的都保留 · Add a key that writes (or signs) from now on; old ones stay."""
    call = call_of(ctx)
    with call.app() as opened:
        ring = Path(opened.machine.key_ring)
        made = add_signing_key(ring, random=os.urandom) if signing else add_data_key(ring, random=os.urandom)
        opened.context.newest_key()
        with opened.store.write() as tx:
            if not signing:
                tx.sealed.note_newest()
            kind = "signing" if signing else "data"
            flow.note(opened.context, tx, operator(), flow.ADDED, key=str(made), kind=kind)
        elsewhere = sorted({other.host.split("/")[0] for other in _living(opened) if other.host != host_name()})
    emit({"key": str(made), "kind": kind})
    say(f"备份里没有钥匙环，请现在另存一份 {ring} (no backup holds the key ring: copy it to your safe place now)")
    say("本机上运行的服务几秒内自动读入 (what runs on this machine reads it within seconds)")
    say("共用此数据库的其他机器：立即复制这个文件过去")
    say("(other machines that share the database: copy this file there at once)")
    if elsewhere:
        say(f"正在运行的 (running there): {', '.join(elsewhere)}")
    if not signing:
        say("旧数据改用新钥匙 (to seal what is there anew): huiying key rotate")


@app.command()
def rotate(ctx: typer.Context) -> int:
    """旧钥匙加密的数据全部改用最新的钥匙 · Seal all data with the newest key.

    不停服务；中断后再来一次即可 · The service runs on; what was broken off is finished by doing it again.
    """
    call = call_of(ctx)
    with call.app() as opened:
        _require_known(opened)
        done, unreadable = flow.rotate(opened.context, operator(), Progress("key rotate"))
        number = opened.context.newest_key()
    emit({"key": str(number), "rows": done, "unreadable": unreadable})
    if unreadable:
        say(f"{unreadable} 行已损坏，谁也打不开，保持原样 (damaged rows, which nobody can open, stay as they are)")
    return 1 if unreadable else 0


@app.command()
def remove(ctx: typer.Context, number: int = typer.Argument(..., metavar="NUMBER", min=1, max=255)) -> None:
    """删去不再加密任何数据的旧钥匙 · Take an old data key away that seals nothing any more."""
    call = call_of(ctx)
    with call.app() as opened:
        _require_known(opened)
        ring = Path(opened.machine.key_ring)
        if number in load_key_ring(ring).data:
            flow.require_unused(opened.context, number)
        remove_data_key(ring, number)
        with opened.store.write() as tx:
            flow.note(opened.context, tx, operator(), flow.REMOVED, key=str(number), kind="data")
    emit({"key": str(number), "removed": True})
    say("以前的备份仍要用当时的钥匙环打开，请保留那一份")
    say("(earlier backups still need the key ring of their time: keep it)")


def _living(opened: App) -> tuple[Worker, ...]:
    with opened.store.read() as tx:
        others = tx.workers.others(0)
    return tuple(other for other in others if not is_dead(other, host_name()))


def _behind(opened: App) -> list[Worker]:
    """Processes that do not know the newest data key: they would go on writing with an older one."""
    with opened.store.read() as tx:
        known = tx.workers.known_keys()
    newest = opened.context.newest_key()
    return [other for other in _living(opened) if known.get(other.id, 0) < newest]


def _require_known(opened: App) -> None:
    """Waits for two beats. Raises ``Unavailable`` with who is left."""
    until = time.monotonic() + 2 * BEAT_S + 1
    while behind := _behind(opened):
        if time.monotonic() > until:
            where = ", ".join(sorted({f"{other.host.split('/')[0]} (pid {other.pid})" for other in behind}))
            raise Unavailable(f"还不认识最新的钥匙：{where} (these do not know the newest key yet)", hint=COPY_THE_RING)
        time.sleep(0.2)
