"""What a flow needs from outside, in domain types only; joined in ``huiying/app/bootstrap.py``.

``store`` conforms to these structurally and mypy proves it where they are joined. A ``Transaction`` is
one database transaction: leaving it normally commits, an exception rolls all of it back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from core.domain.bundle import BundleFiles, BundleRecord
from core.domain.filing import AuditEntry
from core.domain.letter import (
    ClaimedLetter,
    Delivery,
    DeliveryResult,
    LetterFile,
    LetterIntent,
    LetterState,
    OutgoingMail,
    SendLimit,
)
from core.domain.mail import ParsedOrNot
from core.domain.notice import HookAnswer, HookMessage, NoticeChannel
from core.domain.people import Session, User, Worker
from core.domain.promise import Clock, Promise
from core.domain.settings import MailboxSettings
from core.domain.suggestion import MessageText, Suggestion
from huiying.flows.addresses import AddressMarks
from huiying.flows.api_access import ApiTokens
from huiying.flows.articles import Articles
from huiying.flows.care_progress import Care
from huiying.flows.erasures import Erasures
from huiying.flows.figures import Figures
from huiying.flows.handling import Analyses, Appraisals, Extensions, Parts, Tasks, Timers, Votes
from huiying.flows.key_dates import KeyDates
from huiying.flows.known_tickets import Tickets
from huiying.flows.mail_ledger import Ledger
from huiying.flows.noticeboard import Notices
from huiying.flows.oauth import Tokens
from huiying.flows.open_pages import Presences
from huiying.flows.reading import Views
from huiying.flows.registry import Corrections, Models, Precedents, Weeks
from huiying.flows.retention import Retention
from huiying.flows.saved_views import SavedViews
from huiying.flows.sealed import Sealed
from huiying.flows.sign_ins import SignIns
from huiying.flows.snoozes import Snoozes
from huiying.flows.word_index import WordIndex

Now = Callable[[], datetime]
"""Reads the clock: an aware UTC instant."""


class Promises(Protocol):
    def of_ticket(self, ticket_id: int) -> tuple[Promise, ...]: ...

    def live_of(self, ticket_ids: Collection[int], clock: Clock) -> tuple[Promise, ...]:
        """Their promises of that clock that run or pause."""
        ...

    def add(self, promises: Sequence[Promise]) -> None: ...

    def change(self, promises: Sequence[Promise]) -> None:
        """Writes changed promises WHERE version = theirs (stored + 1 then); ``Conflict`` else."""
        ...

    def due(self, now: datetime, limit: int) -> tuple[Promise, ...]:
        """Running promises whose ``warn_at`` has come, earliest first: by index, cost grows with what is due."""
        ...


class Outbox(Protocol):
    def add(self, intents: Sequence[LetterIntent]) -> None:
        """Files intents; one whose (ticket, kind, occasion) exists is ignored."""
        ...

    def add_files(self, letter_id: int, files: Sequence[LetterFile]) -> None:
        """Keeps the files of a letter, or of an internal note by its message's id, in their order."""
        ...

    def files_of(self, letter_id: int) -> tuple[LetterFile, ...]: ...

    def sent_to_address(self, address_key: str, since: datetime, lately: datetime) -> tuple[int, int]:
        """Automatic letters filed for that address since then, and those of them since ``lately``: the loop guard's
        caps."""
        ...

    def sent_to_customer(self, customer_id: int, since: datetime, lately: datetime) -> tuple[int, int]:
        """The same over all his tickets, whatever address each letter went to."""
        ...

    def care_since(self, customer_id: int, since: datetime) -> int:
        """Letters of care to him that were to leave since then."""
        ...

    def sent_any(self, address_keys: Collection[str], since: datetime) -> frozenset[str]:
        """Those for which ``sent_to_address`` finds any."""
        ...

    def claim(self, worker: int, now: datetime, limit: int, *, but: Collection[str] = ()) -> tuple[ClaimedLetter, ...]:
        """Claims due QUEUED letters (of no mailbox in ``but``) and abandoned SENDING ones (``resend``), attempts + 1;
        of one ticket only the earliest unsent letter. FOR UPDATE SKIP LOCKED on PostgreSQL. A letter that was claimed
        before and never composed comes alone."""
        ...

    def release(self, worker: int) -> int:
        """As ``Ledger.release``, for letters."""
        ...

    def composed(self, letters: Sequence[OutgoingMail], worker: int) -> None:
        """Stores the bytes and marks SENDING, one commit, before anything goes on the wire."""
        ...

    def complete(self, ends: Sequence[DeliveryResult], worker: int) -> frozenset[int]:
        """Records deliveries and ends their claims WHERE claim = worker; the letters that were still ours."""
        ...

    def clocks_owed(self, now: datetime, limit: int) -> tuple[tuple[LetterIntent, datetime], ...]:
        """Sent letters whose ticket's clocks are to be made up now, and when each was sent."""
        ...

    def owe_clocks(self, letter_id: int, at: datetime | None) -> None:
        """When that is tried again; None when it is done."""
        ...

    def unsealed(self) -> bool:
        """Whether letters of an older schema still stand with their words as they are."""
        ...

    def seal_old(self, limit: int) -> int:
        """Seals the variables of some of them; how many."""
        ...

    def fail(self, letter_id: int, worker: int, because: str, at: datetime) -> bool:
        """A letter that could not be composed: FAILED and visible."""
        ...

    def set_state(self, letter_id: int, state: LetterState, at: datetime) -> bool:
        """A person's word: HELD, FAILED, BOUNCED → QUEUED, QUEUED → HELD, → CANCELLED; a deferred letter that is
        queued again goes at once. False if not possible."""
        ...

    def revive(self, letter_id: int, state: LetterState, at: datetime) -> bool:
        """A letter whose cancelling was taken back: QUEUED or HELD as before; False when it is not cancelled."""
        ...

    def bounced(self, letter_id: int, code: str, at: datetime) -> LetterIntent | None:
        """A SENT letter came back; None when there is no such letter."""
        ...

    def put_off(self, letter_id: int, worker: int, until: datetime) -> bool:
        """Gives a claimed letter back without blame; it waits until then, or keeps its place."""
        ...

    def drop(self, letter_id: int, worker: int, because: str) -> bool:
        """A claimed letter that nobody may get any more: CANCELLED, with the reason."""
        ...

    def hold(self, letter_id: int, worker: int, because: str) -> bool:
        """A claimed letter that waits for a person: HELD, with the reason."""
        ...

    def progress_since(self, ticket_id: int, since: datetime) -> int:
        """Progress letters of that ticket that were to leave since then."""
        ...

    def bytes_of(self, letter_id: int) -> bytes | None: ...

    def intent(self, letter_id: int) -> LetterIntent | None: ...

    def next_due(self) -> datetime | None:
        """When the earliest QUEUED letter may go."""
        ...


