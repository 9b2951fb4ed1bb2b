"""Asks an OAuth provider for tokens: refresh, application, device code (RFC 6749, 5 and 6; RFC 8628, 3)."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from core.domain.errors import BadInput, MailboxUnavailable, TokenRefused
from core.domain.settings import OAuthSettings
from core.domain.tokens import DeviceCode, Granted

TIMEOUT_S = 20.0
_MOST_BYTES = 1 << 20
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class HttpTokenEndpoint:
    """Conforms to ``huiying.flows.oauth.TokenEndpoint``. ``secret`` reads the client's secret, '' for a public client.

    Only https is spoken, except on this machine; no redirect is followed, for it would be shown the secret."""

    def __init__(self, secret: Callable[[OAuthSettings], str], *, timeout: float = TIMEOUT_S) -> None:
        self._secret = secret
        self._timeout = timeout

    def refresh(self, oauth: OAuthSettings, refresh: str) -> Granted:
        return self._granted(oauth, {"grant_type": "refresh_token", "refresh_token": refresh, "scope": oauth.scope})

    def as_app(self, oauth: OAuthSettings) -> Granted:
        return self._granted(oauth, {"grant_type": "client_credentials", "scope": oauth.scope})

    def device_code(self, oauth: OAuthSettings) -> DeviceCode:
        if not oauth.device_url:
            raise BadInput(
                "这个服务商没有设备码登录 (this provider has no device code)", hint="oauth.device_url, --refresh-token"
            )
        answer = self._asked(oauth.device_url, {"client_id": oauth.client_id, "scope": oauth.scope})
        # Google says verification_url where RFC 8628 says verification_uri.
        uri = answer.get("verification_uri") or answer.get("verification_url")
        if not (uri and answer.get("device_code") and answer.get("user_code")):
            raise _unreadable(oauth.device_url)
        return DeviceCode(
            device_code=str(answer["device_code"]),
            user_code=str(answer["user_code"]),
            uri=str(uri),
            uri_complete=str(answer.get("verification_uri_complete") or ""),
            interval=_seconds(answer, "interval", 5),
            seconds=_seconds(answer, "expires_in", 900),
        )

    def device_token(self, oauth: OAuthSettings, device_code: str) -> Granted:
        return self._granted(oauth, {"grant_type": _DEVICE_GRANT, "device_code": device_code})

    def _granted(self, oauth: OAuthSettings, form: Mapping[str, str]) -> Granted:
        who = {"client_id": oauth.client_id, "client_secret": self._secret(oauth)}
        answer = self._asked(oauth.token_url, {**form, **who})
        if not isinstance(answer.get("access_token"), str):
            raise _unreadable(oauth.token_url)
        # Microsoft and Keycloak tell the refresh token's life under names of their own.
        life = "refresh_token_expires_in" if "refresh_token_expires_in" in answer else "refresh_expires_in"
        return Granted(
            access=answer["access_token"],
            refresh=str(answer.get("refresh_token") or ""),
            seconds=_seconds(answer, "expires_in", 3600),
            refresh_seconds=_seconds(answer, life, 0),
        )

    def _asked(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        given = urlencode({name: value for name, value in form.items() if value}).encode()
        request = urllib.request.Request(_safe(url), data=given, headers={"Accept": "application/json"})  # noqa: S310  see _safe
        try:
            with _OPENER.open(request, timeout=self._timeout) as response:
                return _read(response.read(_MOST_BYTES), url)
        except urllib.error.HTTPError as answer:
            with answer:
                raise _refusal(answer.code, answer.read(_MOST_BYTES), url) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise MailboxUnavailable(f"{_host(url)}: {str(error) or type(error).__name__}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401  the signature of the library
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _safe(url: str) -> str:
    """The address, if a secret may be sent there."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return url
    raise BadInput(f"{url}: 只能用 https (https only)")


def _read(data: bytes, url: str) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except ValueError:
        raise _unreadable(url) from None
    if not isinstance(answer, dict):
        raise _unreadable(url)
    return answer


def _refusal(status: int, data: bytes, url: str) -> TokenRefused | MailboxUnavailable:
    """A no of the provider, or trouble on its side, which passes."""
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    code = answer.get("error") if isinstance(answer, dict) else None
    if status >= 500 or status == 429 or not isinstance(code, str) or code == "temporarily_unavailable":
        return MailboxUnavailable(f"{_host(url)}: HTTP {status}")
    refused = TokenRefused(f"{_host(url)}: {code}")
    refused.code = code[:60]
    return refused


def _unreadable(url: str) -> MailboxUnavailable:
    return MailboxUnavailable(f"{_host(url)}: 答复无法理解 (an answer that cannot be understood)")


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def _seconds(answer: Mapping[str, Any], name: str, otherwise: int) -> int:
    """Numbers come as texts from some."""
    try:
        return max(0, int(answer.get(name) or otherwise))
    except (TypeError, ValueError):
        return otherwise
