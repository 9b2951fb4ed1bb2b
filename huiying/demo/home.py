"""Decides what a demo's home holds: the shipped configuration and one mailbox that points at the embedded servers."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import BadInput
from core.settings.coverage import FILE as COVERAGE_FILE
from core.settings.coverage import with_coverage

ADDRESS = "support@demo.example"
"""Where customers write to; ``.example`` can never be anybody's (RFC 2606)."""

MAILBOX = "demo"
COMPANY = "云杉科技客户服务"

_LOGIN_FILE = "demo-password"
_FIRST_LINE = "# 演示用邮箱"
_MAILBOXES = (
    _FIRST_LINE
    + """：收发都走本机内嵌的 IMAP 与 SMTP，不连外网。
# The demo's mailbox: both ways go through the servers embedded in this process; nothing leaves this machine.
- name: {name}
  address: {address}
  display: {display}
  imap: {{host: {imap_host}, port: {imap_port}, tls: none, user: {user}, password_file: {password_file}}}
  smtp: {{host: {smtp_host}, port: {smtp_port}, tls: none}}
  folder: INBOX
  start: all
  letters: live
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServers:
    """Where the embedded servers listen and how the mailbox is opened."""

    imap: tuple[str, int]
    smtp: tuple[str, int]
    user: str
    password: str


def make_demo_home(home: Path, shipped: Path, servers: DemoServers) -> Path:
    """Makes ``home`` (or renews the mailbox of one that exists) and returns it.

    ``shipped`` is the configuration as shipped. What an admin has edited under ``home/config`` stays,
    except ``mailboxes.yaml``, which names this run's ports; ``BadInput`` when it names somebody's real
    mailboxes. ``data/`` is 0700, the password's file 0600.
    """
    config = home / "config"
    mailboxes = config / "mailboxes.yaml"
    if mailboxes.exists() and not _may_replace(mailboxes, shipped / "mailboxes.yaml"):
        raise BadInput(
            f"{mailboxes} 里有真实的邮箱，演示不会改动它。It names real mailboxes; the demo leaves it alone.",
            hint="换一个 --home / use another --home",
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "data").mkdir(mode=0o700, exist_ok=True)
    if not config.exists():
        shutil.copytree(shipped, config)
        policy = config / COVERAGE_FILE
        if policy.exists():
            policy.write_text(with_coverage(policy.read_text("utf-8"), "office"), encoding="utf-8")
    write_private(home / _LOGIN_FILE, servers.password + "\n")
    mailboxes.write_text(_mailboxes(servers), encoding="utf-8")
    return home


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _may_replace(mailboxes: Path, shipped: Path) -> bool:
    """Whether the file is an earlier demo's or still the shipped one."""
    present = mailboxes.read_text(encoding="utf-8", errors="replace")
    return present.startswith(_FIRST_LINE) or present == shipped.read_text(encoding="utf-8")


def _mailboxes(servers: DemoServers) -> str:
    return _MAILBOXES.format(
        name=MAILBOX,
        address=ADDRESS,
        display=COMPANY,
        imap_host=servers.imap[0],
        imap_port=servers.imap[1],
        smtp_host=servers.smtp[0],
        smtp_port=servers.smtp[1],
        user=json.dumps(servers.user, ensure_ascii=False),
        password_file=_LOGIN_FILE,
    )
