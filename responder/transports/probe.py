"""Tries an outgoing server without sending anything: connect, TLS, sign in, say goodbye."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime

from core.domain.errors import TransportUnavailable
from core.domain.settings import ServerSettings, Tls
from responder.transports.account import Account, NotConnected

_ANY = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing is sent, so no limit is counted."""
_EXPIRED = 10
"""X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""


class _Known:
    """The secret is at hand."""

    def __init__(self, word: str) -> None:
        self._word = word

    def secret(self, server: ServerSettings, /) -> str:
        return self._word

    def refused(self, server: ServerSettings, secret: str, /) -> None:
        """It is the caller's."""


def probe(settings: ServerSettings, secret: str, *, timeout: float = 10.0) -> datetime | None:
    """When the server's certificate ends, None without TLS. Raises ``TransportUnavailable`` with the server's own words
    when letters could not be sent now."""
    return asyncio.run(_probe(settings, secret, timeout))


def certificate_end(settings: ServerSettings, *, timeout: float = 10.0) -> datetime | None:
    """When the server's certificate ends, without signing in; None without TLS. Of one that has ended an instant that
    is over. Raises ``TransportUnavailable`` when the server cannot be asked."""
    if settings.tls is Tls.NONE:
        return None
    try:
        return probe(replace(settings, user=""), "", timeout=timeout)
    except TransportUnavailable as error:
        if _has_ended(error):
            return _ANY
        raise


def _has_ended(error: BaseException) -> bool:
    """Whether the server was refused because its certificate is over."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_code == _EXPIRED
        cause = cause.__cause__ or cause.__context__
    return False


async def _probe(settings: ServerSettings, secret: str, seconds: float) -> datetime | None:
    account = Account(settings, _Known(secret), lambda: _ANY, timeout=seconds, tls=ssl.create_default_context)
    try:
        await account.try_out()
        return account.certificate_until()
    except NotConnected as error:
        raise TransportUnavailable(
            f"{settings.host}:{settings.port}: {error.answer.text}", hint="mailboxes.yaml: smtp"
        ) from error
    finally:
        await account.hang_up(1.0)
