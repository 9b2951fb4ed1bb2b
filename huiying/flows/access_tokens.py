"""Hands out access tokens: kept in the database, refreshed by one process at a time, never giving up a rotated one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core.domain.errors import MailboxUnavailable, StoreUnavailable, TokenRefused, Unavailable
from core.domain.settings import OAuthFlow, OAuthSettings
from core.domain.tokens import Granted, MailboxToken
from huiying.flows.oauth import TokenEndpoint
from huiying.flows.ports import Now, Store

GOOD_FOR = timedelta(seconds=60)
"""A token with less than this is refreshed before it is handed out."""
LEASE_S = 60.0
WAIT_S = 30.0
"""How long a caller waits for another's refresh."""
LOOK_S = 0.1

_log = logging.getLogger("huiying.tokens")


class StoredTokens:
    """Conforms to ``AccessTokens``. ``settings`` gives a mailbox's OAuth settings by its name."""

    def __init__(
        self,
        store: Store,
        endpoint: TokenEndpoint,
        settings: Callable[[str], OAuthSettings | None],
        now: Now,
        ids: Callable[[], int],
    ) -> None:
        self._store = store
        self._endpoint = endpoint
        self._settings = settings
        self._now = now
        self._ids = ids
        self._unsaved: dict[str, MailboxToken] = {}
        self._lock = threading.Lock()

    def token(self, mailbox: str) -> str:
        self._save_unsaved(mailbox)
        waits_until = time.monotonic() + WAIT_S
        while True:
            kept = self._kept(mailbox)
            if kept is not None and kept.access and kept.expires - self._now() > GOOD_FOR:
                return kept.access
            fresh = self._refreshed(mailbox, kept)
            if fresh is not None:
                return fresh.access
            if time.monotonic() > waits_until:
                raise _trouble(mailbox, "token-endpoint", "另一进程正在换取令牌", "another process is at it")
            time.sleep(LOOK_S)

    def refused(self, mailbox: str, token: str) -> None:
        kept = self._kept(mailbox)
        if kept is not None and kept.access == token:
            with self._store.write() as tx:
                tx.tokens.expire(mailbox, kept.serial)

    def _kept(self, mailbox: str) -> MailboxToken | None:
        with self._store.read() as tx:
            return tx.tokens.of(mailbox)

    def _refreshed(self, mailbox: str, kept: MailboxToken | None) -> MailboxToken | None:
        """A fresh token, or None while another has the lease. Under it the row is read again: who waited for the lease
        finds what the other brought."""
        oauth = self._settings(mailbox)
        if oauth is None or (oauth.flow is OAuthFlow.DEVICE and (kept is None or not kept.refresh)):
            raise login_needed(mailbox)
        claim = self._ids()
        with self._store.write() as tx:
            if not tx.tokens.take(mailbox, claim, LEASE_S):
                return None
            latest = tx.tokens.of(mailbox)
        if latest is not None and kept is not None and latest.serial != kept.serial and latest.access:
            with self._store.write() as tx:
                tx.tokens.give_back(mailbox, claim, "")
            return latest
        return self._fetched(mailbox, oauth, latest, claim)

    def _fetched(self, mailbox: str, oauth: OAuthSettings, kept: MailboxToken | None, claim: int) -> MailboxToken:
        try:
            if oauth.flow is OAuthFlow.APP:
                granted = self._endpoint.as_app(oauth)
            else:
                granted = self._endpoint.refresh(oauth, kept.refresh if kept else "")
        except Unavailable as error:
            with self._store.write() as tx:
                tx.tokens.give_back(mailbox, claim, "")
            raise _trouble(mailbox, "token-endpoint", "换取令牌失败", error.message) from error
        except TokenRefused as error:
            with self._store.write() as tx:
                tx.tokens.give_back(mailbox, claim, error.code)
            _log.warning("The token endpoint refuses mailbox %s: %s.", mailbox, error.code)
            raise login_needed(mailbox, error.code) from error
        token = kept_token(mailbox, granted, self._now)
        if kept is not None:
            # Without a new one the old refresh token stays good, until its own end.
            until = token.refresh_until if granted.refresh or granted.refresh_seconds else kept.refresh_until
            token = replace(token, refresh=token.refresh or kept.refresh, serial=kept.serial, refresh_until=until)
        self._keep(token)
        return token

    def _keep(self, token: MailboxToken) -> None:
        """Stores it; while the database is away it stays here, since the old refresh token may be worth nothing now."""
        try:
            with self._store.write() as tx:
                tx.tokens.save(token)
        except StoreUnavailable:
            with self._lock:
                self._unsaved[token.mailbox] = token
            _log.warning("The database cannot take the token of mailbox %s; it is kept in memory.", token.mailbox)

    def _save_unsaved(self, mailbox: str) -> None:
        with self._lock:
            token = self._unsaved.get(mailbox)
        if token is None:
            return
        with self._store.write() as tx:
            tx.tokens.save(token)
        with self._lock:
            if self._unsaved.get(mailbox) is token:
                del self._unsaved[mailbox]


def kept_token(mailbox: str, granted: Granted, now: Now) -> MailboxToken:
    """An endpoint's answer as it is stored."""
    at = now()
    return MailboxToken(
        mailbox=mailbox,
        access=granted.access,
        refresh=granted.refresh,
        expires=at + timedelta(seconds=granted.seconds),
        obtained=at,
        refresh_until=at + timedelta(seconds=granted.refresh_seconds) if granted.refresh_seconds else None,
    )


def login_needed(mailbox: str, because: str = "") -> MailboxUnavailable:
    """Only a person can help: the mailbox was never signed in, or its refresh token is worth nothing any more."""
    error = _trouble(mailbox, "login-needed", "需要重新登录（OAuth）", because or "sign in is needed")
    error.hint = f"huiying mailbox login {mailbox}"
    return error


def _trouble(mailbox: str, code: str, chinese: str, english: str) -> MailboxUnavailable:
    error = MailboxUnavailable(f"{mailbox}: {chinese} · {english}")
    error.code = code
    return error
