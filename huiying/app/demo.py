"""Runs the demo: embedded servers, a temporary home, sample mails, the whole service (DESIGN 4)."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.domain.mail import Address
from core.domain.people import Role, User
from core.domain.ticket import Customer
from core.domain.views import MOST_ROWS
from huiying.app.bootstrap import App, open_app
from huiying.app.cli.commands.users import save
from huiying.app.cli.console import emit, say, write_line
from huiying.app.clock import now
from huiying.app.home import Home, complete_home, shipped_config
from huiying.app.logs import set_up_logs
from huiying.app.supervisor import Supervisor
from huiying.console.passwords import Argon2Passwords
from huiying.demo.feed import Feeder
from huiying.demo.home import ADDRESS, DemoServers, make_demo_home
from huiying.demo.imap import EmbeddedImap
from huiying.demo.inbox import DemoInbox
from huiying.demo.running import RunningDemo, announce, withdraw
from huiying.demo.samples import sample_mails
from huiying.demo.smtp import EmbeddedSmtp, MailDrop
from huiying.flows.article_file import import_shipped

VIP = ("zhouwenbo@huanan-retail.example.com", "周文博")
"""The sample customer whose account is 重点: his mails move up one priority."""
LEAST = {"mails": 44, "tickets": 25, "acknowledged": 20, "joined": 1, "silent": 5, "quarantined": 1}
"""What ``--once`` must have seen."""
DRAIN_S = 110.0
USER = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The embedded servers and the home that points at them."""

    imap: EmbeddedImap
    smtp: EmbeddedSmtp
    drop: MailDrop
    home: Home


def run_once(folder: Path | None, environ: Mapping[str, str]) -> int:
    """Feeds every sample, waits until all is done, prints one line; exit 1 when something is missing."""
    set_up_logs()
    began = time.monotonic()
    with _stage(folder) as stage, _open(stage.home, environ) as app:
        _know_vip(app)
        supervisor = Supervisor(app)
        supervisor.start()
        supervisor.ready(30)
        feeder = _feeder(stage)
        total = feeder.deliver_all()
        say(f"演示：{total} 封示例来信已放入邮箱 ({total} sample mails are in the mailbox)")
        quiet = _wait_until_done(app, supervisor, total)
        supervisor.end()
        report = _report(app, time.monotonic() - began)
    missing = lacking(report, quiet=quiet)
    if missing:
        report["because"] = "; ".join(missing)
        say(f"huiying: {report['because']}")
    emit(report)
    return 1 if missing else 0


def lacking(report: Mapping[str, object], *, quiet: bool) -> list[str]:
    """What ``--once`` promises and has not seen; ``quiet``: nothing was left to do in the end."""
    counts = {name: _count(report[name]) for name in LEAST}
    missing = [f"{name} {counts[name]} < {least}" for name, least in LEAST.items() if counts[name] < least]
    return missing if quiet else [*missing, f"not done within {DRAIN_S:.0f} s"]


def run_demo(folder: Path | None, environ: Mapping[str, str], port: int) -> int:
    """Serves until Ctrl-C, with the samples arriving over the first minute."""
    from huiying.app.web import Web

    set_up_logs()
    with _stage(folder) as stage, _open(stage.home, environ) as app:
        user, password = _demo_user(app)
        _know_vip(app)
        supervisor = Supervisor(app)
        inbox = DemoInbox(stage.smtp)
        web = Web(app, "127.0.0.1", port, supervisor.stop, inbox=inbox.letters)
        supervisor.start()
        import_shipped(app.context, user)
        supervisor.spawn("console", web.run)
        web.ready(30)
        running = RunningDemo(
            home=str(stage.home.path),
            address=ADDRESS,
            console=web.address,
            imap=stage.imap.address,
            smtp=stage.smtp.address,
            drop=stage.drop.address,
            pid=os.getpid(),
        )
        announce(running, environ)
        _welcome(running, password)
        supervisor.ready(30)
        feeder = _feeder(stage)
        feeder.start()
        try:
            return supervisor.run()
        finally:
            feeder.stop()
            withdraw(running, environ)