class Accounts(Protocol):
    def room(self, limit: SendLimit, now: datetime) -> int:
        """How many letters more the account lets out in this minute, whoever sent the others. Until the transaction
        ends nobody else is told."""
        ...

    def note(self, account: str, letters: int, now: datetime) -> None:
        """So many go out now. After ``room``, in the same transaction."""
        ...


class Bundles(Protocol):
    def active(self) -> BundleRecord | None: ...

    def files(self, bundle_id: str) -> BundleFiles | None: ...

    def publish(self, files: BundleFiles, record: BundleRecord, expected_active: str) -> BundleRecord:
        """Stores the files (once per content) and makes them active; ``Conflict`` unless the active id is still
        ``expected_active`` ('' for none). The stored record with its serial."""
        ...

    def history(self, limit: int) -> tuple[BundleRecord, ...]: ...


class People(Protocol):
    def user(self, name: str, *, hold: bool = False) -> User | None:
        """``hold``: nobody else changes the user until this (writing) transaction ends."""
        ...

    def user_by_id(self, user_id: int) -> User | None: ...

    def users(self, *, hold: bool = False) -> tuple[User, ...]: ...

    def last_sign_ins(self) -> Mapping[int, datetime]:
        """When each user last signed in, by his id; without those who never did."""
        ...

    def save(self, user: User) -> None:
        """A new user, or one that is held; another role, password or being disabled ends his sessions."""
        ...

    def set_language(self, user_id: int, language: str) -> None: ...

    def rehash(self, user_id: int, old: str, new: str) -> None:
        """A stronger hash of the same password; nothing when the password was changed meanwhile."""
        ...

    def start_session(self, session: Session) -> None:
        """Forgets sessions that ended, and sign-ins of more than a day ago."""
        ...

    def session(self, token_hash: str, now: datetime) -> Session | None: ...

    def end_session(self, token_hash: str) -> None: ...

    def sessions(self, user_id: int, now: datetime) -> tuple[Session, ...]:
        """His open ones, the newest first."""
        ...

    def end_sessions(self, user_id: int, but: str = "") -> int:
        """All of his but the one with that token; how many."""
        ...

    def failed_sign_ins(self, key: str, since: datetime) -> int:
        """Failures for a name or network address (given as an opaque key) since then."""
        ...

    def note_sign_in(self, key: str, at: datetime, *, failed: bool) -> None: ...


class Audit(Protocol):
    def add(self, entries: Sequence[AuditEntry]) -> None: ...


