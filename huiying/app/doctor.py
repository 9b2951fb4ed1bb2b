"""Examines a home from outside: can we log in, send and write, and is the calendar there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.domain.errors import HuiyingError
from core.domain.settings import MailboxSettings
from huiying.app.bootstrap import App
from huiying.app.clock import now

CALENDAR_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was tried. ``check`` is a stable name, such as ``imap:service``."""

    check: str
    ok: bool
    zh: str
    en: str

    def message(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


def examine(app: App) -> tuple[Finding, ...]:
    """Tries everything, whatever fails before."""
    findings = [_writable(app)]
    try:
        desk = app.desks.active()
    except HuiyingError as error:
        return (*findings, Finding(check="config", ok=False, zh=error.message, en=error.message))
    findings.append(Finding(check="config", ok=True, zh=f"配置 {desk.bundle}", en=f"configuration {desk.bundle}"))
    for box in desk.mailboxes:
        findings += [_imap(app, box), _smtp(app, box)]
    if not desk.mailboxes:
        zh, en = "还没有邮箱：config/mailboxes.yaml", "no mailbox yet: config/mailboxes.yaml"
        findings.append(Finding(check="mailboxes", ok=False, zh=zh, en=en))
    until = desk.calendar.known_until
    known = now().date() + timedelta(days=CALENDAR_DAYS) <= until
    zh, en = f"节假日安排到 {until}", f"public holidays known until {until}"
    if not known:
        zh += f"；公布后运行 huiying calendar generate {until.year + 1}"
        en += f"; once announced, run huiying calendar generate {until.year + 1}"
    return (*findings, Finding(check="calendar", ok=known, zh=zh, en=en), _user(app))


def _writable(app: App) -> Finding:
    try:
        with app.store.write() as tx:
            tx.tickets.lock_series("doctor")
    except HuiyingError as error:
        return Finding(check="database", ok=False, zh=error.message, en=error.message)
    return Finding(check="database", ok=True, zh="数据库可写", en="the database can be written")


def _imap(app: App, box: MailboxSettings) -> Finding:
    from ingest.sources.imap import open_mailbox

    name = f"imap:{box.name}"
    try:
        open_mailbox(box, app.password(box.imap)).close()
    except HuiyingError as error:
        return Finding(check=name, ok=False, zh=error.message, en=error.message)
    return Finding(check=name, ok=True, zh="可以登录并打开文件夹", en="login and folder work")


def _smtp(app: App, box: MailboxSettings) -> Finding:
    from responder.transports.probe import probe

    name = f"smtp:{box.name}"
    try:
        probe(box.smtp, app.password(box.smtp) if box.smtp.user else "")
    except HuiyingError as error:
        return Finding(check=name, ok=False, zh=error.message, en=error.message)
    return Finding(check=name, ok=True, zh="可以登录发信服务器", en="the outgoing server accepts us")


def _user(app: App) -> Finding:
    with app.store.read() as tx:
        count = len(tx.people.users())
    zh = f"{count} 个用户" if count else "还没有用户：huiying user add"
    return Finding(check="users", ok=bool(count), zh=zh, en=f"{count} user(s)")