def _welcome(running: RunningDemo, password: str) -> None:
    host, port = running.drop
    write_line(f"控制台 console    {running.console}")
    write_line(f"用户 user         {USER}")
    write_line(f"密码 password     {password}")
    write_line(f"工作目录 home         {running.home}")
    write_line(f"客户收到的信 letters that customers received   {running.console}/demo/inbox")
    write_line(f'寄一封自己的信 your own mail   huiying demo send "…"   (SMTP {host}:{port}, to {running.address})')
    write_line("示例来信在一分钟内陆续到达，Ctrl-C 结束 · sample mails arrive over a minute, Ctrl-C ends it")


@contextmanager
def _stage(folder: Path | None) -> Iterator[Stage]:
    """Servers and home; a temporary home is removed at the end."""
    with ExitStack() as stack:
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="huiying-demo-")) / "home"
            stack.callback(shutil.rmtree, folder.parent, ignore_errors=True)
        password = secrets.token_urlsafe(12)
        imap = stack.enter_context(EmbeddedImap(now, password=password))
        smtp = stack.enter_context(EmbeddedSmtp(now, time.monotonic))
        drop = stack.enter_context(MailDrop(imap, ADDRESS))
        servers = DemoServers(imap=imap.address, smtp=smtp.address, user=imap.user, password=password)
        home = Home(make_demo_home(folder, shipped_config(), servers))
        complete_home(home)
        yield Stage(imap=imap, smtp=smtp, drop=drop, home=home)


@contextmanager
def _open(home: Home, environ: Mapping[str, str]) -> Iterator[App]:
    app = open_app(home, environ, works=True)
    try:
        yield app
    finally:
        app.close()


def _know_vip(app: App) -> None:
    """The desk knows one important customer before his first mail, as a team would."""
    address = Address(name=VIP[1], address=VIP[0])
    with app.store.write() as tx:
        if tx.tickets.customer_by_address(address.key) is None:
            tx.tickets.save_customer(Customer(id=app.context.ids(), name=VIP[1], address=address, level="VIP"))


def _feeder(stage: Stage) -> Feeder:
    return Feeder(stage.imap, sample_mails(), now=now, run=secrets.token_hex(4))


def _demo_user(app: App) -> tuple[User, str]:
    """A user with a random password, made anew at each start."""
    password = secrets.token_urlsafe(9)
    with app.store.read() as tx:
        known = tx.people.user(USER)
    user = User(
        id=known.id if known else app.context.ids(),
        name=USER,
        display="演示客服",
        role=Role.ADMIN,
        password_hash=Argon2Passwords().hash(password),
    )
    save(app, user, "user.password" if known else "user.add")
    return user, password


def _wait_until_done(app: App, supervisor: Supervisor, total: int) -> bool:
    """Whether every mail was filed and every letter sent before the time was up."""
    deadline = time.monotonic() + DRAIN_S
    while time.monotonic() < deadline and not supervisor.stop.is_set():
        with app.store.read() as tx:
            totals, facts = tx.views.totals(), tx.views.health()
        if totals["mails"] >= total and not facts.unfiled and not facts.letters_queued:
            return True
        time.sleep(0.1)
    return False


def _report(app: App, seconds: float) -> dict[str, object]:
    with app.store.read() as tx:
        totals = tx.views.totals()
        silent = tx.views.silent("", MOST_ROWS).rows
    return {
        "mails": totals["mails"],
        "tickets": totals["tickets"],
        "acknowledged": totals["acknowledged"],
        "joined": totals["joined"],
        "silent": [{"id": row.id, "because": row.silent_because} for row in silent],
        "quarantined": totals["quarantined"],
        "seconds": round(seconds, 2),
    }


def _count(value: object) -> int:
    return len(value) if isinstance(value, list) else int(str(value))