class Workers(Protocol):
    def register(self, host: str, pid: int, started: float) -> Worker:
        """A new worker with a node number that no living worker has (for ``IdMaker``)."""
        ...

    def beat(self, worker_id: int) -> bool:
        """Says that a worker lives; False when it was buried meanwhile and must claim nothing more."""
        ...

    def know(self, worker_id: int, data_key: int) -> None:
        """Which data key a worker knows and writes with."""
        ...

    def known_keys(self) -> Mapping[int, int]:
        """The same of all, by worker."""
        ...

    def others(self, worker_id: int) -> tuple[Worker, ...]:
        """All other registered workers with their silence in seconds by the database's clock."""
        ...

    def bury(self, worker_id: int) -> int:
        """Removes a dead worker and frees its claims on mails, letters and notices; how many were freed."""
        ...

    def lease(self, name: str, worker_id: int, seconds: float) -> bool:
        """Takes or renews a named lease by the database's clock; False while another living worker has it."""
        ...

    def report(
        self,
        mailbox: str,
        state: str,
        *,
        certificate_until: datetime | None = None,
        announced: bool = False,
        progress: str = "",
    ) -> None:
        """A mailbox's state for the health strip; ``announced``: the server has just told of a mail."""
        ...

    def certificate_out(self, mailbox: str, until: datetime | None) -> None:
        """When the first certificate of the mailbox's outgoing servers ends; None takes what was known away."""
        ...


class Transaction(Protocol):
    """One database transaction with all repositories."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def promises(self) -> Promises: ...
    @property
    def parts(self) -> Parts: ...
    @property
    def analyses(self) -> Analyses: ...
    @property
    def extensions(self) -> Extensions: ...
    @property
    def timers(self) -> Timers: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def votes(self) -> Votes: ...
    @property
    def appraisals(self) -> Appraisals: ...
    @property
    def key_dates(self) -> KeyDates: ...
    @property
    def care(self) -> Care: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def addresses(self) -> AddressMarks: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def corrections(self) -> Corrections: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def models(self) -> Models: ...
    @property
    def precedents(self) -> Precedents: ...
    @property
    def weeks(self) -> Weeks: ...
    @property
    def bundles(self) -> Bundles: ...
    @property
    def people(self) -> People: ...
    @property
    def presences(self) -> Presences: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def snoozes(self) -> Snoozes: ...
    @property
    def saved_views(self) -> SavedViews: ...
    @property
    def api_tokens(self) -> ApiTokens: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def workers(self) -> Workers: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def sealed(self) -> Sealed: ...
    @property
    def words(self) -> WordIndex: ...
    @property
    def views(self) -> Views: ...


class Store(Protocol):
    def write(self) -> AbstractContextManager[Transaction]:
        """A writing transaction: BEGIN IMMEDIATE behind one fair in-process lock on SQLite."""
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """A reading transaction; writing in it is an error."""
        ...

    def changes(self) -> int:
        """A number that differs when another process committed something (cheap: data_version, or NOTIFY seen)."""
        ...


class Parser(Protocol):
    """Parses raw bytes: child processes in production, in-process in flow tests. Never raises for a mail."""

    def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]: ...

    def part(self, data: bytes, path: str) -> bytes | None:
        """The exact bytes of one attachment of a mail; None when there is none, or it cannot be taken out."""
        ...


class Suggester(Protocol):
    """Suggests fields for messages; abstains rather than raises."""

    @property
    def version(self) -> str: ...

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The values that it can say, by field."""
        ...

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]: ...


class Transport(Protocol):
    """Sends composed letters over kept connections; one outcome a letter, never an exception for one of them."""

    def room(self, mailbox: str) -> int:
        """How many letters of that mailbox its account's limit lets out now, as far as this process knows."""
        ...

    def limit(self, mailbox: str) -> SendLimit | None:
        """The limit of the account that is asked first, where it has one."""
        ...

    def send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]: ...

    def close(self) -> None: ...


class MailSigner(Protocol):
    """Puts the desk's own signature above a letter (DKIM), where its mailbox has a key."""

    def signed(self, box: MailboxSettings, data: bytes) -> bytes:
        """Raises ``SigningFailed``: a letter that should be signed does not leave without it."""
        ...


class Hooks(Protocol):
    """Channels of a group beside mail: webhooks and what Apprise speaks. One try; the flow tries again."""

    def send(self, channel: NoticeChannel, message: HookMessage) -> HookAnswer:
        """Raises ``Unavailable`` when an address or a key is not there."""
        ...


class Wake(Protocol):
    """Wakes a stage (kept, filed, letters, notices, due, config, models, changed) when another has work for it."""

    def ring(self, stage: str) -> None: ...

    def wait(self, stage: str, seconds: float) -> bool:
        """True when rung (or another process committed) before ``seconds`` passed."""
        ...
