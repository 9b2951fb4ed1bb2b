"""Settings as values: mailboxes, servers and the machine's own (DESIGN 4, last paragraph)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from core.domain.ledger import AfterFiling
from core.domain.letter import LettersMode

AUTO, NONE = "auto", "none"
"""Words for ``sent_folder``: the one that the server marks, or none."""


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class OAuthFlow(StrEnum):
    """How the first token is got: a person types a code in a browser (RFC 8628), or the program signs in as itself
    (RFC 6749, 4.4)."""

    DEVICE = "device"
    APP = "app"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """Where access tokens come from. The client's secret is read from the variable or file that is named, '' for a
    public client; ``secret_until`` is its last day, if somebody wrote it down."""

    client_id: str
    token_url: str
    device_url: str = ""
    scope: str = ""
    flow: OAuthFlow = OAuthFlow.DEVICE
    secret_env: str = ""
    secret_file: str = ""
    secret_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How to reach an IMAP or SMTP server. The password itself is never configuration: it is read from the
    environment variable or file that is named. ``user`` '' means no login (SMTP only). With ``token_of``, a mailbox's
    name, that mailbox's access token signs in instead (XOAUTH2). ``ca_file`` names certificates to trust instead of
    the system's. For SMTP: how many ``connections`` are kept, and how many letters leave ``per_minute`` (0: as many as
    there are)."""

    host: str
    port: int
    tls: Tls = Tls.TLS
    user: str = ""
    password_env: str = ""
    password_file: str = ""
    token_of: str = ""
    ca_file: str = ""
    connections: int = 4
    per_minute: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSettings:
    """How letters are signed: the private key is read from the variable or file that is named.

    ``place`` is the line and column where the key is named."""

    selector: str
    domain: str
    key_env: str = ""
    key_file: str = ""
    place: tuple[int, int] = field(default=(1, 1), compare=False)


SPAM_HEADERS = (
    "x-spam-flag", "x-spam-status", "x-spam", "x-barracuda-spam-status", "x-bogosity", "x-qq-spam",
    "x-forefront-antispam-report", "x-ms-exchange-organization-scl",
)  # fmt: skip
"""Headers by which mail servers mark spam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """One customer mailbox. ``start`` is "now", "all" or a date; ``after`` what happens on the server to a
    filed mail (``move_to`` names the folder of MOVE); ``display`` the sender's name on letters;
    of a mail over ``largest_mb`` the beginning is fetched. ``provider`` names the preset that the servers are of.
    ``folders`` are all that are read, the most urgent first, () for ``folder`` alone; ``sent_folder`` is read too.
    ``smtp_also`` are the accounts that letters leave by when ``smtp`` cannot be reached, in this order.
    ``trusted_authserv`` names the servers whose Authentication-Results are believed (RFC 8601), ``spam_headers`` those
    headers by which ours marks spam. ``plus_address``: mail to the address with a tag (``desk+t12@…``) arrives, too."""

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
    provider: str = ""
    oauth: OAuthSettings | None = None
    folders: tuple[str, ...] = ()
    sent_folder: str = AUTO
    smtp_also: tuple[ServerSettings, ...] = ()
    dkim: tuple[DkimSettings, ...] = ()
    trusted_authserv: tuple[str, ...] = ()
    spam_headers: tuple[str, ...] = SPAM_HEADERS
    plus_address: bool = True

    @property
    def is_polled(self) -> bool:
        """Whether mail is fetched from a server; else it is handed over (LMTP)."""
        return bool(self.imap.host)

    @property
    def is_sent(self) -> bool:
        """Whether ``folder`` is the one that holds what was sent."""
        return self.folder == self.sent_folder

    @property
    def accounts(self) -> tuple[ServerSettings, ...]:
        """The outgoing ones, in the order in which they are asked."""
        return (self.smtp, *self.smtp_also)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSettings:
    """``config/machine.yaml``: what differs between machines. Paths are absolute once read.
    ``lmtp`` is where a mail server hands mail over: ``HOST:PORT``, ``unix:PATH``, '' for nowhere.
    ``metrics_token_env`` or ``metrics_token_file`` names what a monitor has to show; without, only this machine may
    look."""

    database: str
    listen: str = "127.0.0.1:8080"
    key_ring: str
    zone: str = "Asia/Shanghai"
    lmtp: str = ""
    metrics_token_env: str = ""
    metrics_token_file: str = ""
