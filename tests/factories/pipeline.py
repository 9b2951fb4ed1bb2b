"""A whole desk for tests: shipped configuration with one mailbox, real store and flows, the outside in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from core.domain.bundle import BundleFiles
from core.domain.filing import Verdict
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.mail import RawMail
from core.domain.signer import Signer
from core.domain.views import LedgerRow, LetterRow, TicketDetail
from core.settings.folder import read_folder
from core.text.segment import Segmenter
from huiying.app.wake import Bells
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.deliver import deliver
from huiying.flows.desk import Desk
from huiying.flows.ports import Hooks, Suggester, Transport
from huiying.flows.receive import keep_files
from huiying.flows.triage import triage
from ingest.workers import InProcessParser
from responder.transports.dkim_signer import DkimSigner
from store.open import SqlStore
from tests.factories.beginnings import Beginning, Beginnings
from tests.fakes.hooks import MemoryHooks
from tests.fakes.keyword_suggester import KeywordSuggester
from tests.fakes.transport import MemoryTransport

SEGMENTER = Segmenter()
"""One dictionary for all tests of a process."""
CONFIG = Path(__file__).parents[2] / "config"
ADDRESS = "service@example.com"
MAILBOXES = """
- name: service
  address: service@example.com
  display: 示例公司客服中心
  imap: {host: 127.0.0.1, port: 1, tls: none, user: service, password_env: NONE}
  smtp: {host: 127.0.0.1, port: 1, tls: none}
  start: now
  letters: live
"""


def shipped_files(mailboxes: str = MAILBOXES) -> BundleFiles:
    """The shipped configuration with a mailbox added."""
    return BundleFiles(files={**read_folder(CONFIG).files, "mailboxes.yaml": mailboxes})


@lru_cache(maxsize=1)
def desk_with_mailbox() -> Desk:
    """That configuration, compiled once for all tests."""
    desk, problems = compile_desk(shipped_files())
    assert desk is not None and not problems, problems
    return desk


def with_letters(desk: Desk, mode: LettersMode) -> Desk:
    """The same desk with its mailboxes' letters live, held or off."""
    return replace(desk, mailboxes=tuple(replace(box, letters=mode) for box in desk.mailboxes))


def worker_context(
    store: SqlStore,
    keys: KeyRing,
    now: Callable[[], datetime],
    *,
    desk: Desk | None = None,
    transport: Transport | None = None,
    hooks: Hooks | None = None,
    suggester: Suggester | None = None,
    pid: int = 1,
) -> Context:
    """A registered worker's context over a real store; everything outside is in memory."""
    with store.write() as tx:
        worker = tx.workers.register("test", pid, 1.0)
    the_desk = desk or desk_with_mailbox()
    the_suggester = suggester or KeywordSuggester()
    return Context(
        store=store,
        now=now,
        ids=store.ids,
        signer=Signer(keys.signing, keys.signs_with),
        parser=InProcessParser([ADDRESS]),
        transport=transport or MemoryTransport(now),
        hooks=hooks or MemoryHooks(),
        mail_signer=DkimSigner({}, CONFIG),
        wake=Bells(),
        suggester=lambda: the_suggester,
        desk=lambda: the_desk,
        desk_of=lambda bundle: the_desk,
        segmenter=SEGMENTER,
        worker=worker.id,
    )


BODY = "您好，系统无法登录，一直提示错误 500。"


def a_mail(
    *,
    subject: str = "登录报错",
    body: str = "",
    sender: str = "王芳 <wang@example.cn>",
    mid: str = "m1@example.cn",
    reply_to: Sequence[str] = (),
    headers: Sequence[str] = (),
    zone: str = "+0800",
) -> bytes:
    """A plain mail in UTF-8; ``reply_to`` are the Message-IDs that it names. Without a ``body`` mails with different
    Message-IDs say different things: none is another again."""
    other = "" if mid in ("", "m1@example.cn") else f"\r\n{hashlib.sha256(mid.encode()).hexdigest()}"
    body = body or BODY + other
    lines = [f"From: {sender}", f"To: {ADDRESS}", f"Subject: {subject}", f"Date: Thu, 05 Mar 2026 10:00:00 {zone}"]
    lines += [f"Message-ID: <{mid}>"] if mid else []
    if reply_to:
        lines += [f"In-Reply-To: <{reply_to[-1]}>", "References: " + " ".join(f"<{one}>" for one in reply_to)]
    lines += [*headers, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
    lines += ["Content-Transfer-Encoding: 8bit", "", body, ""]
    return "\r\n".join(lines).encode()


class Office:
    """One worker and what tests ask it: mail comes in, letters go out, everything else is looked up."""

    def __init__(self, ctx: Context, beginnings: Beginnings | None = None) -> None:
        self.ctx = ctx
        self._beginning = Beginning(beginnings, ctx) if beginnings else None
        self._mails = 0

    def keep(self, *mails: bytes, at: datetime | None = None, mailbox: str = "service") -> tuple[int, ...]:
        """Keeps mails without filing them; their ledger ids."""
        raws = []
        for data in mails:
            self._mails += 1
            raws.append(
                RawMail(
                    source="files",
                    mailbox=mailbox,
                    folder=f"{self._mails}.eml",
                    uidvalidity=0,
                    uid=0,
                    arrived=at or self.ctx.now(),
                    data=data,
                )
            )
        return keep_files(self.ctx, raws)

    def bring(self, *mails: bytes) -> tuple[LedgerRow, ...]:
        """Mails through the whole pipeline, one after the other; their ledger rows."""
        if self._beginning is None:
            return self._bring(mails)
        brought = self._mails + len(mails)
        rows = self._beginning.bring(self.ctx, mails, lambda: self._bring(mails))
        self._mails = brought
        return rows

    def _bring(self, mails: Sequence[bytes]) -> tuple[LedgerRow, ...]:
        ids: list[int] = []
        for data in mails:
            ids += self.keep(data)
            self.work()
        return tuple(self.row(one) for one in ids)

    def work(self) -> None:
        """Files and sends until nothing is left to do."""
        while triage(self.ctx):
            pass
        while deliver(self.ctx):
            pass

    def row(self, ledger_id: int) -> LedgerRow:
        with self.ctx.store.read() as tx:
            row = tx.views.ledger_row(ledger_id)
        assert row is not None
        return row

    def ticket(self, number: str) -> TicketDetail:
        with self.ctx.store.read() as tx:
            detail = tx.views.ticket(number)
        assert detail is not None
        return detail

    def letters(self, state: str = "") -> tuple[LetterRow, ...]:
        with self.ctx.store.read() as tx:
            return tx.views.letters(state, "", 200).rows

    def unfiled(self) -> int:
        with self.ctx.store.read() as tx:
            return tx.views.health().unfiled

    def intents(self) -> int:
        """Letters of any state, at most 1,000 of them."""
        key, count = "", 0
        while True:
            with self.ctx.store.read() as tx:
                page = tx.views.letters("", key, 200)
            count += len(page.rows)
            key = page.next_key
            if not key or count >= 1000:
                return count

    def totals(self) -> dict[str, int]:
        with self.ctx.store.read() as tx:
            return dict(tx.views.totals())


def verdict_code(verdict: Verdict | LedgerRow) -> str:
    """The stable code at the beginning of a verdict's words."""
    words = verdict.because if isinstance(verdict, Verdict) else verdict.verdict
    return words.partition(" ")[0].rstrip(":")
