"""An OAuth provider on loopback: device codes, refresh tokens that are good once, and a check of access tokens."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from core.domain.settings import OAuthFlow, OAuthSettings

Answer = tuple[int, dict[str, Any]]


class OAuthProvider:
    """``said_yes`` is the person at the browser. A refresh token is taken back when it was used (rotation): using it
    again is refused and counted in ``reused``. ``fails`` answers so many requests with HTTP 503 first."""

    def __init__(self, user: str, *, client_secret: str = "") -> None:
        self.user = user
        self.client_secret = client_secret
        self.said_yes = True
        self.seconds = 3600
        self.fails = 0
        self.interval = 5
        self.pending = 0
        self.refreshes = self.reused = 0
        self.rights: set[str] = set()
        self.refresh = "first-refresh"
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def introspect(self) -> str:
        return f"{self.url}/introspect?token="

    def settings(self, flow: OAuthFlow = OAuthFlow.DEVICE) -> OAuthSettings:
        return OAuthSettings(
            client_id="desk", token_url=f"{self.url}/token", device_url=f"{self.url}/device", scope="mail", flow=flow
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def withdraw(self) -> None:
        """No access token is good any more."""
        self.rights.clear()

    def answer(self, path: str, given: Mapping[str, str]) -> Answer:
        with self._lock:
            if path == "/introspect":
                good = given.get("token", "") in self.rights
                return 200, {"active": good, "email": self.user} if good else {"active": False}
            if self.fails:
                self.fails -= 1
                return 503, {}
            if given.get("client_id") != "desk" or given.get("client_secret", "") != self.client_secret:
                return 401, {"error": "invalid_client"}
            return self._device() if path == "/device" else self._token(given)

    def _device(self) -> Answer:
        uri = f"{self.url}/activate"
        return 200, {
            "device_code": "device-1", "user_code": "WDJB-MJHT", "verification_uri": uri,
            "expires_in": 30, "interval": self.interval,
        }  # fmt: skip

    def _token(self, given: Mapping[str, str]) -> Answer:
        kind = given.get("grant_type", "").rpartition(":")[2]
        if kind == "device_code":
            if self.pending:
                self.pending -= 1
                return 400, {"error": "slow_down" if self.pending == 0 else "authorization_pending"}
            return self._granted() if self.said_yes else (400, {"error": "access_denied"})
        if kind == "refresh_token":
            if given.get("refresh_token") != self.refresh:
                self.reused += 1
                return 400, {"error": "invalid_grant"}
            self.refreshes += 1
            return self._granted()
        return self._granted() if kind == "client_credentials" else (400, {"error": "unsupported_grant_type"})

    def _granted(self) -> Answer:
        access, self.refresh = f"access-{secrets.token_hex(8)}", f"refresh-{secrets.token_hex(8)}"
        self.rights.add(access)
        return 200, {
            "access_token": access, "refresh_token": self.refresh, "token_type": "Bearer",
            "expires_in": self.seconds, "refresh_expires_in": 86_400,
        }  # fmt: skip

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(parse_qs(urlsplit(self.path).query))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._reply(parse_qs(self.rfile.read(length).decode()))

            def _reply(self, given: Mapping[str, list[str]]) -> None:
                flat = {name: values[0] for name, values in given.items()}
                status, answer = provider.answer(urlsplit(self.path).path, flat)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """A test's terminal stays clean."""

        return Handler
