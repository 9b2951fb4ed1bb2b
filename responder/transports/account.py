"""Keeps a few connections to one outgoing server and hands each letter to a free one."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponse, SMTPResponseException

from core.domain.errors import HuiyingError
from core.domain.letter import Outcome, OutgoingMail, SendLimit
from core.domain.settings import ServerSettings, Tls
from responder.transports.conversation import Answer, Conversation, NothingSent, printable

_HELO = "[127.0.0.1]"
"""As an address literal (RFC 5321, 4.1.3): looking up our own name can take seconds where DNS is slow."""

_PAUSE = 0.02
_NO_SUCH_METHOD = (500, 502, 504, 534)


UNLIMITED = 1_000_000
_MINUTE, _AWAY = timedelta(minutes=1), timedelta(minutes=1)
_FIRST_REST, _LONGEST_REST = timedelta(seconds=10), timedelta(minutes=5)
"""How long a server that cannot be reached is left alone before one letter tries it again."""
_MOST_DOUBLED = 5
FULL = "发信账号到了每分钟上限 (the account's limit for this minute is reached)"


class Login(Protocol):
    """Where an account's password or access token comes from. Both are callable from any thread and may wait."""

    def secret(self, server: ServerSettings, /) -> str: ...

    def refused(self, server: ServerSettings, secret: str, /) -> None:
        """The server did not take that token: the next call brings another."""
        ...


