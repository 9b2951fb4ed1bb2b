"""What a mail is: the raw bytes' record, the parsed mail and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.protection import Protection, protections
from core.domain.said import Aids, Said


class Automatic(StrEnum):
    """Why a mail counts as written by a machine, in order of precedence (RFC 3834, RFC 3464)."""

    OWN = "own"
    BOUNCE = "bounce"
    REPORT = "report"
    AUTO_REPLY = "auto-reply"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One mailbox of a header; an absent name is the empty string. The address is kept as written."""

    name: str = ""
    address: str

    @property
    def key(self) -> str:
        """The form in which two addresses are compared: trimmed and lower case."""
        return self.address.strip().lower()

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]


PROGRAMS = frozenset(
    "application/x-msdownload application/x-elf application/java-vm application/java-archive text/x-shellscript "
    "application/x-ms-shortcut application/vnd.android.package-archive".split()
)
"""Types by the bytes that run when they are opened."""
RUNS = frozenset("exe com scr pif bat cmd vbs vbe js jse wsf hta ps1 msi jar apk lnk cpl reg".split())
"""Endings of names of such files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One leaf that is not shown as text. ``part`` is its path in the MIME tree, ``size`` in bytes; ``type`` is what
    its sender declared, ``sniffed`` what its bytes look like, '' where they say nothing."""

    part: str
    name: str
    type: str
    size: int
    sha256: str
    content_id: str = ""
    inline: bool = False
    sniffed: str = ""

    @property
    def is_program(self) -> bool:
        """Whether opening it runs something, whatever it is called."""
        return self.sniffed in PROGRAMS or self.name.rpartition(".")[2].lower() in RUNS

    @property
    def looks_else(self) -> str:
        """What the bytes look like where that is not what was declared."""
        return "" if self.sniffed == self.type.lower() else self.sniffed


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """A mail as fetched, before anything is understood.

    ``uid`` and ``uidvalidity`` are 0 for sources that have none; then ``folder`` names the file.
    ``arrived`` is the server's INTERNALDATE or the file's time; aware, UTC. ``whole`` is the size in bytes on the
    server where the mail is over the limit and ``data`` only its beginning; 0 when ``data`` is all.
    """

    source: str
    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    arrived: datetime
    data: bytes
    whole: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """A mail as understood. Message-IDs are without angle brackets; text never holds NUL or surrogates.

    ``text`` is everything visible, ``reply`` the writer's own words (without quote and signature).
    ``html`` is the sanitised HTML for display, empty when the mail had none. ``references`` are in header
    order. ``headers`` holds the few that rules and guards look at, lower-case names. ``content_key``
    identifies the same content sent again (DESIGN 3.3). ``defects`` are short codes with an optional
    detail after a colon, such as ``charset-guessed:gb18030``. ``said`` is what its masked words say to any desk, None
    where nobody looked, ``aids`` what was worked out with it.
    """

    message_id: str = ""
    subject: str = ""
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    date: datetime | None = None
    text: str = ""
    reply: str = ""
    html: str = ""
    has_html: bool = False
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    automatic: Automatic | None = None
    automatic_because: str = ""
    spam_because: str = ""
    language: str = "und"
    headers: tuple[tuple[str, str], ...] = ()
    content_key: str = ""
    defects: tuple[str, ...] = ()
    said: Said | None = None
    aids: Aids | None = None

    @property
    def protection(self) -> tuple[Protection, ...]:
        """How the mail is signed or encrypted; empty for nearly all."""
        return protections(self.defects)

    @property
    def named_ids(self) -> tuple[str, ...]:
        """Every Message-ID the mail names as an ancestor, nearest first, without repeats."""
        return tuple(dict.fromkeys((*self.in_reply_to, *reversed(self.references))))

    def header(self, name: str) -> str:
        """The first kept header of that (lower-case) name, or the empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unparsable:
    """No parse was possible: what a byte scan still found, and why. The mail becomes a stub ticket."""

    because: str
    subject: str = ""
    sender: Address | None = None
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedOrNot:
    """The answer of a parse: one of the two is set."""

    mail: ParsedMail | None = None
    failure: Unparsable | None = None
