"""Speaks IMAP with one mailbox folder: what is new, its exact bytes, what is done to it, and waiting for more."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from imapclient import SEEN, IMAPClient
from imapclient.imapclient import SENT as SENT_MARK

from core.domain.ledger import SENT, AfterFiling, ServerAction
from core.domain.mail import RawMail
from core.domain.settings import MailboxSettings
from ingest.sources.imap_problems import missing_folder, problem, translated
from ingest.sources.imap_wait import Waiter, told_meanwhile

_DELETED = b"\\Deleted"
_CHUNK = 20
_MOST_SEARCHES = 5
MOST_SEARCHED = 50_000
"""Mails that one SEARCH looks through: what it names comes in one line, and imaplib reads none over a million bytes."""
_DATES_CHUNK = 500
_CHUNK_BYTES = 32 << 20
BEGINNING = 256 << 10
"""Bytes that are fetched of a mail that is too large."""
_BEGUN = b"BODY[]<0>"
# What was asked for names a length, the answer does not (RFC 3501, 7.4.2).
_LENGTH = re.compile(r"\.\d+>$")

T = TypeVar("T")


class ImapMailbox:
    """One connection to one mailbox; conforms to ``ports.MailboxConnection``.

    Used by one thread; only ``interrupt``, ``break_off`` and ``busy_s`` may be used from another. Any
    ``MailboxUnavailable`` it raises means: throw it away, connect again and search; nothing is lost by that. Of a mail
    over ``largest`` bytes ``fetch`` gives the beginning.
    """

    def __init__(self, client: IMAPClient, box: MailboxSettings, largest: int) -> None:
        self._client = client
        self._box = box
        self._largest = largest
        self._busy_since = 0.0
        self.certificate_until = certificate_end(client.socket())
        self._waiter = Waiter(client)
        self._uidvalidity = self._uidnext = self._exists = 0

    def select(self, box: MailboxSettings) -> None:
        """What was sent is only looked at."""
        self._box = box
        selected = self._asked(lambda: self._client.select_folder(box.folder, readonly=box.is_sent))
        if b"UIDVALIDITY" not in selected:
            raise problem("refused", box.name, "SELECT without UIDVALIDITY")
        self._uidvalidity = int(selected[b"UIDVALIDITY"])
        self._uidnext = int(selected.get(b"UIDNEXT") or 0)
        self._exists = int(selected.get(b"EXISTS") or 0)
        # SELECT counts the mails too; that is no announcement.
        told_meanwhile(self._client)

    def sent_folder(self) -> str:
        return self._asked(lambda: self._client.find_special_folder(SENT_MARK)) or ""

    @property
    def uidvalidity(self) -> int:
        return self._uidvalidity

    @property
    def uidnext(self) -> int:
        if not self._uidnext:
            status = self._asked(lambda: self._client.folder_status(self._box.folder, ["UIDNEXT"]))
            self._uidnext = int(status[b"UIDNEXT"])
        return self._uidnext

    @property
    def last_announced(self) -> float:
        return self._waiter.last_announced

    @property
    def idles(self) -> bool:
        """Whether the server announces mail by itself; else it is polled."""
        return self._waiter.idles

    def uids_after(self, uid: int) -> tuple[int, ...]:
        # "n:*" always names the last mail too, even when its UID is smaller (RFC 3501, 6.4.8).
        return tuple(one for one in self._searched(["UID", f"{uid + 1}:*"]) if one > uid)

    def uids_since(self, date_: datetime) -> tuple[int, ...]:
        """By INTERNALDATE; the server's SINCE knows days of its own zone only, so it is asked for a day more."""
        day = (date_.astimezone(UTC) - timedelta(days=1)).date()
        found = self._searched(["SINCE", day])
        uids: list[int] = []
        for at in range(0, len(found), _DATES_CHUNK):
            dates = self._fetched(found[at : at + _DATES_CHUNK], "INTERNALDATE")
            uids += [uid for uid, answer in dates.items() if answer[b"INTERNALDATE"] >= date_]
        return tuple(sorted(uids))

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMail]:
        for at in range(0, len(uids), _CHUNK):
            sizes = self._fetched(uids[at : at + _CHUNK], "RFC822.SIZE")
            fitting = {uid: int(answer[b"RFC822.SIZE"]) for uid, answer in sizes.items()}
            yield from self._beginnings({uid: size for uid, size in fitting.items() if size > self._largest})
            for group in _groups({uid: size for uid, size in fitting.items() if size <= self._largest}):
                answers = self._fetched(group, "BODY.PEEK[]", "INTERNALDATE")
                # A mail deleted meanwhile is absent, or its body is NIL.
                yield from (self._mail(uid, one) for uid, one in answers.items() if one.get(b"BODY[]") is not None)

    def _beginnings(self, sizes: Mapping[int, int]) -> Iterator[RawMail]:
        """Headers and the first text of mails that are too large: enough for a ticket, never the whole in memory."""
        for uid, size in sizes.items():
            answers = self._fetched([uid], f"BODY.PEEK[]<0.{BEGINNING}>", "INTERNALDATE")
            for answer in answers.values():
                if answer.get(_BEGUN) is not None:
                    yield replace(self._mail(uid, answer, _BEGUN), whole=size)

    def read_back(self, uid: int) -> bytes:
        """The mail's bytes as the server holds them now, to compare before a delete; b'' when it is gone."""
        answer = self._fetched([uid], "BODY.PEEK[]").get(uid, {})
        return bytes(answer.get(b"BODY[]") or b"")

    def apply(self, actions: Sequence[ServerAction], move_to: str) -> tuple[int, ...]:
        """Actions for another folder or UIDVALIDITY are done: those UIDs name nothing any more."""
        done: list[int] = []
        by_kind: dict[AfterFiling, list[ServerAction]] = {}
        for action in actions:
            if action.folder == self._box.folder and action.uidvalidity == self.uidvalidity:
                by_kind.setdefault(action.action, []).append(action)
            else:
                done.append(action.ledger_id)
        for kind, group in by_kind.items():
            uids = sorted(action.uid for action in group)
            self._asked(partial(self._do, kind, uids, move_to))
            done += [action.ledger_id for action in group]
        return tuple(done)

    def wait(self, seconds: float) -> bool:
        with translated(self._box):
            return self._waiter.wait(seconds)

    def interrupt(self) -> None:
        self._waiter.interrupt()

    def break_off(self) -> None:
        try:
            # Not by way of TLS, which would have to wait for the thread that reads.
            socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)
        except OSError:
            # It was gone already.
            return

    @property
    def busy_s(self) -> float:
        since = self._busy_since
        return time.monotonic() - since if since else 0.0

    def close(self) -> None:
        """Logs out politely but not for long; never raises."""
        try:
            self._client.socket().settimeout(2.0)
            self._client.logout()
        except Exception:  # noqa: BLE001  (see below)
            # Whatever state the connection is in, it is over.
            shut(self._client)
        self._waiter.close()

    def _mail(self, uid: int, answer: Mapping[bytes, Any], body: bytes = b"BODY[]") -> RawMail:
        return RawMail(
            source=SENT if self._box.is_sent else "imap",
            mailbox=self._box.name,
            folder=self._box.folder,
            uidvalidity=self.uidvalidity,
            uid=uid,
            arrived=answer[b"INTERNALDATE"].astimezone(UTC),
            data=bytes(answer[body]),
        )

    def _searched(self, criteria: list[Any]) -> list[int]:
        """Repeated while the answer itself announces mails that it did not search."""
        told_meanwhile(self._client)
        for _ in range(_MOST_SEARCHES):
            found = self._found(criteria)
            if not told_meanwhile(self._client):
                break
        return sorted(found)

    def _found(self, criteria: list[Any]) -> set[int]:
        """In a large mailbox so many mails at a time: the UIDs at which its parts begin are asked first, so that what
        is expunged meanwhile moves no mail from one part to another."""
        if self._exists <= MOST_SEARCHED:
            return set(map(int, self._asked(lambda: self._client.search(criteria))))
        found: set[int] = set()
        begins = [1, *self._begins()[1:]]
        for low, following in zip(begins, [*begins[1:], 0], strict=True):
            part = ["UID", f"{low}:{following - 1 if following else '*'}"]
            # "n:*" names the last mail even when its UID is smaller.
            found |= {
                uid for uid in map(int, self._asked(partial(self._client.search, [*criteria, *part]))) if uid >= low
            }
        return found

    def _begins(self) -> list[int]:
        """The UIDs of the first mail and of each that stands so many further on."""
        places = list(range(1, self._exists + 1, MOST_SEARCHED))
        self._client.use_uid = False
        try:
            answers = self._asked(lambda: self._client.fetch(places, ["UID"]))
        finally:
            self._client.use_uid = True
        return sorted({int(one[b"UID"]) for one in answers.values() if b"UID" in one})

    def _fetched(self, uids: Sequence[int], *what: str) -> dict[int, Mapping[bytes, Any]]:
        """Answers by UID with all that was asked for: vanished mails are absent, unsolicited answers lack parts."""
        wanted = [_LENGTH.sub(">", one.replace(".PEEK", "")).encode() for one in what]
        answers = self._asked(lambda: self._client.fetch(list(uids), list(what)))
        return {int(uid): one for uid, one in sorted(answers.items()) if all(name in one for name in wanted)}

    def _do(self, kind: AfterFiling, uids: list[int], move_to: str) -> None:
        if kind is AfterFiling.SEEN:
            self._client.add_flags(uids, [SEEN], silent=True)
        elif kind is AfterFiling.MOVE:
            self._move(uids, move_to)
        elif kind is AfterFiling.DELETE:
            self._delete(uids)

    def _move(self, uids: list[int], move_to: str) -> None:
        if not move_to:
            raise missing_folder("move_to")
        if not self._client.folder_exists(move_to):
            self._client.create_folder(move_to)
        if self._client.has_capability("MOVE"):
            self._client.move(uids, move_to)
        else:
            self._client.copy(uids, move_to)
            self._delete(uids)

    def _delete(self, uids: list[int]) -> None:
        """Without UIDPLUS the mails stay flagged: a plain EXPUNGE would take what others have flagged too."""
        self._client.add_flags(uids, [_DELETED], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)

    def _asked(self, ask: Callable[[], T]) -> T:
        self._busy_since = time.monotonic()
        try:
            with translated(self._box):
                return ask()
        finally:
            self._busy_since = 0.0


def certificate_end(line: socket.socket) -> datetime | None:
    """When the server's certificate ends; None without TLS."""
    shown = line.getpeercert() if isinstance(line, ssl.SSLSocket) else None
    until = (shown or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None


def shut(client: IMAPClient) -> None:
    """Drops a connection, whatever state it is in."""
    try:
        client.shutdown()
    except Exception:  # noqa: BLE001  (see below)
        # The socket may be gone already; closing is all that was wanted.
        return


def _groups(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """UIDs in groups whose bytes together stay within what one answer may hold in memory."""
    group: list[int] = []
    total = 0
    for uid, size in sizes.items():
        if group and total + size > _CHUNK_BYTES:
            yield group
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group
