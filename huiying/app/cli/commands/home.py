"""Commands about a home: init, check, doctor, status, migrate, backup, restore."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import typer

from core.domain.bundle import MAKER, Problem
from core.domain.errors import BadConfiguration, KeyRingProblem, WrongUsage
from core.domain.settings import MachineSettings
from core.domain.views import MailboxFacts
from core.settings.coverage import COVERAGES, with_coverage
from core.settings.coverage import FILE as COVERAGE_FILE
from core.settings.folder import read_folder, scan_folder
from core.settings.keyring import load_key_ring
from core.settings.machine import read_machine
from core.settings.mailboxes import read_mailboxes
from huiying.app.bootstrap import App
from huiying.app.cli.commands.users import operator
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.files import cleanly_ended
from huiying.app.cli.state import Call, call_of
from huiying.app.cli.values import path_of
from huiying.app.doctor import examine
from huiying.app.erasures import journal_of
from huiying.app.home import new_home
from huiying.app.signing_check import signing_problems
from huiying.flows.compile import MAILBOXES, compile_desk
from huiying.flows.erase import erase_again
from huiying.flows.health import health
from huiying.flows.publish import publish
from huiying.flows.reindex import reindex as make_anew
from huiying.flows.rotate import sealed_by


def init(
    ctx: typer.Context,
    directory: Path = typer.Argument(..., parser=path_of, metavar="DIR"),
    coverage: str = typer.Option(
        "", help="office 有上下班时间 | always 昼夜值班；不写则以后再选 · office hours, day and night, or later"
    ),
) -> None:
    """新建工作目录：配置、钥匙环、数据库 · Make a ready home; nothing is ever overwritten."""
    if coverage and coverage not in COVERAGES:
        raise WrongUsage(f"--coverage: {' | '.join(COVERAGES)}")
    with cleanly_ended(), new_home(directory) as home:
        if chosen := coverage or _asked():
            file = home.config / COVERAGE_FILE
            file.write_text(with_coverage(file.read_text("utf-8"), chosen), encoding="utf-8")
        with replace(call_of(ctx), home=str(home.path)).app() as app:
            publish(app.context, read_folder(home.config), author=MAKER, reason="shipped configuration")
    say(f"已建好 {home.path} (ready)")
    say(f"1. 邮箱写在 {home.config / 'mailboxes.yaml'} (your mailboxes)")
    named = shlex.quote(str(directory))
    say(f"2. huiying --home {named} user add NAME --role admin")
    say(f"3. huiying --home {named} serve")
    call_of(ctx).answer({"home": str(home.path)}, str(home.path))


def _asked() -> str:
    """When the desk is on duty, asked on a terminal only; empty to choose later, in the console."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    say("什么时候有人值班？ (When is somebody on duty?)")
    say("  1 有上下班时间 (office hours)   2 昼夜值班 (day and night)   Enter 以后再选 (later)")
    return {"1": "office", "2": "always"}.get(sys.stdin.readline().strip(), "")


def check(ctx: typer.Context) -> int:
    """检查全部配置 · Check the whole configuration: one problem a line, nothing when it is clean."""
    call = call_of(ctx)
    home = call.find_home()
    problems: tuple[Problem, ...] = ()
    try:
        read_machine(home.path)
    except BadConfiguration as error:
        problems = error.problems
    files, unreadable = scan_folder(home.config)
    _, found = compile_desk(files)
    mailboxes, _ = read_mailboxes(files.files.get(MAILBOXES, ""), MAILBOXES)
    keys = signing_problems(mailboxes, os.environ, home.path, MAILBOXES)
    return tell_problems(call, (*problems, *unreadable, *found, *keys))


def tell_problems(call: Call, problems: tuple[Problem, ...]) -> int:
    """Prints problems as the contract has them; the exit code."""
    for problem in problems:
        message, hint = problem.message(call.language), problem.hint(call.language)
        if call.wants_json:
            place = {"file": problem.file, "line": problem.line, "column": problem.column}
            emit({**place, "message": message, "hint": hint})
        else:
            write_line(f"{problem.file}:{problem.line}:{problem.column}: {message}" + (f"（{hint}）" if hint else ""))
    return 1 if problems else 0


def doctor(ctx: typer.Context) -> int:
    """能否登录、发信、写入，时钟与日历 · Can we log in, send and write; clock and calendar."""
    call = call_of(ctx)
    with call.app() as app:
        findings = examine(app)
    for finding in findings:
        if call.wants_json:
            emit({"check": finding.check, "ok": finding.ok, "message": finding.message(call.language)})
        else:
            write_line(f"{'✓' if finding.ok else '✗'} {finding.check}: {finding.message(call.language)}")
    return 0 if all(finding.ok for finding in findings) else 1


