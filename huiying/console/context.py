"""What the console is handed when it is built, and what it needs from outside besides the flows' context."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.bundle import BundleFiles
from core.domain.settings import MailboxSettings
from huiying.flows.backtest import Backtest, OnProgress
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.reconcile import Reconciled


class Passwords(Protocol):
    """Hashes and checks passwords; both are slow on purpose."""

    def hash(self, password: str) -> str: ...

    def verify(self, password: str, hashed: str) -> tuple[bool, str | None]:
        """Whether it is the password, and a fresh hash when the stored one should be replaced."""
        ...


class HealthReport(Protocol):
    """How the service is: ``level`` is ok, warn or error; ``items`` are (code, Chinese, English, level)."""

    @property
    def level(self) -> str: ...

    @property
    def items(self) -> Sequence[tuple[str, str, str, str]]: ...


class CustomerLetter(Protocol):
    """A letter as a customer received it (demo only). ``html`` is as sent; ``raw`` is the whole source."""

    @property
    def number(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def to(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...


class Folder(Protocol):
    """The configuration folder: what it holds now, and how it is made to follow."""

    def holds(self, *files: BundleFiles) -> bool: ...

    def write(self, files: BundleFiles) -> None: ...


class MailServers(Protocol):
    """What people ask of mail servers; each call opens a connection and raises ``Unavailable`` when it cannot."""

    def fetch(self, ledger_id: int, actor: str, /) -> int:
        """The whole of a mail that was too large; its size in bytes."""
        ...

    def reconcile(self, box: MailboxSettings, /, *, repair: bool) -> Iterable[Reconciled]:
        """Each folder of a mailbox compared with the ledger."""
        ...


class RunBacktest(Protocol):
    """Tries a desk beside the active one on the mail of a time."""

    def __call__(self, other: Desk, since: datetime, until: datetime, on_progress: OnProgress, /) -> Backtest: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleContext:
    """``shutdown`` ends every open stream; ``inbox`` lists the letters that customers received, newest first,
    and exists in the demo only. ``backtest`` tries a desk on stored mail on every core; without it the console does so
    itself. ``folder`` is the one that is mirrored; it follows what a page published, and ``take_up`` puts that in
    force in this process at once: the next page shows it.
    ``metrics_token`` is what a monitor has to show; '' where only this machine may look.
    ``servers`` reaches mail servers; a console without has no buttons for it."""

    context: Context
    passwords: Passwords
    shutdown: threading.Event
    version: str
    health: Callable[[], HealthReport]
    inbox: Callable[[], Sequence[CustomerLetter]] | None = None
    backtest: RunBacktest | None = None
    folder: Folder | None = None
    take_up: Callable[[], object] | None = None
    metrics_token: Callable[[], str] = str
    servers: MailServers | None = None