class NotConnected(Exception):
    """No connection could be made, or none may be; ``answer`` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


class Account:
    """The kept connections of one ``ServerSettings``; lives in one event loop."""

    def __init__(
        self,
        settings: ServerSettings,
        login: Login,
        now: Callable[[], datetime],
        *,
        timeout: float,
        tls: Callable[[], ssl.SSLContext],
    ) -> None:
        self._settings = settings
        self._login = login
        self._now = now
        self._timeout = timeout
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        self._free = asyncio.Semaphore(settings.connections)
        self._left: deque[datetime] = deque()
        self._failed: datetime | None = None
        self._failures = 0
        self._idle: list[SMTP] = []
        self._busy: set[SMTP] = set()
        self._null_sender_refused = False

    async def deliver(self, letter: OutgoingMail, down: dict[ServerSettings, Answer]) -> Answer:
        """What became of a letter. ``down`` remembers for one call that the server could not be reached, so that
        the letters behind need not wait for the same timeout again. Raises ``NotConnected``: nothing of the letter went
        out, so that another account may take it."""
        async with self._free:
            if self._settings in down:
                raise NotConnected(down[self._settings])
            if self.room() <= 0:
                raise NotConnected(Answer(outcome=Outcome.DEFERRED, text=FULL))
            self._left.append(self._now())
            try:
                answer = await self._deliver(letter)
            except NotConnected as error:
                self._left.pop()
                self._failures += not self._rests()
                self._failed = self._now()
                down[self._settings] = error.answer
                raise
            self._failed, self._failures = None, 0
            return answer

    def takes(self) -> int:
        """How many letters may be handed to it now: what the limit lets out; none while it cannot be reached, and then
        one to try it, so that the others wait in their order."""
        if self._failed is None:
            return self.room()
        return 0 if self._rests() else min(1, self.room())

    def _rests(self) -> bool:
        if self._failed is None:
            return False
        rest = min(_FIRST_REST * (1 << min(self._failures - 1, _MOST_DOUBLED)), _LONGEST_REST)
        return self._now() - self._failed < rest

    def room(self) -> int:
        """How many letters the limit lets out now; callable from any thread."""
        since = self._now() - _MINUTE
        while self._left and self._left[0] <= since:
            self._left.popleft()
        return self._settings.per_minute - len(self._left) if self._settings.per_minute else UNLIMITED

    def limit(self) -> SendLimit | None:
        """Known by server and user: whoever signs in there as the same user has the same limit."""
        its = self._settings
        if not its.per_minute:
            return None
        name = f"{its.host.lower()}:{its.port}:{its.user.lower()}".encode()
        return SendLimit(account=hashlib.blake2b(name, digest_size=12).hexdigest(), per_minute=its.per_minute)

    def is_away(self) -> bool:
        """Whether it could not be reached a moment ago: another account is asked first."""
        return self._failed is not None and (self._rests() or self._now() - self._failed < _AWAY)

    async def try_out(self) -> None:
        """Connects and signs in, and keeps the connection. Raises ``NotConnected``."""
        self._idle.append(await self._connect())

    def certificate_until(self) -> datetime | None:
        """When the certificate of the server that was tried out ends; None without TLS."""
        there = (client for client in self._idle if client.is_connected)
        shown = next((client.get_transport_info("peercert") for client in there), None) or {}
        until = shown.get("notAfter")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None

    async def _deliver(self, letter: OutgoingMail) -> Answer:
        """Tries a kept connection first; when it proves to be gone before anything was sent, a fresh one."""
        kept = self._kept()
        if kept is not None:
            try:
                return await self._converse(kept, letter)
            except NothingSent:
                pass
        try:
            return await self._converse(await self._connect(), letter)
        except NothingSent as error:
            return Answer(outcome=Outcome.DEFERRED, code=error.code, text=error.text)

    def _kept(self) -> SMTP | None:
        while self._idle:
            client = self._idle.pop()
            if client.is_connected:
                return client
        return None

    async def _converse(self, client: SMTP, letter: OutgoingMail) -> Answer:
        self._busy.add(client)
        try:
            talk = Conversation(client, timeout=self._timeout)
            answer = await talk.send(letter, instead_of_null=self._return_path())
            self._null_sender_refused = self._null_sender_refused or talk.null_sender_refused
            return answer
        finally:
            self._busy.discard(client)
            if client.is_connected:
                self._idle.append(client)

    def _return_path(self) -> tuple[str, bool]:
        """What to give as return path where the null one is refused, and whether it is known to be: several large
        providers (163, QQ) accept only the address that signed in."""
        user = self._settings.user
        return (user if "@" in user else ""), self._null_sender_refused

    async def _connect(self) -> SMTP:
        settings = self._settings
        try:
            client = SMTP(
                hostname=settings.host,
                port=settings.port,
                local_hostname=_HELO,
                timeout=self._timeout,
                use_tls=settings.tls is Tls.TLS,
                start_tls=settings.tls is Tls.STARTTLS,
                tls_context=await self._tls_context(),
            )
            # A token may have to be fetched over the network.
            secret = await asyncio.to_thread(self._login.secret, settings) if settings.user else ""
            await client.connect()
            await self._signed_in(client, secret)
        except SMTPResponseException as error:
            raise NotConnected(_deferred(error.code, error.message)) from error
        except HuiyingError as error:
            raise NotConnected(_deferred(0, error.message)) from error
        except (SMTPException, OSError, ValueError, ssl.SSLError) as error:
            raise NotConnected(_deferred(0, str(error) or type(error).__name__)) from error
        return client

    async def _signed_in(self, client: SMTP, secret: str) -> None:
        """Raises what the server says; a token that it refuses is replaced once, by another connection."""
        settings = self._settings
        try:
            await (_with_token if settings.token_of else _sign_in)(client, settings.user, secret)
        except SMTPAuthenticationError:
            client.close()
            if settings.token_of:
                await asyncio.to_thread(self._login.refused, settings, secret)
            raise
        except BaseException:
            client.close()
            raise

    async def _tls_context(self) -> ssl.SSLContext | None:
        if self._settings.tls is Tls.NONE:
            return None
        if self._context is None:
            ca_file = self._settings.ca_file
            trust = partial(ssl.create_default_context, cafile=ca_file) if ca_file else self._tls
            self._context = await asyncio.to_thread(trust)
        return self._context

    async def hang_up(self, seconds: float) -> None:
        """Waits a moment for what is under way, says QUIT on idle connections and drops all."""
        await self._until_free(seconds)
        for client in tuple(self._busy):
            client.close()
        await self._until_free(0.2)
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_quit(client) for client in idle))

    async def _until_free(self, seconds: float) -> None:
        for _ in range(int(seconds / _PAUSE)):
            if not self._busy:
                return
            await asyncio.sleep(_PAUSE)


async def _with_token(client: SMTP, user: str, token: str) -> None:
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    if user:
        await client.auth_xoauth2(user, token)


async def _sign_in(client: SMTP, user: str, secret: str) -> None:
    """One method only unless the server says that it lacks it: trying all of them locks an account three times as
    fast, and hides the answer that mattered."""
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    if not user:
        return
    methods: dict[str, Callable[[str, str], Awaitable[SMTPResponse]]] = {
        "cram-md5": client.auth_crammd5,
        "plain": client.auth_plain,
        "login": client.auth_login,
    }
    offered = [method for method in methods if method in client.supported_auth_methods]
    if not offered:
        raise SMTPException("the server offers no way to sign in (AUTH)")
    for last, method in enumerate(offered, start=1):
        try:
            await methods[method](user, secret)
        except SMTPAuthenticationError as error:
            if error.code not in _NO_SUCH_METHOD or last == len(offered):
                raise
        else:
            return


async def _quit(client: SMTP) -> None:
    try:
        await client.quit(timeout=0.3)
    except (SMTPException, OSError):
        client.close()


def _deferred(code: int, text: str) -> Answer:
    """Trouble with the server or the sign-in is never the letter's fault: it waits and is tried again."""
    return Answer(outcome=Outcome.DEFERRED, code=code, text=printable(text))