def status(ctx: typer.Context) -> int:
    """运行状况，退出码 1 表示有错误 · How the service is; exit 1 when something is wrong."""
    call = call_of(ctx)
    with call.app() as app:
        app.desks.refresh()
        report = health(app.context)
        with app.store.read() as tx:
            facts = tx.views.health()
    place = 2 if call.language == "en" else 1
    if call.wants_json:
        items = [{"code": i[0], "message": i[place], "level": i[3]} for i in report.items]
        counts = {
            "unfiled": facts.unfiled,
            "quarantined": facts.quarantined,
            "shunted": facts.shunted,
            "letters_queued": facts.letters_queued,
            "letters_held": facts.letters_held,
            "letters_failed": facts.letters_failed,
            "letters_bounced": facts.letters_bounced,
            "notices_failed": facts.notices_failed,
            "overdue": facts.promises_overdue,
            "clocks_waiting": facts.clocks_waiting,
            "open_tickets": facts.open_tickets,
            "server_actions_owed": facts.server_actions_owed,
        }
        ages = {"oldest_unfiled_s": round(facts.oldest_unfiled_s), "oldest_letter_s": round(facts.oldest_letter_s)}
        known = {box.name for box in app.desks.active().mailboxes}
        out = dict(facts.outgoing)
        readers = [_reader_json(one, out.get(one.mailbox)) for one in facts.readers if one.mailbox in known]
        emit({"level": report.level, "items": items, "counts": counts, "ages": ages, "mailboxes": readers})
    else:
        for item in report.items:
            write_line(f"{item[3]:5} {item[0]}: {item[place]}")
    return 1 if report.level == "error" else 0


def _reader_json(one: MailboxFacts, outgoing: float | None) -> dict[str, object]:
    return {
        "name": one.mailbox,
        "state": one.state,
        "silent_s": round(one.silent_s),
        "announced_s": None if one.announced_s is None else round(one.announced_s),
        "certificate_s": None if one.certificate_s is None else round(one.certificate_s),
        "certificate_out_s": None if outgoing is None else round(outgoing),
        "holder": one.holder,
        "progress": one.progress,
    }


def migrate(ctx: typer.Context) -> None:
    """升级数据库 · Bring the database to this version's schema."""
    from store.migrate import migrate as upgrade

    call = call_of(ctx)
    version = upgrade(read_machine(call.find_home().path).database)
    say(f"数据库版本 {version} (schema version)")
    call.answer({"schema": version})


def reindex(ctx: typer.Context) -> None:
    """重建搜索索引，运行中也可以 · Make the search's index anew, also while the service runs."""
    call = call_of(ctx)
    with call.app() as app:
        done = make_anew(app.context, lambda so_far: say(f"已编入 {so_far} (messages so far)"))
    emit({"messages": done}) if call.wants_json else write_line(f"已编入 {done} 条消息 (messages indexed)")


def backup(ctx: typer.Context, file: Path = typer.Argument(..., parser=path_of, metavar="FILE")) -> None:
    """备份数据库（不含钥匙环） · Back the database up; the key ring is left out and must be kept apart."""
    from store.backup import backup as save

    call = call_of(ctx)
    machine = read_machine(call.find_home().path)
    with cleanly_ended():
        done = save(machine.database, file)
    say(f"钥匙环不在备份里，请另外保存：{machine.key_ring} (the key ring is not in the backup: keep it apart)")
    call.answer({"file": str(file), "size": done.size, "schema": done.schema}, str(file))


def restore(ctx: typer.Context, file: Path = typer.Argument(..., parser=path_of, metavar="FILE")) -> int:
    """从备份恢复到空的数据库 · Restore a backup into an empty database."""
    from store.backup import restore as load

    call = call_of(ctx)
    home = call.find_home()
    machine = read_machine(home.path)
    erased = journal_of(home).keys()
    done = load(file, machine.database, unfinished=bool(erased))
    say(f"已恢复；需要原来的钥匙环 {machine.key_ring} (restored; it needs the key ring it was written with)")
    missing: list[int] = []
    try:
        missing = _look_at_restored(call, machine, erased)
    except KeyRingProblem as error:
        if erased:
            raise
        say(f"huiying: {error.message}")
    call.answer({"file": str(file), "schema": done.schema, "missing_keys": missing})
    return 1 if missing else 0


def _look_at_restored(call: Call, machine: MachineSettings, erased: tuple[bytes, ...]) -> list[int]:
    """The data keys that are missing. Whoever was erased since the backup is erased again: if that fails, nobody opens
    what was restored."""
    from store.backup import finish

    with call.app(unfinished=True) as app:
        missing = _missing_keys(app, machine)
        if missing:
            say(f"钥匙环里没有数据钥匙 {missing}：请放回备份当时的钥匙环，再恢复到一个空数据库")
            say("(these data keys are missing: put back the key ring of that time, and restore into an empty database)")
        if erased:
            again = erase_again(app.context, erased, operator())
            with app.store.read() as tx:
                unread = tx.sealed.met()
            if missing and unread:
                raise KeyRingProblem(
                    f"没有数据钥匙 {missing}，删除过的客户没有全部删去"
                    f" (without data keys {missing} not all of the erased customers could be erased again)",
                    hint="放回备份当时的钥匙环，再恢复到一个空数据库 (put back that key ring, and restore again)",
                )
            finish(machine.database)
            say(f"备份之后删除过的客户已重新删除：{again} (customers erased since the backup were erased again)")
    return missing


def _missing_keys(app: App, machine: MachineSettings) -> list[int]:
    """What a damaged value begins with is no number of a key."""
    with app.store.read() as tx:
        newest = tx.sealed.newest()
    ring = load_key_ring(Path(machine.key_ring))
    return sorted(number for number in sealed_by(app.context) if 0 < number <= newest and number not in ring.data)


COMMANDS = (init, check, doctor, status, migrate, reindex, backup, restore)
