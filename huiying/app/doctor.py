"""Examines a home from outside: can we log in, send and write, and is the calendar there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from core.domain.errors import HuiyingError
from core.domain.settings import DkimSettings, MachineSettings, MailboxSettings
from core.settings.secrets import is_open_to_others
from huiying.app.bootstrap import App
from huiying.app.clock import now
from huiying.app.mailboxes import at_home, open_box
from huiying.flows.desk import Desk
from huiying.flows.health import given_up, unreadable

CALENDAR_DAYS = 60
ENDING_DAYS = 14


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
        findings += examine_mailbox(app, box)
    if not desk.mailboxes:
        zh, en = "还没有邮箱：config/mailboxes.yaml", "no mailbox yet: config/mailboxes.yaml"
        findings.append(Finding(check="mailboxes", ok=False, zh=zh, en=en))
    until = desk.calendar.known_until
    known = now().date() + timedelta(days=CALENDAR_DAYS) <= until
    zh, en = f"节假日安排到 {until}", f"public holidays known until {until}"
    if not known:
        zh += f"；公布后运行 huiying calendar generate {until.year + 1}"
        en += f"; once announced, run huiying calendar generate {until.year + 1}"
    others = (
        _user(app),
        *_given_up(app),
        *_unreadable(app),
        *_proxy(app),
        *open_secrets(app.home.path, secret_files(app.machine, desk)),
    )
    return (*findings, Finding(check="calendar", ok=known, zh=zh, en=en), *others)


def examine_mailbox(app: App, box: MailboxSettings) -> tuple[Finding, ...]:
    """Both servers of one mailbox, and what of it ends soon."""
    certificate, imap = _imap(app, box) if box.is_polled else (None, _pushed(app, box))
    outgoing, smtp = _smtp(app, box)
    with app.store.read() as tx:
        token = tx.tokens.of(box.name) if box.oauth else None
    secret = box.oauth.secret_until if box.oauth else None
    ends = (
        ("certificate", "服务器证书", "the server's certificate", certificate),
        ("certificate-out", "发信服务器证书", "the outgoing server's certificate", outgoing),
        ("token", "登录令牌", "the refresh token", token.refresh_until if token else None),
        ("secret", "应用密钥", "the application's secret", datetime.combine(secret, time(), UTC) if secret else None),
    )
    several = len(box.dkim) > 1
    signing = (_dkim(app, f"{box.name}:{key.selector}" if several else box.name, key) for key in box.dkim)
    return (
        imap,
        smtp,
        *signing,
        *(_lasts(f"{what}:{box.name}", zh, en, at) for what, zh, en, at in ends if at),
    )


def _lasts(check: str, zh: str, en: str, until: datetime) -> Finding:
    day = until.date().isoformat()
    return Finding(
        check=check, ok=until - now() > timedelta(days=ENDING_DAYS), zh=f"{zh}到 {day}", en=f"{en} lasts until {day}"
    )


def _writable(app: App) -> Finding:
    try:
        with app.store.write() as tx:
            tx.workers.lease("doctor", 0, 0.0)  # a row that means nothing: a transaction without one begins no write
    except HuiyingError as error:
        return Finding(check="database", ok=False, zh=error.message, en=error.message)
    return Finding(check="database", ok=True, zh="数据库可写", en="the database can be written")


def _pushed(app: App, box: MailboxSettings) -> Finding:
    where = app.machine.lmtp
    zh = f"来信由邮件服务器经 LMTP 送到 {where}" if where else "imap: none，但 machine.yaml 里没有 lmtp"
    en = f"mail is handed over by LMTP at {where}" if where else "imap: none, but machine.yaml has no lmtp"
    return Finding(check=f"lmtp:{box.name}", ok=bool(where), zh=zh, en=en)


def _imap(app: App, box: MailboxSettings) -> tuple[datetime | None, Finding]:
    name = f"imap:{box.name}"
    try:
        connection = open_box(app, box)
        connection.close()
    except HuiyingError as error:
        return None, _refused(name, error)
    works = Finding(check=name, ok=True, zh="可以登录并打开文件夹", en="login and folder work")
    return connection.certificate_until, works


def _refused(check: str, error: HuiyingError) -> Finding:
    """What went wrong, with what helps."""
    words = f"{error.message} → {error.hint}" if error.hint else error.message
    return Finding(check=check, ok=False, zh=words, en=words)


def _smtp(app: App, box: MailboxSettings) -> tuple[datetime | None, Finding]:
    from responder.transports.probe import probe

    name = f"smtp:{box.name}"
    try:
        until = probe(at_home(app, box.smtp), app.secret(box.smtp) if box.smtp.user else "")
    except HuiyingError as error:
        return None, _refused(name, error)
    return until, Finding(check=name, ok=True, zh="可以登录发信服务器", en="the outgoing server accepts us")


def _dkim(app: App, name: str, settings: DkimSettings) -> Finding:
    """The key signs and its own record verifies; whether that record stands in the DNS is for the admin to see."""
    from responder.transports.dkim_signer import DkimSigner

    check = f"dkim:{name}"
    try:
        where, record = DkimSigner(app.environ, app.home.path).record(settings)
    except HuiyingError as error:
        return Finding(check=check, ok=False, zh=error.message, en=error.message)
    return Finding(check=check, ok=True, zh=f"DNS 记录 {where} TXT {record}", en=f"DNS record {where} TXT {record}")


def secret_files(machine: MachineSettings, desk: Desk) -> tuple[str, ...]:
    """Every file that the configuration names and that holds a password, a key or a token, once."""
    names = [machine.metrics_token_file, *(channel.url_file for channel in desk.notify.channels.values())]
    for box in desk.mailboxes:
        names += [server.password_file for server in (box.imap, box.smtp)]
        names += [box.oauth.secret_file if box.oauth else "", *(key.key_file for key in box.dkim)]
    return tuple(dict.fromkeys(name for name in names if name))


def open_secrets(home: Path, files: Sequence[str]) -> tuple[Finding, ...]:
    """One finding for each that others may read; the key ring refuses by itself."""
    paths = {name: home / Path(name).expanduser() for name in files}
    return tuple(
        Finding(
            check=f"secret:{name}",
            ok=False,
            zh=f"别人也能读 {path}：chmod 600 {path}",
            en=f"others may read {path}: chmod 600 {path}",
        )
        for name, path in paths.items()
        if is_open_to_others(path)
    )


def _user(app: App) -> Finding:
    with app.store.read() as tx:
        count = len(tx.people.users())
    zh = f"{count} 个用户" if count else "还没有用户：huiying user add"
    return Finding(check="users", ok=bool(count), zh=zh, en=f"{count} user(s)")


def _given_up(app: App) -> tuple[Finding, ...]:
    """Letters and notices that did not arrive and that nobody has seen to yet."""
    with app.store.read() as tx:
        facts = tx.views.health()
    return tuple(Finding(check=code, ok=False, zh=zh, en=en) for code, zh, en, _ in given_up(facts))


def _unreadable(app: App) -> tuple[Finding, ...]:
    with app.store.read() as tx:
        faults = tx.sealed.faults()
    return tuple(Finding(check=code, ok=False, zh=zh, en=en) for code, zh, en, _ in unreadable(faults))


def _proxy(app: App) -> tuple[Finding, ...]:
    """What the console noted of a proxy before it; nothing where it never saw one."""
    with app.store.read() as tx:
        rows = tx.views.audit("console:proxy", "", 1).rows
    if not rows:
        return ()
    told = dict(rows[0].details)
    if told.get("hides") != "yes":
        return (Finding(check="proxy", ok=True, zh="代理转告了来访者的地址", en="the proxy says who asks"),)
    where = told.get("proxy", "?")
    zh = (
        f"经代理 {where} 来的请求看不出是谁，登录限制把所有人算作一个："
        f"让代理发送 X-Forwarded-For，并设 FORWARDED_ALLOW_IPS={where}"
    )
    en = (
        f"requests through the proxy at {where} do not tell who asks, sign-in limits count everybody as one: "
        f"let it send X-Forwarded-For, and set FORWARDED_ALLOW_IPS={where}"
    )
    return (Finding(check="proxy", ok=False, zh=zh, en=en),)
