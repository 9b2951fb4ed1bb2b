"""A desk with mail on it, and the console in front of it, for tests and for looking at pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI

from core.domain.keys import KeyRing
from core.domain.letter import Delivery, LettersMode, Outcome, OutgoingMail
from core.domain.mail import ParsedOrNot, RawMail
from core.domain.people import Role, User
from core.domain.settings import MailboxSettings, ServerSettings, Tls
from core.domain.signer import Signer
from core.settings.folder import read_folder
from huiying.console.app import ConsoleContext, create_app
from huiying.console.passwords import Argon2Passwords
from huiying.flows.compile import compile_desk
from huiying.flows.context import Context
from huiying.flows.deliver import deliver
from huiying.flows.desk import Desk
from huiying.flows.health import health
from huiying.flows.receive import keep_files
from huiying.flows.triage import triage
from ingest.parse import parse_mail
from store.open import SqlStore
from tests.fakes.keyword_suggester import KeywordSuggester

CONFIG = Path(__file__).parents[2] / "config"
PASSWORD = "correct horse battery"
QUICK = Argon2Passwords(rounds=1, memory_kib=64, lanes=1)


class InlineParser:
    """Parses in this process."""

    def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]:
        return tuple(parse_mail(data) for data in batch)


class AcceptingTransport:
    """A mail server that takes every letter, and keeps it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.letters: list[OutgoingMail] = []

    def send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]:
        self.letters += letters
        return tuple(
            Delivery(letter_id=one.letter_id, at=self._now(), outcome=Outcome.SENT, code=250, answer="2.0.0 Ok: queued")
            for one in letters
        )

    def close(self) -> None: ...


class OneBell:
    """A bell for all stages."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self, stage: str) -> None:
        self._event.set()

    def wait(self, stage: str, seconds: float) -> bool:
        rung = self._event.wait(seconds)
        self._event.clear()
        return rung


@lru_cache(maxsize=1)
def shipped_desk() -> Desk:
    """The shipped configuration, compiled, with one mailbox that answers at once."""
    desk, problems = compile_desk(read_folder(CONFIG))
    assert desk is not None, problems
    server = ServerSettings(host="127.0.0.1", port=1, tls=Tls.NONE)
    box = MailboxSettings(
        name="support",
        address="support@example.com",
        imap=server,
        smtp=server,
        letters=LettersMode.LIVE,
        display="回应客服",
    )
    return replace(desk, mailboxes=(box,))


def a_context(store: SqlStore, keys: KeyRing, now: Callable[[], datetime]) -> Context:
    """A context over a real store, with everything else in memory."""
    suggester = KeywordSuggester()
    return Context(
        store=store,
        now=now,
        ids=store.ids,
        signer=Signer(keys.signing, keys.signs_with),
        parser=InlineParser(),
        transport=AcceptingTransport(now),
        wake=OneBell(),
        suggester=lambda: suggester,
        desk=shipped_desk,
        desk_of=lambda bundle: shipped_desk(),
        worker=0,
    )


def register(context: Context) -> Context:
    """The same context as a worker, so that it may claim mail and letters."""
    with context.store.write() as tx:
        worker = tx.workers.register("test", 1, 1.0)
    return replace(context, worker=worker.id)


def bring_mail(context: Context, mails: Sequence[tuple[bytes, datetime]], mailbox: str = "") -> None:
    """Mails through the real flows: kept, filed, acknowledged."""
    name = mailbox or context.desk().mailboxes[0].name
    raws = [
        RawMail(source="imap", mailbox=name, folder=f"INBOX/{i}", uidvalidity=0, uid=0, arrived=at, data=data)
        for i, (data, at) in enumerate(mails)
    ]
    keep_files(context, raws)
    while triage(context):
        pass
    while deliver(context):
        pass


def a_mail(
    subject: str = "登录报错",
    body: str = "您好，系统无法登录，一直提示错误 500。",
    sender: str = "王芳 <wang@example.cn>",
    *,
    mid: str = "1",
) -> bytes:
    """A plain mail in UTF-8."""
    head = f"From: {sender}\r\nTo: support@example.com\r\nSubject: {subject}\r\nMessage-ID: <{mid}@example.cn>\r\n"
    date = "Date: Thu, 05 Mar 2026 10:00:00 +0800\r\n"
    kind = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return (head + date + kind + body + "\r\n").encode()


def add_user(context: Context, name: str, role: Role = Role.AGENT, language: str = "zh-CN", display: str = "") -> User:
    user = User(
        id=context.ids(), name=name, display=display, role=role, language=language, password_hash=QUICK.hash(PASSWORD)
    )
    with context.store.write() as tx:
        tx.people.save(user)
    return user


def a_console(context: Context, *, shutdown: threading.Event | None = None, inbox=None) -> FastAPI:
    return create_app(
        ConsoleContext(
            context=context,
            passwords=QUICK,
            shutdown=shutdown or threading.Event(),
            version="0.1.0",
            health=lambda: health(context),
            inbox=inbox,
        )
    )


def spread(mails: Sequence[bytes], now: datetime, over: timedelta) -> list[tuple[bytes, datetime]]:
    """The mails with arrivals spread over the time before ``now``, oldest first."""
    step = over / max(1, len(mails))
    return [(data, now - over + step * (i + 1)) for i, data in enumerate(mails)]
