"""Keeps a few connections to one outgoing server and hands each letter to a free one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponse, SMTPResponseException

from core.domain.errors import HuiyingError
from core.domain.letter import Outcome, OutgoingMail
from core.domain.settings import ServerSettings, Tls
from responder.transports.conversation import Answer, Conversation, NothingSent, printable

_HELO = "[127.0.0.1]"
"""As an address literal (RFC 5321, 4.1.3): looking up our own name can take seconds where DNS is slow."""

_PAUSE = 0.02
_NO_SUCH_METHOD = (500, 502, 504, 534)


class NotConnected(Exception):
    """No connection could be made; ``answer`` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


class Account:
    """The kept connections of one ``ServerSettings``; lives in one event loop."""

    def __init__(
        self,
        settings: ServerSettings,
        secret: Callable[[ServerSettings], str],
        *,
        connections: int,
        timeout: float,
        tls: Callable[[], ssl.SSLContext],
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._timeout = timeout
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        self._free = asyncio.Semaphore(connections)
        self._idle: list[SMTP] = []
        self._busy: set[SMTP] = set()
        self._null_sender_refused = False

    async def deliver(self, letter: OutgoingMail, down: dict[ServerSettings, Answer]) -> Answer:
        """What became of a letter. ``down`` remembers for one call that the server could not be reached, so that
        the letters behind need not wait for the same timeout again."""
        async with self._free:
            if self._settings in down:
                return down[self._settings]
            try:
                return await self._deliver(letter)
            except NotConnected as error:
                down[self._settings] = error.answer
                return error.answer

    async def try_out(self) -> None:
        """Connects and signs in, and keeps the connection. Raises ``NotConnected``."""
        self._idle.append(await self._connect())

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
            secret = self._secret(settings) if settings.user else ""
            await client.connect()
            await _signed_in(client, settings.user, secret)
        except SMTPResponseException as error:
            raise NotConnected(_deferred(error.code, error.message)) from error
        except HuiyingError as error:
            raise NotConnected(_deferred(0, error.message)) from error
        except (SMTPException, OSError, ValueError, ssl.SSLError) as error:
            raise NotConnected(_deferred(0, str(error) or type(error).__name__)) from error
        return client

    async def _tls_context(self) -> ssl.SSLContext | None:
        if self._settings.tls is Tls.NONE:
            return None
        if self._context is None:
            self._context = await asyncio.to_thread(self._tls)
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


async def _signed_in(client: SMTP, user: str, secret: str) -> None:
    try:
        await _sign_in(client, user, secret)
    except BaseException:
        client.close()
        raise


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
