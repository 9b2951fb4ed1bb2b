"""``huiying mailbox``: what an admin types to see, try and sign in his mailboxes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from huiying.app.cli import run
from huiying.app.home import Home
from huiying.demo.home import DemoServers
from tests.fakes import dovecot
from tests.fakes.oauth_provider import OAuthProvider
from tests.fakes.service import a_home

USER = "desk@example.cn"
Huiying = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def provider() -> Iterator[OAuthProvider]:
    with OAuthProvider(USER) as running:
        running.interval = 1
        yield running


@pytest.fixture
def home(tmp_path: Path, provider: OAuthProvider) -> Iterator[Home]:
    """One mailbox that signs in by token at a Dovecot; its outgoing server is away."""
    with dovecot.start(tmp_path / "dovecot", user=USER, introspect=provider.introspect) as imap:
        where = DemoServers(imap=(imap.host, imap.port), smtp=("127.0.0.1", 9), user=USER, password="none")
        home = a_home(tmp_path / "home", where)
        mailboxes = home.config / "mailboxes.yaml"
        incoming = f"  imap: {{host: {imap.host}, port: {imap.port}, tls: none}}"
        lines = [incoming if "imap:" in line else line for line in mailboxes.read_text().splitlines()]
        urls = f"token_url: '{provider.url}/token', device_url: '{provider.url}/device'"
        lines += [f"  user: {USER}", f"  oauth: {{client_id: desk, scope: mail, {urls}}}", ""]
        mailboxes.write_text("\n".join(lines))
        yield home


@pytest.fixture
def huiying(home: Home, capfd) -> Huiying:
    def call(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        capfd.readouterr()
        code = run(["--home", str(home.path), "--json", *words])
        said = capfd.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    assert call("config", "publish", "--reason", "oauth")[0] == 0
    return call


@pytest.mark.slow
@pytest.mark.dovecot
def test_a_mailbox_is_signed_in_tried_and_signed_out(huiying: Huiying, provider: OAuthProvider, monkeypatch) -> None:
    """Before: a clear no that names the command. The code stands on stderr, the answer on stdout. Then both ways work;
    a refresh token from elsewhere does as well, and dropping the tokens ends it."""
    code, findings, _ = huiying("mailbox", "test")
    assert code == 1
    assert [one["ok"] for one in findings if one["check"].startswith("imap:")] == [False]
    assert "login" in next(one["zh"] for one in findings if one["check"].startswith("imap:"))
    code, (answer,), said = huiying("mailbox", "login", "demo")
    assert (code, answer) == (0, {"mailbox": "demo", "signed_in": True})
    assert "WDJB-MJHT" in said and "/activate" in said
    code, findings, _ = huiying("mailbox", "test", "demo")
    assert next(one["ok"] for one in findings if one["check"] == "imap:demo")
    assert next(one for one in findings if one["check"] == "token:demo")["ok"] is False, "it ends tomorrow"
    (row,) = huiying("mailbox", "list")[1]
    assert (row["name"], row["sign_in"], row["trouble"]) == ("demo", "oauth", "")
    assert row["token_until"].endswith("Z")
    assert huiying("mailbox", "login", "demo", "--forget")[1] == [{"mailbox": "demo", "signed_in": False}]
    assert huiying("mailbox", "test")[0] == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(provider.refresh + "\n"))
    assert huiying("mailbox", "login", "demo", "--refresh-token", "-")[0] == 0
    assert next(one["ok"] for one in huiying("mailbox", "test")[1] if one["check"] == "imap:demo")


@pytest.mark.slow
@pytest.mark.dovecot
def test_a_refusal_and_an_unknown_mailbox_are_told(huiying: Huiying, provider: OAuthProvider) -> None:
    """Exit 1, with the provider's own code; nothing is stored."""
    provider.said_yes = False
    code, _, said = huiying("mailbox", "login", "demo")
    assert code == 1 and "access_denied" in said
    assert huiying("mailbox", "login", "nobody")[0] == 1
    assert huiying("mailbox", "list")[1][0].get("token_until") is None
