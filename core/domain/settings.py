"""Settings as values: mailboxes, servers and the machine's own (DESIGN 4, last paragraph)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.domain.ledger import AfterFiling
from core.domain.letter import LettersMode


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How to reach an IMAP or SMTP server. The password itself is never configuration: it is read from the
    environment variable or file that is named. ``user`` '' means no login (SMTP only)."""

    host: str
    port: int
    tls: Tls = Tls.TLS
    user: str = ""
    password_env: str = ""
    password_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """One customer mailbox. ``start`` is "now", "all" or a date; ``after`` what happens on the server to a
    filed mail (``move_to`` names the folder of MOVE); ``display`` the sender's name on letters;
    of a mail over ``largest_mb`` the beginning is fetched."""

    name: str
    address: str
    imap: ServerSettings
    smtp: ServerSettings
    folder: str = "INBOX"
    start: str | date = "now"
    after: AfterFiling = AfterFiling.SEEN
    move_to: str = ""
    letters: LettersMode = LettersMode.HOLD
    display: str = ""
    aliases: tuple[str, ...] = ()
    largest_mb: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSettings:
    """``config/machine.yaml``: what differs between machines. Paths are absolute once read."""

    database: str
    listen: str = "127.0.0.1:8080"
    key_ring: str
    zone: str = "Asia/Shanghai"
