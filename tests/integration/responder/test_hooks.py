"""Webhooks over real HTTP: signed, told again under the same id, and never anywhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from core.domain.errors import Unavailable
from core.domain.letter import Outcome
from core.domain.notice import ChannelKind, HookMessage, NoticeChannel
from responder.transports.webhook import HookTransport

MESSAGE = HookMessage(
    id="77", at=datetime(2026, 3, 5, 2, tzinfo=UTC), title="首次响应已超时", text="…", body='{"title":"首次响应已超时"}'
)


class Hook:
    """A server that keeps what it was told and answers as scripted."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.headers = 204, {}  # type: ignore[var-annotated]  # filled by tests
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hook.told.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(hook.status)
                for name, value in hook.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/in?key=1"


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def a_channel(url: str, **changed: Any) -> NoticeChannel:
    return NoticeChannel(**{"name": "ops", "kind": ChannelKind.WEBHOOK, "url": url, **changed})


def test_a_hook_can_tell_that_it_is_us(hook: Hook, tmp_path: Path) -> None:
    """The signature covers id, time and body, as Standard Webhooks has it; the key is the environment's."""
    key = b"k" * 24
    secret = "whsec_" + base64.b64encode(key).decode()
    answer = HookTransport({"SECRET": secret}, tmp_path).send(a_channel(hook.url, secret_env="SECRET"), MESSAGE)
    assert (answer.outcome, answer.code) == (Outcome.SENT, 204)
    [(path, headers, body)] = hook.told
    assert (path, json.loads(body)) == ("/in?key=1", {"title": "首次响应已超时"})
    signed = b".".join((b"77", headers["webhook-timestamp"].encode(), body))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("77", "1772676000")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.SENT),
        (503, Outcome.DEFERRED),
        (429, Outcome.DEFERRED),
        (404, Outcome.REFUSED),
        (301, Outcome.REFUSED),
    ],
)
def test_only_the_transient_is_tried_again(hook: Hook, tmp_path: Path, status: int, outcome: Outcome) -> None:
    """A redirect is not followed: a notice goes where the file says."""
    hook.status, hook.headers = status, {"location": hook.url}
    assert HookTransport({}, tmp_path).send(a_channel(hook.url), MESSAGE).outcome is outcome
    assert len(hook.told) == 1


def test_an_address_may_stand_in_the_environment_or_a_file(hook: Hook, tmp_path: Path) -> None:
    """Addresses of hooks hold their key; without one it says which is missing."""
    (tmp_path / "hook.txt").write_text(hook.url + "\n")
    transport = HookTransport({"URL": hook.url}, tmp_path)
    for channel in (a_channel("", url_env="URL"), a_channel("", url_file="hook.txt")):
        assert transport.send(channel, MESSAGE).outcome is Outcome.SENT
    with pytest.raises(Unavailable, match="NOPE"):
        transport.send(a_channel("", url_env="NOPE"), MESSAGE)
    with pytest.raises(Unavailable, match=r"gone\.txt"):
        transport.send(a_channel("", url_file="gone.txt"), MESSAGE)


def test_chinese_in_an_address_arrives_encoded(hook: Hook, tmp_path: Path) -> None:
    """In path and query."""
    url = hook.url.replace("/in?key=1", "/通知?频道=客服")
    assert HookTransport({}, tmp_path).send(a_channel(url), MESSAGE).outcome is Outcome.SENT
    [(path, _, _)] = hook.told
    assert unquote(path) == "/通知?频道=客服" and path.isascii()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999/k3y", "http://h:x/k3y", "ftp://h/k3y", "http://[::1/k3y", "http:///k3y"]
)
def test_an_address_from_elsewhere_that_cannot_be_is_refused_in_words(tmp_path: Path, url: str) -> None:
    """The check sees no environment: what stands there is told when it is used, without the address."""
    answer = HookTransport({"URL": url}, tmp_path).send(a_channel("", url_env="URL"), MESSAGE)
    assert answer.outcome is Outcome.REFUSED and "url" in answer.text and "k3y" not in answer.text


def test_a_key_that_is_no_base64_is_told(hook: Hook, tmp_path: Path) -> None:
    """By the variable's name."""
    with pytest.raises(Unavailable, match="SECRET"):
        HookTransport({"SECRET": "whsec_abc"}, tmp_path).send(a_channel(hook.url, secret_env="SECRET"), MESSAGE)


def test_nobody_there_is_tried_later(hook: Hook, tmp_path: Path) -> None:
    """A refused connection is no refusal of the notice."""
    transport = HookTransport({}, tmp_path, timeout=1.0)
    answer = transport.send(a_channel("http://127.0.0.1:1/"), MESSAGE)
    assert (answer.outcome, answer.code) == (Outcome.DEFERRED, 0)
    assert transport.send(a_channel("ftp://127.0.0.1/"), MESSAGE).outcome is Outcome.REFUSED


def test_a_chat_is_told_through_apprise(hook: Hook, tmp_path: Path) -> None:
    """Apprise speaks to 企业微信, 钉钉, 飞书 and Slack; here to its own JSON form. A refusal is tried again."""
    url = hook.url.replace("http://", "json://").partition("?")[0]
    transport, channel = HookTransport({"CHAT": url}, tmp_path), a_channel("", kind=ChannelKind.APPRISE, url_env="CHAT")
    hook.status = 200
    assert transport.send(channel, MESSAGE).outcome is Outcome.SENT
    assert json.loads(hook.told[0][2])["title"] == "首次响应已超时"
    hook.status = 500
    assert transport.send(channel, MESSAGE).outcome is Outcome.DEFERRED
    assert transport.send(a_channel("nonsense", kind=ChannelKind.APPRISE), MESSAGE).outcome is Outcome.REFUSED
