"""Access tokens: one refresh for all who ask, and no rotated refresh token is ever lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.domain.errors import BadInput, MailboxUnavailable, StoreUnavailable, TokenRefused
from core.domain.settings import OAuthFlow, OAuthSettings
from core.domain.tokens import DeviceCode, Granted
from huiying.flows.access_tokens import StoredTokens
from huiying.flows.sign_in_mailbox import sign_in_by_code, sign_in_by_token
from tests.factories.pipeline import Office
from tests.fakes.fixed_clock import FixedClock

OAUTH = OAuthSettings(client_id="desk", token_url="https://login.example/token")


class MemoryEndpoint:
    """A provider in memory; conforms to ``TokenEndpoint``. Its refresh tokens are good once. ``waits`` is called before
    each answer; ``trouble`` is raised instead of it."""

    def __init__(self) -> None:
        self.good = "refresh-0"
        self.serial = self.reused = 0
        self.waits: Callable[[], object] = lambda: None
        self.trouble: list[Exception] = []
        self.lock = threading.Lock()

    def refresh(self, oauth: OAuthSettings, refresh: str) -> Granted:
        self.waits()
        if self.trouble:
            raise self.trouble.pop(0)
        with self.lock:
            if refresh != self.good:
                self.reused += 1
                raise refused("invalid_grant")
            return self._grant()

    def as_app(self, oauth: OAuthSettings) -> Granted:
        with self.lock:
            return replace(self._grant(), refresh="")

    def device_code(self, oauth: OAuthSettings) -> DeviceCode:
        return DeviceCode(device_code="d", user_code="ABCD", uri="https://login.example/device", interval=5, seconds=60)

    def device_token(self, oauth: OAuthSettings, device_code: str) -> Granted:
        if self.trouble:
            raise self.trouble.pop(0)
        return self._grant()

    def _grant(self) -> Granted:
        self.serial += 1
        self.good = f"refresh-{self.serial}"
        return Granted(access=f"access-{self.serial}", refresh=self.good, seconds=3600)


def refused(code: str) -> TokenRefused:
    error = TokenRefused()
    error.code = code
    return error


@pytest.fixture
def endpoint() -> MemoryEndpoint:
    return MemoryEndpoint()


@pytest.fixture
def tokens(office: Office, endpoint: MemoryEndpoint, clock: FixedClock) -> StoredTokens:
    ctx = office.ctx
    box = replace(ctx.desk().mailboxes[0], oauth=OAUTH)
    sign_in_by_token(ctx, box, endpoint, "refresh-0", "wang")
    return StoredTokens(ctx.store, endpoint, lambda name: OAUTH if name == "service" else None, clock, ctx.ids)


def test_a_token_is_kept_until_a_minute_before_its_end(
    tokens: StoredTokens, endpoint: MemoryEndpoint, clock: FixedClock
) -> None:
    """Asking again costs no request; near its end one is made."""
    assert [tokens.token("service") for _ in range(3)] == ["access-1"] * 3
    clock.advance(minutes=58)
    assert tokens.token("service") == "access-1"
    clock.advance(minutes=1, seconds=1)
    assert tokens.token("service") == "access-2"
    assert endpoint.serial == 2


@pytest.mark.slow
def test_many_who_ask_at_once_cause_one_refresh(
    office: Office, tokens: StoredTokens, endpoint: MemoryEndpoint, clock: FixedClock
) -> None:
    """Two processes and eight threads: the refresh token is used once, and all have the same access token."""
    ctx = office.ctx
    other = StoredTokens(ctx.store, endpoint, lambda _: OAUTH, clock, ctx.ids)
    clock.advance(hours=2)
    started = threading.Barrier(8)

    def ask(number: int) -> str:
        started.wait(5)
        return (tokens if number % 2 else other).token("service")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"access-2"}
    assert (endpoint.serial, endpoint.reused) == (2, 0)


def test_a_database_that_is_away_costs_no_rotated_token(
    office: Office, endpoint: MemoryEndpoint, tokens: StoredTokens, clock: FixedClock
) -> None:
    """The old refresh token is worth nothing any more: the new one stays in memory until it can be stored."""

    class Away:
        gone = False

        @contextmanager
        def write(self) -> Iterator[object]:
            if self.gone:
                raise StoreUnavailable("locked")
            with office.ctx.store.write() as tx:
                yield tx

        read = office.ctx.store.read
        changes = office.ctx.store.changes

    store = Away()
    endpoint.waits = lambda: setattr(store, "gone", True)
    waiting = StoredTokens(store, endpoint, lambda _: OAUTH, clock, office.ctx.ids)  # type: ignore[arg-type]  # a store that fails
    clock.advance(hours=2)
    assert waiting.token("service") == "access-2"
    with pytest.raises(StoreUnavailable):
        waiting.token("service")
    store.gone = False
    assert waiting.token("service") == "access-2"
    clock.advance(hours=2)
    endpoint.waits = lambda: None
    assert waiting.token("service") == "access-3"
    assert endpoint.reused == 0


def test_a_refusal_asks_for_a_person_and_shows_in_the_health_strip(
    office: Office, tokens: StoredTokens, endpoint: MemoryEndpoint, clock: FixedClock
) -> None:
    """The message names the command; after it all is well again."""
    clock.advance(hours=2)
    endpoint.trouble = [refused("invalid_grant")]
    with pytest.raises(MailboxUnavailable) as told:
        tokens.token("service")
    assert (told.value.code, told.value.hint) == ("login-needed", "huiying mailbox login service")
    with office.ctx.store.read() as tx:
        assert [(one.mailbox, one.trouble) for one in tx.views.health().tokens] == [("service", "invalid_grant")]
    assert tokens.token("service") == "access-2"
    with office.ctx.store.read() as tx:
        assert [one.trouble for one in tx.views.health().tokens] == [""]


def test_trouble_on_the_way_is_passing(tokens: StoredTokens, endpoint: MemoryEndpoint, clock: FixedClock) -> None:
    """The next call tries again at once: no lease is left behind."""
    clock.advance(hours=2)
    endpoint.trouble = [MailboxUnavailable("HTTP 503")]
    with pytest.raises(MailboxUnavailable) as told:
        tokens.token("service")
    assert told.value.code == "token-endpoint"
    assert tokens.token("service") == "access-2"


def test_a_token_that_a_server_refuses_is_replaced(tokens: StoredTokens, endpoint: MemoryEndpoint) -> None:
    """Only the one that was refused: a late word about an old one changes nothing."""
    tokens.refused("service", "access-1")
    assert tokens.token("service") == "access-2"
    tokens.refused("service", "access-1")
    assert tokens.token("service") == "access-2"


def test_a_mailbox_that_never_signed_in_says_so(tokens: StoredTokens) -> None:
    """And one that signs in by password has no tokens."""
    with pytest.raises(MailboxUnavailable) as told:
        tokens.token("other")
    assert told.value.code == "login-needed"


def test_an_application_signs_in_as_itself(office: Office, endpoint: MemoryEndpoint, clock: FixedClock) -> None:
    """Without a person, as often as its token ends."""
    app = replace(OAUTH, flow=OAuthFlow.APP)
    tokens = StoredTokens(office.ctx.store, endpoint, lambda _: app, clock, office.ctx.ids)
    assert tokens.token("service") == tokens.token("service") == "access-1"
    clock.advance(hours=2)
    assert tokens.token("service") == "access-2"


def test_signing_in_by_code_waits_for_the_person(office: Office, endpoint: MemoryEndpoint, clock: FixedClock) -> None:
    """It asks as often as the provider wants, more slowly when told so, and survives a broken line."""
    box = replace(office.ctx.desk().mailboxes[0], oauth=OAUTH)
    endpoint.trouble = [refused("authorization_pending"), refused("slow_down"), MailboxUnavailable("reset")]
    pauses: list[float] = []
    shown: list[DeviceCode] = []
    sign_in_by_code(office.ctx, box, endpoint, shown.append, "wang", pause=pauses.append)
    assert [code.user_code for code in shown] == ["ABCD"]
    assert pauses == [5, 5, 10, 10]
    with office.ctx.store.read() as tx:
        found = tx.tokens.of("service")
        (entry,) = tx.views.audit("mailbox:service", "", 10).rows
    assert found is not None and found.refresh == "refresh-1"
    assert (entry.actor, entry.action) == ("wang", "mailbox.signed-in")


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(["access_denied"], "access_denied"), (["authorization_pending"] * 20, "expired_token")],
)
def test_a_refusal_or_a_late_person_stores_nothing(
    office: Office, endpoint: MemoryEndpoint, trouble: list[str], code: str
) -> None:
    """He said no, or nobody came within the time."""
    box = replace(office.ctx.desk().mailboxes[0], oauth=OAUTH)
    endpoint.trouble = [refused(one) for one in trouble]
    with pytest.raises(TokenRefused) as told:
        sign_in_by_code(office.ctx, box, endpoint, lambda _: None, "wang", pause=lambda _: None)
    assert told.value.code == code
    with office.ctx.store.read() as tx:
        assert tx.tokens.of("service") is None


def test_a_mailbox_with_a_password_is_not_signed_in_by_code(office: Office, endpoint: MemoryEndpoint) -> None:
    """The message says what to write."""
    with pytest.raises(BadInput, match="password"):
        sign_in_by_code(office.ctx, office.ctx.desk().mailboxes[0], endpoint, lambda _: None, "wang")
