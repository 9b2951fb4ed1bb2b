"""Signing in by token: a provider of our own on loopback, and a Dovecot that asks it about each token."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.errors import BadInput, MailboxUnavailable, TokenRefused
from core.domain.settings import MailboxSettings, OAuthFlow
from huiying.flows.access_tokens import StoredTokens
from huiying.flows.sign_in_mailbox import sign_in_by_code
from ingest.sources.imap_open import open_mailbox
from ingest.sources.token_endpoint import HttpTokenEndpoint
from store.open import SqlStore
from tests.factories.pipeline import Office, worker_context
from tests.factories.raw_mails import raw_mail
from tests.fakes import dovecot
from tests.fakes.oauth_provider import OAuthProvider
from tests.integration.ingest.conftest import settings

USER = "desk@example.cn"


@pytest.fixture
def provider() -> Iterator[OAuthProvider]:
    with OAuthProvider(USER) as running:
        yield running


@pytest.fixture
def endpoint() -> HttpTokenEndpoint:
    return HttpTokenEndpoint(lambda _: "", timeout=5)


class TestEndpoint:
    def test_a_code_a_token_and_its_refresh(self, provider: OAuthProvider, endpoint: HttpTokenEndpoint) -> None:
        """Each answer of the provider becomes a value; the old refresh token is refused by name."""
        oauth = provider.settings()
        code = endpoint.device_code(oauth)
        assert (code.user_code, code.interval, code.seconds) == ("WDJB-MJHT", 5, 30)
        first = endpoint.device_token(oauth, code.device_code)
        second = endpoint.refresh(oauth, first.refresh)
        assert {first.access, second.access} == provider.rights
        assert (second.seconds, second.refresh_seconds) == (3600, 86_400)
        with pytest.raises(TokenRefused) as told:
            endpoint.refresh(oauth, first.refresh)
        assert told.value.code == "invalid_grant"

    def test_an_unfinished_person_and_a_refusal(self, provider: OAuthProvider, endpoint: HttpTokenEndpoint) -> None:
        """The codes of RFC 8628."""
        provider.pending, provider.said_yes = 2, False
        told = []
        for _ in range(3):
            with pytest.raises(TokenRefused) as error:
                endpoint.device_token(provider.settings(), "device-1")
            told.append(error.value.code)
        assert told == ["authorization_pending", "slow_down", "access_denied"]

    def test_a_provider_that_is_down_is_no_refusal(self, provider: OAuthProvider, endpoint: HttpTokenEndpoint) -> None:
        """HTTP 503 and a closed port pass; the refresh token stays good."""
        provider.fails = 1
        with pytest.raises(MailboxUnavailable, match="503"):
            endpoint.refresh(provider.settings(), provider.refresh)
        away = replace(provider.settings(), token_url="http://127.0.0.1:9/token")
        with pytest.raises(MailboxUnavailable):
            endpoint.refresh(away, provider.refresh)
        assert endpoint.refresh(provider.settings(), provider.refresh).access

    @pytest.mark.parametrize("said", [b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b""])
    def test_whatever_answers_there_is_no_bug(
        self, provider: OAuthProvider, endpoint: HttpTokenEndpoint, said: bytes
    ) -> None:
        """Another service, half an answer, or none: the endpoint cannot be reached now."""
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer() -> None:
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(said)

            thread = threading.Thread(target=answer)
            thread.start()
            away = replace(provider.settings(), token_url=f"http://127.0.0.1:{server.getsockname()[1]}/token")
            with pytest.raises(MailboxUnavailable, match=r"127\.0\.0\.1"):
                endpoint.refresh(away, provider.refresh)
            thread.join(5)

    def test_an_application_shows_its_secret(self) -> None:
        """With the wrong one it is refused."""
        with OAuthProvider(USER, client_secret="open-sesame") as provider:
            oauth = provider.settings(OAuthFlow.APP)
            assert HttpTokenEndpoint(lambda _: "open-sesame").as_app(oauth).access in provider.rights
            with pytest.raises(TokenRefused) as told:
                HttpTokenEndpoint(lambda _: "wrong").as_app(oauth)
            assert told.value.code == "invalid_client"

    def test_a_secret_goes_nowhere_in_clear(self, endpoint: HttpTokenEndpoint, provider: OAuthProvider) -> None:
        """Plain http is for this machine only."""
        with pytest.raises(BadInput, match="https"):
            endpoint.as_app(replace(provider.settings(), token_url="http://login.example.com/token"))


@pytest.mark.dovecot
class TestDovecot:
    """XOAUTH2 against a real server whose passdb checks each token."""

    @pytest.fixture
    def server(self, provider: OAuthProvider, tmp_path: Path) -> Iterator[dovecot.Dovecot]:
        with dovecot.start(tmp_path, user=USER, introspect=provider.introspect) as running:
            yield running

    @pytest.fixture
    def box(self, server: dovecot.Dovecot, provider: OAuthProvider) -> MailboxSettings:
        box = settings(server.host, server.port, USER)
        return replace(box, name="service", oauth=provider.settings(), imap=replace(box.imap, token_of="service"))

    def test_a_mailbox_is_read_with_tokens_alone(
        self, server, box, provider, endpoint, sqlite_store: SqlStore, keys, clock
    ) -> None:
        """Signed in by code; read; the token withdrawn; refused, refreshed, read again."""
        ctx = Office(worker_context(sqlite_store, keys, clock)).ctx
        tokens = StoredTokens(sqlite_store, endpoint, lambda _: box.oauth, clock, ctx.ids)
        sign_in_by_code(ctx, box, endpoint, lambda _: None, "wang", pause=lambda _: None)
        server.deliver(raw_mail(subject=b"one"))
        connection = open_mailbox(box, tokens.token("service"), timeout=10)
        assert [mail.folder for mail in connection.fetch(connection.uids_after(0))] == ["INBOX"]
        connection.close()
        provider.withdraw()
        old = tokens.token("service")
        with pytest.raises(MailboxUnavailable) as told:
            open_mailbox(box, old, timeout=10)
        assert told.value.code == "login-refused"
        tokens.refused("service", old)
        connection = open_mailbox(box, tokens.token("service"), timeout=10)
        assert len(connection.uids_after(0)) == 1
        connection.close()
        assert (provider.refreshes, provider.reused) == (1, 0)
