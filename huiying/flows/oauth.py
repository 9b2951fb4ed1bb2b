"""What flows need of OAuth; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from typing import Protocol

from core.domain.settings import OAuthSettings
from core.domain.tokens import DeviceCode, Granted, MailboxToken


class AccessTokens(Protocol):
    """Access tokens by mailbox, for IMAP and SMTP alike (XOAUTH2). Callable from any thread; it may wait for the
    network, so from a loop it is called in a thread."""

    def token(self, mailbox: str) -> str:
        """A token that is good for a minute or more. Raises ``MailboxUnavailable``, with the code ``login-needed`` when
        only a person can help (``huiying mailbox login``)."""
        ...

    def refused(self, mailbox: str, token: str) -> None:
        """A server refused that token: the next call gets a fresh one."""
        ...


class TokenEndpoint(Protocol):
    """The provider's side. Each call raises ``TokenRefused`` (``code`` as in RFC 6749, 5.2) or ``Unavailable``."""

    def refresh(self, oauth: OAuthSettings, refresh: str) -> Granted: ...

    def as_app(self, oauth: OAuthSettings) -> Granted:
        """Without a person (RFC 6749, 4.4)."""
        ...

    def device_code(self, oauth: OAuthSettings) -> DeviceCode: ...

    def device_token(self, oauth: OAuthSettings, device_code: str) -> Granted:
        """Refused with ``authorization_pending`` or ``slow_down`` while the person is not done (RFC 8628, 3.5)."""
        ...


class Tokens(Protocol):
    """Stored tokens, sealed; one row a mailbox."""

    def of(self, mailbox: str) -> MailboxToken | None: ...

    def take(self, mailbox: str, claim: int, seconds: float) -> bool:
        """Leases the row for one refresh; False while another has it. By the database's clock."""
        ...

    def give_back(self, mailbox: str, claim: int, trouble: str) -> None:
        """Ends the lease if it is still ours, with what the endpoint refused."""
        ...

    def save(self, token: MailboxToken) -> bool:
        """Stores tokens over the row whose serial is theirs (0: whatever there is) and ends its lease; False when a
        newer one is there."""
        ...

    def expire(self, mailbox: str, serial: int) -> None:
        """The access token of that serial is good no more."""
        ...

    def forget(self, mailbox: str) -> bool: ...
