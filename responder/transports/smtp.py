"""Sends composed letters over kept SMTP connections and says what the server answered to each (RFC 5321)."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from datetime import datetime
from itertools import zip_longest
from typing import Any

from core.domain.errors import HuiyingError, TransportUnavailable
from core.domain.letter import Delivery, Outcome, OutgoingMail, SendLimit
from core.domain.settings import ServerSettings
from responder.transports.account import FULL, UNLIMITED, Account, Login, NotConnected
from responder.transports.conversation import Answer, printable

_CLOSE_SECONDS = 1.5
_CANCEL_SECONDS = 0.4


class SmtpTransport:
    """One thread with an event loop; a few kept connections for each account, shared by all its letters.

    ``accounts`` names the servers of a mailbox, the usual one first; ``login`` reads a password or token when a
    connection is made. Where an account cannot be reached the next one takes the letter; a letter that none takes is
    deferred with the reason, so that it never holds up another.
    """

    def __init__(
        self,
        accounts: Callable[[str], Sequence[ServerSettings]],
        login: Login,
        now: Callable[[], datetime],
        *,
        timeout: float = 30.0,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        admit: Callable[[SendLimit], bool] = lambda _: True,
    ) -> None:
        self._settings_of = accounts
        self._login = login
        self._now = now
        self._timeout = timeout
        self._tls = tls
        self._admit = admit
        self._accounts: dict[ServerSettings, Account] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]:
        """One outcome a letter, in their order. Raises ``TransportUnavailable`` once closed."""
        if not letters:
            return ()
        loop = self._running()
        future: Future[tuple[Delivery, ...]] = asyncio.run_coroutine_threadsafe(self._send(letters), loop)
        try:
            return future.result()
        except CancelledError:
            return tuple(self._cut_off(letter) for letter in letters)

    def room(self, mailbox: str) -> int:
        """What the account that is asked first takes now."""
        first = self._first(mailbox)
        return UNLIMITED if first is None else first.takes()

    def limit(self, mailbox: str) -> SendLimit | None:
        """Of the account that is asked first."""
        first = self._first(mailbox)
        return None if first is None else first.limit()

    def _first(self, mailbox: str) -> Account | None:
        every = [self._account(settings) for settings in self._settings_of(mailbox)]
        return min(every, key=Account.is_away, default=None)

    def close(self) -> None:
        """Lets what is under way finish for a moment, then hangs up; done within two seconds."""
        with self._lock:
            loop, thread, self._closed = self._loop, self._thread, True
        if loop is None or thread is None or not thread.is_alive():
            return
        ending = asyncio.run_coroutine_threadsafe(self._hang_up(), loop)
        try:
            ending.result(timeout=_CLOSE_SECONDS)
        except FutureTimeoutError:
            ending.cancel()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=_CANCEL_SECONDS)

    def _cut_off(self, letter: OutgoingMail) -> Delivery:
        answer = "发信通道已关闭 (closed while sending)"
        return Delivery(letter_id=letter.letter_id, at=self._now(), outcome=Outcome.UNCERTAIN, answer=answer)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                raise TransportUnavailable("发信通道已关闭 (the transport is closed)")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="smtp", daemon=True)
                self._thread.start()
            return self._loop

    async def _send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]:
        down: dict[ServerSettings, Answer] = {}
        counted = {letter.mailbox: self.limit(letter.mailbox) for letter in letters}
        turns = [asyncio.create_task(self._one(letter, down, counted[letter.mailbox])) for letter in in_turns(letters)]
        found = {delivery.letter_id: delivery for delivery in await asyncio.gather(*turns)}
        return tuple(found[letter.letter_id] for letter in letters)

    async def _one(
        self, letter: OutgoingMail, down: dict[ServerSettings, Answer], counted: SendLimit | None
    ) -> Delivery:
        begun = self._now()
        try:
            answer = await self._answer(letter, down, counted)
        except HuiyingError as error:
            answer = Answer(outcome=Outcome.DEFERRED, text=error.message)
        except ValueError as error:
            answer = Answer(outcome=Outcome.REFUSED, text=printable(str(error)))
        except Exception as error:  # noqa: BLE001  one letter's bug must not hide what became of the others
            # The letter may have gone out.
            answer = Answer(outcome=Outcome.UNCERTAIN, text=printable(repr(error)))
        at = self._now()
        return Delivery(
            letter_id=letter.letter_id,
            at=at,
            outcome=answer.outcome,
            code=answer.code,
            answer=answer.text,
            seconds=max(0.0, (at - begun).total_seconds()),
        )

    async def _answer(
        self, letter: OutgoingMail, down: dict[ServerSettings, Answer], counted: SendLimit | None
    ) -> Answer:
        """``counted`` is the limit of which the letter was taken; another account's is asked when it is that one's
        turn, so that a fall-back keeps its own over all processes."""
        every = [self._account(settings) for settings in self._settings_of(letter.mailbox)]
        found = Answer(outcome=Outcome.DEFERRED, text=f"信箱 {letter.mailbox} 没有发信服务器 (no outgoing server)")
        for account in sorted(every, key=Account.is_away):
            limit = account.limit()
            if limit is not None and limit != counted and not await asyncio.to_thread(self._admit, limit):
                found = Answer(outcome=Outcome.DEFERRED, text=FULL)
                continue
            try:
                return await account.deliver(letter, down)
            except NotConnected as error:
                found = error.answer
        return found

    def _account(self, settings: ServerSettings) -> Account:
        with self._lock:
            known = self._accounts.get(settings)
            if known is None:
                known = Account(settings, self._login, self._now, timeout=self._timeout, tls=self._tls)
                self._accounts[settings] = known
            return known

    async def _hang_up(self) -> None:
        await asyncio.gather(*(account.hang_up(_CLOSE_SECONDS / 3) for account in self._accounts.values()))


def in_turns(letters: Sequence[OutgoingMail]) -> list[OutgoingMail]:
    """One letter of each mailbox after the other, so that a mailbox with many does not keep the others waiting."""
    queues: dict[str, list[OutgoingMail]] = {}
    for letter in letters:
        queues.setdefault(letter.mailbox, []).append(letter)
    return [letter for turn in zip_longest(*queues.values()) for letter in turn if letter is not None]


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(_settle(left))
    finally:
        loop.close()


async def _settle(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Lets cancelled work end and closing sockets close."""
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0.01)
